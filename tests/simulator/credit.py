"""A provider of credit decisions, as ``providers/credit_http.py`` asks it."""

from __future__ import annotations

import json
import threading
from decimal import Decimal, InvalidOperation
from typing import Any

from werkzeug.wrappers import Request, Response

from .faults import Fault
from .record import Recorded

LIMIT = Decimal(10000)
# Up to here a person would look at it; above, it is declined.
REVIEWED = Decimal(15000)


class Credit:
    """Approves what stays within a customer's limit, 10,000 unless told otherwise."""

    def __init__(self):
        self._lock = threading.Lock()
        self._limits: dict[str, Decimal] = {}
        self._count = 0

    def limit(self, customer: str, amount: Any) -> None:
        """Agree on another limit; the customer as the question names it."""
        with self._lock:
            self._limits[customer] = Decimal(str(amount))

    def reset(self) -> None:
        with self._lock:
            self._limits.clear()
            self._count = 0

    def identify(self, recorded: Recorded) -> tuple[str, str]:
        body = recorded.body if isinstance(recorded.body, dict) else {}
        return str(body.get("customer", "")), "credit"

    def handle(
        self, request: Request, recorded: Recorded, fault: Fault | None = None
    ) -> Response:
        if recorded.method == "GET" and recorded.path == "/ping":
            return _json({"ok": True})
        if recorded.method != "POST" or recorded.path != "/credit-checks":
            return _json({"error": "not found"}, 404)
        try:
            question = recorded.body
            _amount(question["amount"])
            total = _amount(question["exposure"])  # this amount included
            customer = str(question["customer"])
        except (KeyError, TypeError, InvalidOperation):
            return _json({"error": "malformed"}, 422)
        if fault is not None:
            # Whatever was asked for: an answer that says nothing clearly.
            return _json({"decision": "perhaps"})
        return _json(self._decide(customer, total))

    def _decide(self, customer: str, total: Decimal) -> dict[str, Any]:
        with self._lock:
            limit = self._limits.get(customer, LIMIT)
            self._count += 1
            reference = f"CR-{self._count:05}"
        most = limit * REVIEWED / LIMIT
        decision = "approve" if total <= limit else "review"
        decision = "decline" if total > most else decision
        answer = {"decision": decision, "limit": str(limit), "reference": reference}
        if decision != "approve":
            answer["reasons"] = [f"{total} is more than {limit}."]
        return answer


def _amount(value: Any) -> Decimal:
    return Decimal(str(value))


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
