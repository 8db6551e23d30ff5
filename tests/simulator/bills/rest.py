"""Our own plain protocol, from the other side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from ..record import Recorded
from .store import Platform, RefusedError, answer, page_of

# Where its records are listed.
KINDS = {"vendors": "vendor", "orders": "order", "receipts": "receipt"}


class BillRest(Platform):
    keeps_keys = True

    def put(
        self,
        number: str,
        bill: dict[str, Any] | None,
        *,
        company: str = "US",
        void: str = "",
    ) -> None:
        """Capture a bill, change it, or void it with a reason."""
        known = self.documents.get(number, {"version": 0, "status": [], "payments": []})
        content = {"void": True, "reason": void} if void else {"bill": bill}
        self.documents[number] = {
            **known,
            "version": known["version"] + 1,
            "changed_at": self.stamp(),
            "company": company,
            "state": "voided" if void else "new",
            "content": content,
        }

    def put_record(
        self,
        kind: str,
        number: str,
        content: dict[str, Any] | None,
        *,
        company: str = "US",
    ) -> None:
        """Make an order, a receipt or a vendor, or change it; None gives it up."""
        kept = self.records.setdefault(kind, {})
        known = kept.get(number, {"version": 0})
        kept[number] = {
            "id": number,
            "version": known["version"] + 1,
            "changed_at": self.stamp(),
            "company": company,
            **({"void": True} if content is None else {kind: content}),
        }

    def read(self, recorded: Recorded, fault: str) -> Response:
        parts = recorded.path.strip("/").split("/")
        if parts == ["ping"]:
            return answer({"ok": True})
        if parts == ["bills"]:
            return self._list(recorded, fault, "bills", self.documents, self._head)
        if parts[0] in KINDS:
            return self._records(recorded, fault, parts)
        found = self.document(parts[1])
        if parts[2:] == ["state"]:
            return answer(self._head(parts[1], found))
        return answer(
            {
                "id": parts[1],
                "version": found["version"],
                "company": found["company"],
                **found["content"],
            }
        )

    def _records(self, recorded: Recorded, fault: str, parts: list[str]) -> Response:
        kind = KINDS[parts[0]]
        if len(parts) > 1:
            return answer(self.record(kind, parts[1]))
        kept = self.records.get(kind, {})
        return self._list(recorded, fault, parts[0], kept, lambda _n, one: one)

    def _list(
        self,
        recorded: Recorded,
        fault: str,
        name: str,
        kept: dict[str, dict[str, Any]],
        shown: Callable[[str, dict[str, Any]], dict[str, Any]],
    ) -> Response:
        query = recorded.query
        since, company = query.get("changed_since", ""), query.get("company", "")
        since = since.replace("+00:00", "Z")
        found = sorted(
            (
                (one["changed_at"], number)
                for number, one in kept.items()
                if one["changed_at"] >= since and company in ("", one["company"])
            )
        )
        # A page is named by what it follows: what changes meanwhile comes later.
        after = query.get("page", "")
        start = sum(1 for one in found if "|".join(one) <= after) if after else 0
        limit = int(query.get("limit", 100))
        names = page_of(found, start, limit, fault)
        more = start + limit < len(found)
        # As they were when they were shown.
        entries = [dict(shown(number, kept[number])) for _when, number in names]
        if fault == "shift" and names:
            kept[names[0][1]]["changed_at"] = self.stamp()
        return answer(
            {
                name: entries,
                "next": "|".join(names[-1]) if more else None,
            }
        )

    def _head(self, number: str, one: dict[str, Any]) -> dict[str, Any]:
        bill = one["content"].get("bill") or {}
        paid = one["payments"][-1]["paid"] if one["payments"] else "0"
        return {
            "id": number,
            "version": one["version"],
            "changed_at": one["changed_at"],
            "state": one["state"],
            "company": one["company"],
            "number": bill.get("BT-1"),
            "currency": bill.get("BT-5"),
            "total": bill.get("BT-112"),
            "paid": paid,
        }

    def change(self, recorded: Recorded) -> Response:
        parts = recorded.path.strip("/").split("/")
        if recorded.method == "PUT":
            self.pushed.setdefault(parts[0], {})[recorded.key] = recorded.body
            return answer({})
        found, what = self.document(parts[1]), parts[2]
        if what == "acknowledgements":
            if found["state"] == "new":
                found["state"] = "acknowledged"
        elif what == "status":
            self._status(found, recorded.body)
        elif what == "payments":
            found["payments"].append(recorded.body)
            settled = recorded.body["state"] == "settled"
            found["state"] = "paid" if settled else "transferred"
        else:
            raise RefusedError(404, "Unknown.")
        return answer({"id": f"{what}-{len(found['status']) + len(found['payments'])}"})

    def _status(self, found: dict[str, Any], body: dict[str, Any]) -> None:
        found["status"].append(body)
        if body["state"] in ("prebooked", "transferred", "refused"):
            found["state"] = body["state"]
