"""Credit decisions of any system that answers one JSON question.

``POST {base}/credit-checks`` with customer, VAT number, country, amount, exposure (the
amount included) and currency. The answer has ``decision`` (approve, review or decline)
and, if known there, ``limit``, ``score``, ``reference`` and ``reasons``. A
credit insurer with another interface gets an adapter of its own, with the same method.
"""

from __future__ import annotations

from odoo.addons.finance_sync.core.errors import ConfigurationError, ContractError
from odoo.addons.finance_sync.core.masking import AllowList
from odoo.addons.finance_sync.core.money import to_decimal
from odoo.addons.finance_sync.core.registry import Resolution, register
from odoo.addons.finance_sync.providers.generic import Ping

DECISIONS = frozenset({"approve", "review", "decline"})
LONGEST = 200


@register("credit", "credit_http")
class CreditHttpAdapter:
    """Asks for a credit decision. A question changes nothing at the other side."""

    operations = {"credit.check": Resolution.READ}
    allowed = {"credit.check": AllowList("amount", "currency", "country")}
    config_fields = ()

    def __init__(self, transport, config):
        if transport is None:
            raise ConfigurationError("Enter the base URL first.", code="no_url")
        self._transport = transport

    def ping(self) -> Ping:
        """:raises ProviderError: not there, or it does not know us"""
        self._transport.get("/ping")
        return Ping(True, True, "The credit provider answers.")

    def check(self, question: dict) -> dict:
        """The decision on ``question``, checked: a JSON dict.

        :raises ContractError: an answer that says nothing clearly
        """
        answer = self._transport.post("/credit-checks", json=question).json()
        if not isinstance(answer, dict) or answer.get("decision") not in DECISIONS:
            raise ContractError("The answer has no decision.", code="no_decision")
        reasons = answer.get("reasons") or []
        if not isinstance(reasons, list):
            raise ContractError("The reasons are no list.", code="bad_reasons")
        checked = {
            "decision": answer["decision"],
            "reference": str(answer.get("reference") or "")[:LONGEST],
            "reasons": [str(reason)[:LONGEST] for reason in reasons[:10]],
        }
        for name in ("limit", "score"):
            if answer.get(name) is not None:
                checked[name] = to_decimal(answer[name], name)
        return checked
