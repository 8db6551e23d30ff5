"""Coupa's core API: poll invoices by when they changed, mark them as exported.

Source: https://compass.coupa.com, Invoices API (/invoices) and Invoice Payments
"""

from __future__ import annotations

from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    RejectedError,
)
from odoo.addons.finance_sync.core.registry import register
from odoo.addons.finance_sync.providers.generic import Ping

from ..core import coupa, platform, wire
from .rest import utc

# The most that Coupa gives at a time.
PAGE_SIZE = 50
_PATH = "/api/invoices"
VOUCHER_FIELD = "erp-invoice-number"


@register("ap", "coupa")
class CoupaPlatform:
    """Pages are named by the time of their last invoice, not by a count.

    An invoice that changes while the list is read moves to its end, and everything
    behind it one place forward: a count would then leave one out.

    ``config``: ``company_code`` (name of the chart of accounts), ``voucher_field``
    (the custom field that takes the ledger's number).
    """

    exact_versions = False
    staged = False
    # Coupa keeps our number, but no state that says that it is booked.
    shows_transfer = False
    states = frozenset({"transferred", "refused"})
    payments = frozenset({"partial", "settled", "returned"})
    operations = platform.OPERATIONS
    allowed = dict.fromkeys(platform.OPERATIONS, platform.SHOWN)
    config_fields = ("company_code", "voucher_field")

    def __init__(self, transport, config):
        if transport is None:
            raise ConfigurationError("Enter the base URL first.", code="no_url")
        self._transport = transport
        self._company = config.get("company_code") or ""
        self._voucher = config.get("voucher_field") or VOUCHER_FIELD

    def ping(self) -> Ping:
        """:raises ProviderError: not there, or it does not know us"""
        self._transport.get(_PATH, params={"limit": 1})
        return Ping(True, True, "Coupa answers.")

    def list_changed(self, since, page: str = "") -> platform.Page:
        found, following, newest = self._list(since, page)
        wanted = [item for item in found if item.get("status") in coupa.WANTED]
        items = tuple(coupa.change(item) for item in wanted)
        return platform.Page(items, following, newest)

    def fetch(self, external_id: str) -> platform.Change | None:
        found = self._find(external_id)
        return None if found is None else coupa.change(found)

    def list_states(self, since, page: str = "") -> platform.Page:
        found, following, newest = self._list(since, page)
        return platform.Page(
            tuple(coupa.head(item) for item in found), following, newest
        )

    def state(self, external_id: str) -> platform.Head | None:
        found = self._find(external_id)
        return None if found is None else coupa.head(found)

    def acknowledge(self, external_id: str, stage: str, *, key: str):
        """Setting it again changes nothing."""
        self._put(external_id, {"exported": True}, key)
        return platform.Receipt(external_id)

    def report_status(self, report: platform.StatusReport, *, key: str):
        if report.state == "refused":
            return self._dispute(report, key)
        fields = {self._voucher: report.voucher}
        self._put(report.external_id, {"custom-fields": fields}, key)
        return platform.Receipt(report.voucher)

    def report_payment(self, report: platform.PaymentReport, *, key: str):
        """Coupa adds payments up, so what is sent is what is new.

        What was sent before counts, which makes repeating harmless.
        """
        found = self._find(report.external_id)
        if found is None:
            raise RejectedError("Coupa has no such invoice.", code="unknown_bill")
        new = report.paid - coupa.paid_total(found)
        body: dict = {"paid": report.state == "settled"}
        if new:
            body["payments"] = [
                wire.filled(
                    {
                        "amount-paid": wire.number(new),
                        "payment-date": report.date,
                        "notes": report.reference,
                    }
                )
            ]
        elif (found.get("paid") is True) == body["paid"]:
            return platform.Receipt(report.reference)
        self._put(report.external_id, body, key)
        return platform.Receipt(report.reference)

    def push_vendors(self, vendors, *, key: str):
        for vendor in vendors:
            states = {True: "active", False: "inactive", None: None}
            body = wire.told(
                {
                    "number": vendor.code,
                    "name": vendor.name,
                    "tax-id": vendor.vat,
                    "status": states[vendor.active],
                }
            )
            self._upsert("/api/suppliers", {"number": vendor.code}, body, key)
        return platform.Receipt()

    def push_accounts(self, accounts, *, key: str):
        for account in accounts:
            for company in account.companies:
                body = wire.told(
                    {
                        "code": account.code,
                        "name": account.name,
                        "active": account.active,
                        "account-type": {"name": company},
                    }
                )
                known = {"code": account.code, "account-type[name]": company}
                self._upsert("/api/accounts", known, body, key)
        return platform.Receipt()

    def push_orders(self, orders, *, key: str):
        for order in orders:
            body = {
                "po-number": order.number,
                "currency": {"code": order.currency},
                "supplier": {"number": order.vendor},
                "status": "closed" if order.closed else "issued",
                "order-lines": [
                    wire.filled(
                        {
                            "line-num": line.ref,
                            "description": line.name,
                            "quantity": wire.number(line.quantity),
                            "price": wire.number(line.price),
                            "uom": {"code": line.unit},
                            "source-part-num": line.item,
                            "received": wire.number(line.received),
                        }
                    )
                    for line in order.lines
                ],
            }
            known = {"po-number": order.number}
            self._upsert("/api/external_purchase_orders", known, body, key)
        return platform.Receipt()

    # -- Requests

    def _list(self, since, page: str):
        """(invoices, the next page, the latest change): by time, then by id."""
        start, offset = _split(page)
        if not start and since is not None:
            start = utc(since)
        params = {
            "order_by": "updated_at",
            "dir": "asc",
            "limit": PAGE_SIZE,
            "offset": offset,
        }
        if start:
            params["updated-at[gt_or_eq]"] = start
        if self._company:
            params["account-type[name]"] = self._company
        answer = self._transport.get(_PATH, params=params).json()
        if not isinstance(answer, list):
            raise wire.broken("The platform's list of invoices is not a list.")
        found = [wire.as_object(item, "invoice") for item in answer]
        times = [coupa.changed_at(item) for item in found]
        newest = max(times, default=None)
        if len(found) < PAGE_SIZE or newest is None:
            return found, "", newest
        last = utc(newest)
        # A whole page of one second: only then is there need to count.
        following = f"{last}|{offset + PAGE_SIZE}" if last == start else f"{last}|0"
        return found, following, newest

    def _find(self, external_id: str):
        try:
            answer = self._transport.get(_PATH + "/{id}", segments={"id": external_id})
        except RejectedError as error:
            if error.status == 404:
                return None
            raise
        return wire.as_object(answer.json(), "invoice")

    def _put(self, external_id: str, body: dict, key: str, action: str = ""):
        return self._transport.request(
            "PUT",
            _PATH + "/{id}" + action,
            segments={"id": external_id},
            json=body,
            key=key,
        )

    def _dispute(self, report: platform.StatusReport, key: str):
        body = {"comments": [{"comments": report.reason}]} if report.reason else {}
        try:
            self._put(report.external_id, body, key, "/dispute")
        except RejectedError:
            found = self._find(report.external_id) or {}
            if found.get("status") != "disputed":
                raise
        return platform.Receipt(report.external_id)

    def _upsert(self, path: str, known: dict, body: dict, key: str):
        """Change the one that is there, or make it: Coupa has no call for both."""
        answer = self._transport.get(path, params={**known, "limit": 2}).json()
        found = wire.as_list(answer, "list")
        if len(found) > 1:
            raise ContractError(
                "Coupa has several records under one code.", code="ambiguous"
            )
        if not found:
            self._transport.post(path, json=body, key=key)
            return
        number = wire.identifier(wire.as_object(found[0], "record").get("id"), "id")
        self._transport.request(
            "PUT", path + "/{id}", segments={"id": number}, json=body, key=key
        )


def _split(page: str) -> tuple[str, int]:
    if not page:
        return "", 0
    start, _, offset = page.partition("|")
    if not offset.isdigit():
        raise ContractError("Not a page of this list.", code="bad_page")
    return start, int(offset)
