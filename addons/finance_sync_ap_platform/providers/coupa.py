"""Coupa's core API: poll by when things changed, mark invoices as exported.

Source: https://compass.coupa.com, Invoices API (/invoices), Invoice Payments, Purchase
Orders API (/purchase_orders), Receiving Transactions API (/receiving_transactions) and
Suppliers API (/suppliers)
"""

from __future__ import annotations

from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    RejectedError,
)
from odoo.addons.finance_sync.core.registry import register
from odoo.addons.finance_sync.providers.generic import Ping

from ..core import coupa, coupa_records, platform, wire
from .coupa_pages import read_page

# The most that Coupa gives at a time.
PAGE_SIZE = 50
_PATH = "/api/invoices"
VOUCHER_FIELD = "erp-invoice-number"


@register("ap", "coupa")
class CoupaPlatform:
    """Everything is listed by the time of its change, see :mod:`.coupa_pages`.

    ``config``: ``company_code`` (name of the chart of accounts), ``voucher_field``
    (the custom field that takes the ledger's number).
    """

    exact_versions = False
    staged = False
    # Coupa keeps our number, but no state that says that it is booked.
    shows_transfer = False
    states = frozenset({"transferred", "refused"})
    payments = frozenset({"partial", "settled", "returned"})
    records = frozenset(coupa_records.READERS)
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

    def list_records(self, kind: str, since, page: str = "") -> platform.Page:
        """Not every resource can be asked for by company: the others are left out."""
        reader, company = coupa_records.READERS[kind], self._company
        found, following, newest = read_page(
            self._transport, reader.path, since, page, PAGE_SIZE
        )
        items = [
            coupa_records.change(kind, item, company)
            for item in found
            if reader.is_wanted(item, company)
        ]
        return platform.Page(tuple(items), following, newest)

    def fetch_record(self, kind: str, external_id: str) -> platform.Change | None:
        number = coupa_records.number_of(external_id)
        found = self._find(number, coupa_records.READERS[kind].path)
        if found is None:
            return None
        return coupa_records.change(kind, found, self._company)

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
        more = {"account-type[name]": self._company} if self._company else {}
        return read_page(self._transport, _PATH, since, page, PAGE_SIZE, more)

    def _find(self, external_id: str, path: str = _PATH):
        try:
            answer = self._transport.get(path + "/{id}", segments={"id": external_id})
        except RejectedError as error:
            if error.status == 404:
                return None
            raise
        return wire.as_object(answer.json(), "answer")

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
