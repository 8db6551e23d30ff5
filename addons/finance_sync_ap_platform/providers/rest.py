"""Any platform that speaks our own plain protocol, as docs/bills.md gives it.

A bill is ``{"id", "version", "company", "bill": {BT-1: …}}`` or ``{"id", "version",
"company", "void": true, "reason"}``. The same object is what its webhooks deliver,
signed as Standard Webhooks 1.0.0 ask: a bill that is polled and delivered is one.
Vendors, orders and receipts are likewise, with their contract under their kind.
"""

from __future__ import annotations

import datetime
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from odoo.addons.finance_sync.core.errors import ConfigurationError, RejectedError
from odoo.addons.finance_sync.core.registry import register
from odoo.addons.finance_sync.providers.generic import Ping

from ..core import platform, wire

PAGE_SIZE = 100
_PATHS = {
    platform.VENDOR: "/vendors",
    platform.ORDER: "/orders",
    platform.RECEIPT: "/receipts",
}
_STATES = frozenset(platform.STATES)


@register("ap", "bill_rest")
class RestPlatform:
    """Polls and reports; every effect carries the exchange's key."""

    exact_versions = True
    staged = False
    shows_transfer = True
    states = frozenset({"in_process", "queried", "prebooked", "transferred", "refused"})
    payments = frozenset({"initiated", "partial", "settled", "returned"})
    records = frozenset(_PATHS)
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
        self._transport.get("/ping")
        return Ping(True, True, "The platform answers.")

    def list_changed(self, since, page: str = "") -> platform.Page:
        found, following = self._list("/bills", since, page)
        return _page([_change(item) for item in found], following, found)

    def fetch(self, external_id: str) -> platform.Change | None:
        """The bill itself: listings tell of it only."""
        found = self._find("/bills/{id}", external_id)
        return (
            None
            if found is None
            else platform.Change(
                external_id=wire.identifier(found.get("id")),
                version=_version(found),
                message=found,
            )
        )

    def list_records(self, kind: str, since, page: str = "") -> platform.Page:
        found, following = self._list(_PATHS[kind], since, page)
        return _page([_record(item) for item in found], following, found)

    def fetch_record(self, kind: str, external_id: str) -> platform.Change | None:
        found = self._find(_PATHS[kind] + "/{id}", external_id)
        return None if found is None else _record(found)

    def list_states(self, since, page: str = "") -> platform.Page:
        found, following = self._list("/bills", since, page)
        return _page([_head(item) for item in found], following, found)

    def state(self, external_id: str) -> platform.Head | None:
        found = self._find("/bills/{id}/state", external_id)
        return None if found is None else _head(found)

    def acknowledge(self, external_id: str, stage: str, *, key: str):
        return self._report(external_id, "acknowledgements", {}, key)

    def report_status(self, report: platform.StatusReport, *, key: str):
        body = {
            "state": report.state,
            "response_code": report.peppol,
            "voucher": report.voucher,
            "reason": report.reason,
            "date": report.date,
            "payment_block": report.blocked,
        }
        return self._report(report.external_id, "status", body, key)

    def report_payment(self, report: platform.PaymentReport, *, key: str):
        body = {
            "state": report.state,
            "response_code": report.peppol,
            "paid": wire.number(report.paid),
            "total": wire.number(report.total),
            "currency": report.currency,
            "date": report.date,
            "reference": report.reference,
        }
        return self._report(report.external_id, "payments", body, key)

    def push_vendors(self, vendors, *, key: str):
        return self._push("/vendors", vendors, key)

    def push_accounts(self, accounts, *, key: str):
        return self._push("/accounts", accounts, key)

    def push_orders(self, orders, *, key: str):
        return self._push("/orders", orders, key)

    def _list(self, path: str, since, page: str) -> tuple[list, str]:
        params = {"limit": PAGE_SIZE}
        if since is not None:
            params["changed_since"] = since.isoformat()
        if self._company:
            params["company"] = self._company
        if page:
            params["page"] = page
        answer = wire.as_object(self._transport.get(path, params=params).json(), "list")
        name = path.strip("/")
        if name not in answer:
            raise wire.broken(f"The platform's list has no “{name}”.")
        found = wire.as_list(answer[name], f"list of {name}")
        return [wire.as_object(item, "list entry") for item in found], _next(answer)

    def _find(self, path: str, external_id: str):
        """What is there; None where the platform says that nothing is."""
        try:
            answer = self._transport.get(path, segments={"id": external_id}).json()
        except RejectedError as error:
            if error.status in (404, 410):
                return None
            raise
        return wire.as_object(answer, "answer")

    def _report(self, external_id: str, what: str, body: dict, key: str):
        answer = self._transport.post(
            "/bills/{id}/" + what,
            segments={"id": external_id},
            json=wire.filled(body),
            key=key,
        ).json()
        found = wire.as_object(answer, "receipt")
        return platform.Receipt(wire.text(found.get("id")) or "")

    def _push(self, path: str, items: tuple, key: str):
        body = {"items": [_terms(item) for item in items]}
        self._transport.request("PUT", path, json=body, key=key)
        return platform.Receipt()


def _terms(item) -> dict:
    return wire.told(asdict(item, dict_factory=_written))


def _written(pairs) -> dict:
    return {
        name: wire.number(value) if isinstance(value, Decimal) else value
        for name, value in pairs
    }


def _next(answer) -> str:
    """The token of the next page; an empty one ends the list."""
    following = answer.get("next")
    if following is None:
        return ""
    return wire.identifier(following, "name of the next page")


def _page(items: list, following: str, found: list) -> platform.Page:
    times = [wire.moment(item.get("changed_at"), "changed_at") for item in found]
    return platform.Page(tuple(items), following, max(times, default=None))


def _version(item) -> int:
    version: Any = item.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise wire.broken("A version is a whole number from 1.")
    return version


def _change(item) -> platform.Change:
    return platform.Change(
        external_id=wire.identifier(item.get("id")),
        version=_version(item),
        offered=item.get("state") == platform.NEW,
    )


def _record(item) -> platform.Change:
    """``changed_at`` is about the list: webhooks deliver the rest."""
    message = {key: value for key, value in item.items() if key != "changed_at"}
    return platform.Change(
        external_id=wire.identifier(item.get("id"), "record's id"),
        version=_version(item),
        message=message,
    )


def _head(item) -> platform.Head:
    state = wire.text(item.get("state"))
    return platform.Head(
        external_id=wire.identifier(item.get("id")),
        state=state if state in _STATES else platform.IN_WORK,
        number=wire.text(item.get("number")) or "",
        total=wire.amount(item.get("total"), "total"),
        paid=wire.amount(item.get("paid"), "paid amount"),
        currency=wire.text(item.get("currency")) or "",
    )


def utc(moment: datetime.datetime) -> str:
    """A time as platforms take it in a query."""
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
