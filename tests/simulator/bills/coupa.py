"""Coupa's records: found by when they changed, counted by offset.

Source: https://compass.coupa.com, Invoices API, Invoice Payments, Purchase Orders API,
Receiving Transactions API and Suppliers API
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from ..record import Recorded
from .store import Platform, RefusedError, answer, page_of

MOST = 50
KINDS = {
    "purchase_orders": "order",
    "receiving_transactions": "receipt",
    "suppliers": "vendor",
}


class Coupa(Platform):
    def put(self, number: str, status: str = "approved", **values: Any) -> None:
        """Make an invoice, or change one."""
        known = self.documents.get(number) or {
            "id": int(number),
            "account-type": {"name": "US"},
            "exported": False,
            "paid": False,
            "payments": [],
        }
        given = {name.replace("_", "-"): value for name, value in values.items()}
        self.documents[number] = {
            **known,
            **given,
            "status": status,
            "updated-at": self.stamp(),
        }

    def put_record(self, kind: str, number: str, /, **values: Any) -> None:
        """Make an order, a receipt or a supplier, or change it."""
        kept = self.records.setdefault(kind, {})
        given = {name.replace("_", "-"): value for name, value in values.items()}
        kept[number] = {
            **kept.get(number, {"id": int(number), "created-at": self.stamp()}),
            **given,
            "updated-at": self.stamp(),
        }

    def read(self, recorded: Recorded, fault: str) -> Response:
        parts = recorded.path.strip("/").split("/")
        if parts == ["api", "invoices"]:
            return self._list(recorded, fault, self.documents)
        if parts[1] in KINDS and (len(parts) > 2 or "order_by" in recorded.query):
            return self._kept(recorded, fault, parts)
        if len(parts) == 2:
            return self._records(parts[1], recorded.query)
        return answer(self.document(parts[2]))

    def _kept(self, recorded: Recorded, fault: str, parts: list[str]) -> Response:
        kind = KINDS[parts[1]]
        if len(parts) > 2:
            return answer(self.record(kind, parts[2]))
        return self._list(recorded, fault, self.records.get(kind, {}))

    def _list(
        self, recorded: Recorded, fault: str, kept: dict[str, dict[str, Any]]
    ) -> Response:
        query = recorded.query
        since = query.get("updated-at[gt_or_eq]", "")
        company = query.get("account-type[name]", "")
        found = sorted(
            (
                one
                for one in kept.values()
                if one["updated-at"] >= since
                and company in ("", (one.get("account-type") or {}).get("name"))
            ),
            key=lambda one: (one["updated-at"], one["id"]),
        )
        limit = min(int(query.get("limit", MOST)), MOST)
        shown = page_of(found, int(query.get("offset", 0)), limit, fault)
        # As they were when they were shown.
        shown = [dict(one) for one in shown]
        if fault == "shift" and shown:
            kept[str(shown[0]["id"])]["updated-at"] = self.stamp()
        return answer(shown)

    def change(self, recorded: Recorded) -> Response:
        parts = recorded.path.strip("/").split("/")
        if parts[1] != "invoices":
            return self._keep_record(parts, recorded)
        found, body = self.document(parts[2]), recorded.body or {}
        if parts[3:] == ["dispute"]:
            if found["status"] not in ("approved", "on_hold"):
                raise RefusedError(400, "Only what is approved can be disputed.")
            found["status"] = "disputed"
        for name in ("exported", "paid", "custom-fields"):
            if name in body:
                found[name] = body[name]
        # Each payment that is sent is one more.
        found["payments"] = [*found["payments"], *body.get("payments", [])]
        found["updated-at"] = self.stamp()
        return answer(found)

    def _records(self, what: str, query: dict[str, str]) -> Response:
        names = ("code", "number", "po-number")
        wanted = {name: query[name] for name in names if name in query}
        found = [
            record
            for record in self.pushed.get(what, {}).values()
            if all(record.get(name) == value for name, value in wanted.items())
            and query.get("account-type[name]")
            in (None, (record.get("account-type") or {}).get("name"))
        ]
        return answer(found)

    def _keep_record(self, parts: list[str], recorded: Recorded) -> Response:
        known = self.pushed.setdefault(parts[1], {})
        if recorded.method == "PUT":
            number = parts[2]
            if number not in known:
                raise RefusedError(404, "No such record.")
        else:
            number = str(len(known) + 1)
        known[number] = {**known.get(number, {}), **recorded.body, "id": int(number)}
        return answer(known[number])
