"""AvaTax's documents and what may be done to them in which state.

A document is identified by company, code and type, and has versions. Orders are
Temporary and never stored. Invoices are Saved, Posted, Committed, Cancelled, or
Adjusted (replaced by a newer version).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from . import errors

Key = tuple[str, str, str]
_OPEN = ("Saved", "Posted")


class Store:
    """Every method answers with the document as it is then.

    Answers are shallow copies: below its top level a stored document never changes.
    """

    def __init__(self):
        self._lock = threading.RLock()
        self._documents: dict[Key, list[dict[str, Any]]] = {}

    def clear(self) -> None:
        with self._lock:
            self._documents.clear()

    def all(self, code: str | None) -> list[dict[str, Any]]:
        """All versions, newest last, each with its ``companyCode``."""
        with self._lock:
            return [
                {**version, "companyCode": key[0]}
                for key, versions in self._documents.items()
                for version in versions
                if code in (None, key[1])
            ]

    def get(self, key: Key) -> dict[str, Any]:
        with self._lock:
            return dict(self._newest(key))

    def create(self, key: Key, model: dict[str, Any], commit: bool) -> dict[str, Any]:
        """Store, replacing an uncommitted document of the same identity."""
        with self._lock:
            versions = self._documents.setdefault(key, [])
            if versions:
                if versions[-1]["status"] not in _OPEN:
                    raise errors.wrong_status("Saved|Posted")
                model["version"] = versions.pop()["version"] + 1
            model["status"] = "Committed" if commit else "Saved"
            versions.append(model)
            return dict(model)

    def adjust(
        self, key: Key, model: dict[str, Any], commit: bool, why: dict[str, Any]
    ) -> dict[str, Any]:
        """Replace in any state but Cancelled; a committed one is kept as Adjusted."""
        with self._lock:
            old = self._newest(key)
            if old["locked"]:
                raise errors.locked()
            if old["status"] == "Cancelled":
                raise errors.wrong_status("Saved|Posted|Committed")
            if old["status"] == "Committed":
                old["status"] = "Adjusted"
            else:
                self._documents[key].pop()
            model.update(
                version=old["version"] + 1,
                status="Committed" if commit else "Saved",
                adjustmentReason=why.get("adjustmentReason", "Other"),
                adjustmentDescription=why.get("adjustmentDescription", ""),
            )
            self._documents[key].append(model)
            return dict(model)

    def exists(self, key: Key) -> bool:
        with self._lock:
            return bool(self._documents.get(key))

    def verify(self, key: Key, told: dict[str, Any]) -> dict[str, Any]:
        def change(document):
            if document["status"] not in _OPEN:
                raise errors.not_verifiable(document["status"])
            _compare(document, told)
            document["status"] = "Posted"

        return self._change(key, change)

    def settle(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        """Verify, change the code, commit: all or nothing."""
        with self._lock:
            document = self._newest(key)
            if document["status"] not in _OPEN:
                raise errors.not_verifiable(document["status"])
            if body.get("verify"):
                _compare(document, body["verify"])
            new_code = (body.get("changeCode") or {}).get("newCode")
            if new_code:
                self.change_code(key, new_code)
                key = (key[0], new_code, key[2])
            commit = (body.get("commit") or {}).get("commit")
            document["status"] = "Committed" if commit else "Posted"
            return dict(document)

    def commit(self, key: Key) -> dict[str, Any]:
        return self._move(key, _OPEN, "Committed")

    def uncommit(self, key: Key) -> dict[str, Any]:
        return self._move(key, ("Committed",), "Saved")

    def unvoid(self, key: Key) -> dict[str, Any]:
        return self._move(key, ("Cancelled",), "Saved")

    def void(self, key: Key, reason: str) -> dict[str, Any]:
        """``DocDeleted`` takes an uncommitted document away altogether."""
        with self._lock:
            document = self._newest(key)
            if document["locked"]:
                raise errors.locked()
            if document["status"] == "Cancelled":
                raise errors.already_cancelled()
            if reason == "DocDeleted" and document["status"] in _OPEN:
                self._documents[key].pop()
            document["status"] = "Cancelled"
            return dict(document)

    def change_code(self, key: Key, new_code: str) -> dict[str, Any]:
        with self._lock:
            document = self._newest(key)
            if document["status"] == "Committed":
                raise errors.is_committed()
            new_key = (key[0], new_code, key[2])
            if self.exists(new_key):
                raise errors.already_exists()
            for version in self._documents[key]:
                version["code"] = new_code
            self._documents[new_key] = self._documents.pop(key)
            return dict(document)

    def set_locked(self, key: Key, locked: bool) -> dict[str, Any]:
        return self._change(key, lambda document: document.update(locked=locked))

    def _move(self, key: Key, expected: tuple[str, ...], status: str) -> dict[str, Any]:
        def change(document):
            if document["locked"]:
                raise errors.locked()
            if document["status"] not in expected:
                raise errors.wrong_status("|".join(expected))
            document["status"] = status

        return self._change(key, change)

    def _change(self, key: Key, change: Callable[[dict], object]) -> dict[str, Any]:
        with self._lock:
            document = self._newest(key)
            change(document)
            return dict(document)

    def _newest(self, key: Key) -> dict[str, Any]:
        versions = self._documents.get(key)
        if not versions:
            raise errors.not_found("Transaction")
        return versions[-1]


def _compare(document: dict[str, Any], told: dict[str, Any]) -> None:
    day = told.get("verifyTransactionDate")
    if day and date.fromisoformat(day[:10]).isoformat() != document["date"]:
        raise errors.mismatch(1305, "DateMismatch", "date", day, document["date"])
    for number, code, field, has in (
        (1307, "TotalAmountMismatch", "verifyTotalAmount", document["totalAmount"]),
        (1308, "TotalTaxMismatch", "verifyTotalTax", document["totalTax"]),
    ):
        value = told.get(field)
        if value is not None and Decimal(value) != has:
            raise errors.mismatch(number, code, field, value, has)
