from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from odoo import _, api, models
from odoo.addons.finance_sync.core.canonical import digest

from ..core.verdict import PASS, REVIEW, STOPPING, WAIT

# State of a hold's own kind; what nobody may override is a kind of its own.
CODES = (
    "gate_credit",
    "gate_credit_block",
    "gate_sanctions",
    "gate_fraud",
    "gate_fraud_block",
    "gate_list_stale",
    "gate_unanswered",
    "gate_waiting",
    "gate_unchecked",
)


@dataclass
class Facts:
    """What a document says about itself. ``amount`` in company currency."""

    document: Any
    partner: Any
    company: Any
    amount: Decimal
    bank: Any = None


@dataclass
class Outcome:
    """What one rule says about one document.

    ``fingerprint``: what an override is of; another one needs another override.
    """

    rule: Any
    state: str = PASS
    code: str = ""
    summary: str = ""
    proof: dict = field(default_factory=dict)
    score: float = 0.0
    matched_name: str = ""
    list_version: str = ""
    matches: tuple = ()
    fingerprint: str = ""
    overridden: bool = False

    @property
    def stops(self):
        return self.state in STOPPING and not self.overridden


class GateCheck(models.AbstractModel):
    """Asks the rules of a point about documents. A check is a method by its name."""

    _name = "finance.sync.gate.check"
    _description = "Gate Check"

    @api.model
    def _ask(self, point, facts_list):
        """``{document: [outcomes]}``. Every answer is recorded, a pass as well."""
        outcomes = defaultdict(list)
        by_company = defaultdict(list)
        for facts in facts_list:
            by_company[facts.company].append(facts)
        for company, found in by_company.items():
            for rule in self.env["finance.sync.gate.rule"]._for(point, company):
                asked = [
                    f for f in found if abs(f.amount) >= Decimal(str(rule.min_amount))
                ]
                check = getattr(self, f"_check_{rule.check}")
                for facts, outcome in zip(asked, check(rule, asked), strict=True):
                    outcome.fingerprint = outcome.fingerprint or self._print(
                        outcome, facts
                    )
                    outcomes[facts.document].append(outcome)
        self._record(point, facts_list, outcomes)
        return dict(outcomes)

    def _print(self, outcome, facts):
        """An override is of this partner, account, amount and kind of objection."""
        return digest(
            [
                outcome.code,
                outcome.rule.id,
                facts.partner.id,
                facts.bank.sanitized_acc_number if facts.bank else "",
                facts.amount,
            ]
        )

    def _record(self, point, facts_list, outcomes):
        rows = [
            self._row(point, facts, outcome)
            for facts in facts_list
            for outcome in outcomes.get(facts.document, ())
        ]
        self.env["finance.sync.gate.result"]._store(rows)
        stopped = [
            {
                "type": "finance_sync.gate.decided",
                "record": facts.document,
                "company": facts.company,
                "data": {
                    "point": point,
                    "check": outcome.rule.check,
                    "state": outcome.state,
                    "rule": outcome.rule.name,
                    "proof": digest(outcome.proof),
                },
            }
            for facts in facts_list
            for outcome in outcomes.get(facts.document, ())
            if outcome.state != PASS
        ]
        self.env["finance.sync.event"]._record_many(stopped)

    def _row(self, point, facts, outcome):
        document = facts.document
        return {
            "rule_ref": outcome.rule.id,
            "rule_name": outcome.rule.name,
            "point": point,
            "check": outcome.rule.check,
            "state": outcome.state,
            "company_ref": facts.company.id,
            "partner_ref": facts.partner.id or None,
            "partner_name": facts.partner.sudo().display_name or "",
            "res_model": document._name,
            "res_id": document.id if isinstance(document.id, int) else None,
            "document_uuid": document.finance_sync_uuid or None,
            "document_ref": document.display_name,
            "amount": float(facts.amount),
            "score": outcome.score,
            "matched_name": outcome.matched_name or None,
            "list_version": outcome.list_version or None,
            "summary": outcome.summary or None,
            "proof": outcome.proof,
        }

    def _untold(self, rule, code, summary, proof):
        """It cannot be told now: what the rule's outage policy makes of it."""
        policy = rule.outage_policy
        if policy == "allow":
            return Outcome(rule, REVIEW, "gate_unchecked", summary, proof)
        if policy == "queue":
            text = _("%s It is confirmed by itself as soon as it can be told.", summary)
            return Outcome(rule, WAIT, "gate_waiting", text, proof)
        return Outcome(rule, "hold", code, summary, proof)

    def _money(self, amount, company):
        return f"{amount:,.2f} {company.currency_id.name}"
