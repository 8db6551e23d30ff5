"""Basware's accounting documents, with its statuses, tokens and redirects.

Source: https://developer.basware.com/api/p2p/manual
"""

from __future__ import annotations

import secrets
from typing import Any

from werkzeug.wrappers import Response

from ..record import Recorded
from .store import Platform, RefusedError, answer, page_of

TOKEN = "x-amz-meta-continuationtoken"
_NEXT = {
    "WaitingForPrebook": "PrebookInProgress",
    "WaitingForTransfer": "TransferInProgress",
    "WaitingToBeRemoved": "Removed",
}
_RESPONSES = {
    "prebookResponses": ("Prebook", "Prebooked"),
    "transferResponses": ("Transfer", "Transferred"),
}


class Basware(Platform):
    """``page_size`` limits pages further, as Basware does for long invoices.

    ``redirects``: GET answers with another address, signed, and good for one time.
    """

    def reset(self) -> None:
        super().reset()
        self.page_size = 100
        self.redirects = True
        self._links: dict[str, Recorded] = {}

    def put(self, number: str, status: str = "WaitingForTransfer", **values: Any):
        """Make an invoice, or change one."""
        known = self.documents.get(number) or {
            "invoiceId": number,
            "companyCode": "US",
            "prebookResponses": [],
            "transferResponses": [],
            "paymentResponses": [],
        }
        self.documents[number] = {
            **known,
            **values,
            "processingStatus": status,
            "lastUpdated": self.stamp(),
        }

    def read(self, recorded: Recorded, fault: str) -> Response:
        if recorded.path.startswith("/signed/"):
            return self._signed(recorded, fault)
        if self.redirects:
            token = secrets.token_hex(8)
            self._links[token] = recorded
            where = f"http://{recorded.headers['host']}/basware/signed/{token}"
            return Response("", 302, headers={"Location": f"{where}?signature=abc"})
        return self._content(recorded, fault)

    def _signed(self, recorded: Recorded, fault: str) -> Response:
        if recorded.user or recorded.query.get("signature") != "abc":
            raise RefusedError(403, "Signed addresses take no credentials.")
        asked = self._links.pop(recorded.path.rpartition("/")[2], None)
        if asked is None:
            raise RefusedError(403, "Expired.")
        return self._content(asked, fault)

    def _content(self, recorded: Recorded, fault: str) -> Response:
        parts = recorded.path.strip("/").split("/")
        if parts == ["v1", "accountingDocuments"]:
            return self._list(recorded, fault)
        return answer(self.document(parts[2]))

    def _list(self, recorded: Recorded, fault: str) -> Response:
        query = recorded.query
        status, company = query.get("ProcessingStatus"), query.get("companyCode", "")
        since = query.get("lastUpdated", "").replace("+00:00", "Z")
        after = recorded.headers.get(TOKEN, "")
        found = sorted(
            (number, one)
            for number, one in self.documents.items()
            if (not status or one["processingStatus"] == status)
            and company in ("", one["companyCode"])
            and one["lastUpdated"] >= since
        )
        start = sum(1 for number, _one in found if number <= after) if after else 0
        limit = min(int(query.get("pageSize", 100)), self.page_size)
        shown = page_of(found, start, limit, fault)
        more = start + limit < len(found)
        if fault == "shift" and shown:
            shown[0][1]["lastUpdated"] = self.stamp()
        headers = {TOKEN: shown[-1][0]} if more else {}
        return answer({"accountingDocuments": [one for _n, one in shown]}, **headers)

    def change(self, recorded: Recorded) -> Response:
        parts = recorded.path.strip("/").split("/")
        if parts[1] != "accountingDocuments":
            return self._master(parts[1], recorded.body)
        found, what = self.document(parts[2]), parts[3]
        if what == "acknowledge":
            self._acknowledge(found)
        elif what == "paymentResponses":
            self._payment(found, recorded.body)
        else:
            self._response(found, what, recorded.body)
        found["lastUpdated"] = self.stamp()
        return answer(recorded.body or {})

    def _acknowledge(self, found: dict[str, Any]) -> None:
        following = _NEXT.get(found["processingStatus"])
        if following is None:
            raise RefusedError(405, "Method not allowed")
        found["processingStatus"] = following

    def _response(self, found: dict[str, Any], what: str, body: dict) -> None:
        word, done = _RESPONSES[what]
        if word not in found["processingStatus"]:
            raise RefusedError(400, f"The invoice is {found['processingStatus']}.")
        if found["processingStatus"] == done:
            raise RefusedError(400, f"The invoice is {done} already.")
        self._keep(found, what, body)
        found["processingStatus"] = done if body["success"] else f"{word}Failed"
        if body["success"]:
            found["voucherNumber1"] = body.get("voucherNumber1")

    def _payment(self, found: dict[str, Any], body: dict) -> None:
        self._keep(found, "paymentResponses", body)
        total = abs(float(found.get("grossSum") or 0))
        paid = float(body.get("paidTotal") or 0) >= total
        found["processingStatus"] = "Paid" if paid else "Transferred"

    def _keep(self, found: dict[str, Any], what: str, body: dict) -> None:
        code = body.get("externalCode") or ""
        if not 1 <= len(code) <= 36:
            raise RefusedError(400, "externalCode has 1 to 36 characters.")
        if any(one["externalCode"] == code for one in found[what]):
            raise RefusedError(409, "externalCode is there already.")
        found[what].append(body)

    def _master(self, what: str, body: Any) -> Response:
        """Vendors, accounts and orders: lists of records with an external code."""
        if not isinstance(body, list) or not body:
            raise RefusedError(400, "A list is expected.")
        for record in body:
            if not record.get("externalCode"):
                raise RefusedError(400, "externalCode is missing.")
            self.pushed.setdefault(what, {})[record["externalCode"]] = record
        return answer({"requestId": secrets.token_hex(8), "hasErrors": False})
