"""Basware's P2P API: get, acknowledge, prebook, transfer, payment response.

Source: https://developer.basware.com/api/p2p/manual (resources of version 1)
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from urllib.parse import urlsplit

from odoo.addons.finance_sync.core.egress import Egress
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    RejectedError,
)
from odoo.addons.finance_sync.core.registry import register
from odoo.addons.finance_sync.core.transport import HttpTransport
from odoo.addons.finance_sync.providers.generic import Ping

from ..core import basware, platform, wire

PAGE_SIZE = 100
_PATH = "/v1/accountingDocuments"
_CONTINUE = "x-amz-meta-continuationtoken"
_SOURCE = "Odoo"
_LONGEST_MESSAGE = 250
_NAMESPACE = uuid.UUID("6f0f9f86-6ed3-5d0c-9c3e-3f6f5f4d2a51")
# Refusals of what has been done already.
_DONE = frozenset({405, 409})


@register("ap", "basware")
class BaswarePlatform:
    """What waits for us is listed by its status until it is acknowledged, so that
    nothing depends on a clock.

    ``config``: ``company_code`` (Basware's code of the company).
    """

    exact_versions = False
    staged = True
    shows_transfer = True
    states = frozenset({"prebooked", "transferred", "refused"})
    payments = frozenset({"partial", "settled", "returned"})
    # Its lists of vendors and orders show what it was told, and there is no other.
    records = frozenset()
    operations = platform.OPERATIONS
    allowed = dict.fromkeys(platform.OPERATIONS, platform.SHOWN)
    config_fields = ("company_code",)

    def __init__(self, transport, config):
        if transport is None:
            raise ConfigurationError("Enter the base URL first.", code="no_url")
        self._transport = transport
        self._company = config.get("company_code") or ""

    def ping(self) -> Ping:
        """:raises ProviderError: not there, or it does not know us"""
        self._get(_PATH, params={"pageSize": 1})
        return Ping(True, True, "Basware answers.")

    def list_changed(self, since, page: str = "") -> platform.Page:
        """``since`` is not needed: see the class."""
        statuses = list(basware.OFFERED)
        index, token = _split(page, len(statuses))
        found, following = self._list(token, ProcessingStatus=statuses[index])
        if following:
            name = f"{index}:{following}"
        else:
            name = f"{index + 1}:" if index + 1 < len(statuses) else ""
        return _page(found, [basware.change(item) for item in found], name)

    def fetch(self, external_id: str) -> platform.Change | None:
        found = self._find(external_id)
        return None if found is None else basware.change(found)

    def list_records(self, kind: str, since, page: str = "") -> platform.Page:
        """:raises ConfigurationError: always, see ``records``"""
        raise ConfigurationError("Basware gives no such records.", code="no_records")

    def fetch_record(self, kind: str, external_id: str):
        """:raises ConfigurationError: always, see ``records``"""
        return self.list_records(kind, None)

    def list_states(self, since, page: str = "") -> platform.Page:
        params = {} if since is None else {"lastUpdated": since.isoformat()}
        found, following = self._list(page, **params)
        return _page(found, [basware.head(item) for item in found], following)

    def state(self, external_id: str) -> platform.Head | None:
        found = self._find(external_id)
        return None if found is None else basware.head(found)

    def acknowledge(self, external_id: str, stage: str, *, key: str):
        try:
            self._post(external_id, "acknowledge", None, key)
        except RejectedError as error:
            # It allows this once; whoever lost the answer asks again.
            if error.status not in _DONE or self._is_offered(external_id):
                raise
        return platform.Receipt(external_id)

    def report_status(self, report: platform.StatusReport, *, key: str):
        """Refused: whichever of the two it was offered for failed."""
        what = self._response_of(report)
        code = _external_code(key)
        body = {
            "externalCode": code,
            "success": report.state != "refused",
            "responseMessage": (report.reason or "")[:_LONGEST_MESSAGE],
            "sourceSystem": _SOURCE,
            "voucherNumber1": report.voucher,
            "paymentBlock": report.blocked,
            "prebookDate"
            if what == "prebookResponses"
            else "transferDate": report.date,
        }
        return self._respond(report.external_id, what, wire.filled(body), key)

    def report_payment(self, report: platform.PaymentReport, *, key: str):
        body = {
            "externalCode": _external_code(key),
            "success": True,
            "responseMessage": report.state,
            "sourceSystem": _SOURCE,
            "paymentDate": report.date,
            "paymentBlock": False,
            "paidTotal": report.paid,
            "paymentDocument": report.reference,
        }
        if report.state == "returned":
            body["paymentReversalDocument"] = report.reference or report.state
        kept = {name: value for name, value in body.items() if value not in (None, "")}
        return self._respond(report.external_id, "paymentResponses", kept, key)

    def push_vendors(self, vendors, *, key: str):
        return self._push("/v1/vendors", [_vendor(one) for one in vendors], key)

    def push_accounts(self, accounts, *, key: str):
        return self._push("/v1/accounts", [_account(one) for one in accounts], key)

    def push_orders(self, orders, *, key: str):
        """Heads first: lines name them."""
        self._push("/v1/matchingOrders", [_order(one) for one in orders], key)
        lines = [
            _order_line(order, number, line)
            for order in orders
            for number, line in enumerate(order.lines, 1)
        ]
        if lines:
            self._push("/v1/matchingOrderLines", lines, f"{key}:lines")
        return platform.Receipt()

    # -- Requests

    def _list(self, token: str, **params) -> tuple[list, str]:
        if self._company:
            params["companyCode"] = self._company
        headers = {_CONTINUE: token} if token else {}
        answer = self._get(
            _PATH, params={"pageSize": PAGE_SIZE, **params}, headers=headers
        )
        content = wire.as_object(answer.json(), "list")
        if "accountingDocuments" not in content:
            raise wire.broken("The platform's list has no “accountingDocuments”.")
        found = wire.as_list(content["accountingDocuments"], "list of invoices")
        following = answer.headers.get(_CONTINUE, "").strip()
        return [wire.as_object(item, "invoice") for item in found], following

    def _find(self, external_id: str):
        try:
            answer = self._get(_PATH + "/{id}", segments={"id": external_id})
        except RejectedError as error:
            if error.status == 404:
                return None
            raise
        return wire.as_object(answer.json(), "invoice")

    def _get(self, path: str, **arguments):
        """What the platform answers, or where it redirects to, as it does for GET."""
        try:
            return self._transport.get(path, **arguments)
        except ConfigurationError as error:
            if error.code != "redirect" or error.answer is None:
                raise
            return self._follow(error.answer.headers.get("location", ""), error)

    def _follow(self, location: str, error: ConfigurationError):
        """One step, without our credentials: the address itself is signed.

        It is the platform's word, so it may not lead into our own network.
        """
        parts = urlsplit(location)
        if not parts.netloc:
            raise error
        here = parts.netloc == self._transport.host
        with HttpTransport(
            f"{parts.scheme}://{parts.netloc}",
            trace=self._transport.trace,
            egress=None if here else Egress(),
        ) as elsewhere:
            try:
                return elsewhere.get(parts.path or "/", params=parts.query)
            except ValueError:
                raise ContractError(
                    "The platform redirects to no valid address.", code="redirect"
                ) from None

    def _post(self, external_id: str, what: str, body, key: str):
        return self._transport.post(
            _PATH + "/{id}/" + what, segments={"id": external_id}, json=body, key=key
        )

    def _respond(self, external_id: str, what: str, body: dict, key: str):
        """The platform keeps a response by its external code, and takes it once."""
        try:
            self._post(external_id, what, body, key)
        except RejectedError as error:
            if error.status not in {400, *_DONE}:
                raise
            if not self._has_response(external_id, what, body["externalCode"]):
                raise
        return platform.Receipt(body["externalCode"])

    def _has_response(self, external_id: str, what: str, code: str) -> bool:
        found = self._find(external_id) or {}
        responses = wire.as_list(found.get(what), what)
        return any(
            wire.as_object(one, "response").get("externalCode") == code
            for one in responses
        )

    def _is_offered(self, external_id: str) -> bool:
        found = self._find(external_id)
        return found is not None and basware.change(found).offered

    def _response_of(self, report: platform.StatusReport) -> str:
        if report.state == "prebooked":
            return "prebookResponses"
        if report.state == "transferred":
            return "transferResponses"
        found = self._find(report.external_id) or {}
        prebook = str(found.get("processingStatus") or "").find("Prebook") >= 0
        return "prebookResponses" if prebook else "transferResponses"

    def _push(self, path: str, body: list, key: str):
        answer = self._transport.post(path, json=body, key=key).json()
        if wire.as_object(answer, "receipt").get("hasErrors") is True:
            raise RejectedError("Basware refuses a record.", code="refused_record")
        return platform.Receipt()


def _split(page: str, most: int) -> tuple[int, str]:
    index, _, token = page.partition(":")
    if not page:
        return 0, ""
    if not index.isdigit() or int(index) >= most:
        raise ContractError("Not a page of this list.", code="bad_page")
    return int(index), token


def _page(found: list, items: list, following: str) -> platform.Page:
    times = [
        wire.moment(item.get("lastUpdated"), "invoice's lastUpdated") for item in found
    ]
    return platform.Page(tuple(items), following, max(times, default=None))


def _external_code(key: str) -> str:
    """36 characters, the same for every attempt at an exchange."""
    return str(uuid.uuid5(_NAMESPACE, key))


def _vendor(vendor: platform.Vendor) -> dict:
    identifiers = [{"schemeId": "VAT", "id": vendor.vat}] if vendor.vat else []
    return wire.told(
        {
            "externalCode": vendor.code,
            "vendorCode": vendor.code,
            "name": vendor.name,
            "sourceSystem": _SOURCE,
            "identifiers": None if vendor.vat is None else identifiers,
            "companies": [
                wire.told({"companyCode": code, "active": vendor.active})
                for code in vendor.companies
            ],
        }
    )


def _account(account: platform.Account) -> dict:
    return {
        "externalCode": account.code,
        "accountCode": account.code,
        **_names(account.name),
        "companies": [
            {"companyCode": code, "active": account.active}
            for code in account.companies
        ],
    }


def _names(name: str | None) -> dict:
    if name is None:
        return {}
    return {"accountNames": [{"languageCode": "en", "name": name}]}


def _order(order: platform.Order) -> dict:
    return {
        "externalCode": order.number,
        "orderNumber": order.number,
        "sourceSystem": _SOURCE,
        "companyCode": order.company,
        "organizationElementCode": order.company,
        "currencyCode": order.currency,
        "supplierCode": order.vendor,
        "isClosed": order.closed,
    }


def _order_line(order: platform.Order, number: int, line: platform.OrderLine) -> dict:
    receipts = []
    if line.received > Decimal(0):
        receipts.append(
            {
                "externalCode": f"{order.number}_{line.ref}_received",
                "goodsReceiptNumber": f"{order.number}_{line.ref}",
                "quantity": line.received,
            }
        )
    return wire.filled(
        {
            "externalCode": f"{order.number}_{line.ref}",
            "orderExternalCode": order.number,
            "lineNumber": str(number),
            "quantity": line.quantity,
            "netPrice": line.price,
            "netSum": line.quantity * line.price,
            "matchingMode": "Standard",
            "uom": line.unit,
            "productCode": line.item,
            "description": line.name,
            "goodsReceipts": receipts,
        }
    )
