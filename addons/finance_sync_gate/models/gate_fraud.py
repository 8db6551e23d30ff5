from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytz
from odoo import _, fields, models

from ..core import fraud
from ..core.verdict import BLOCK, PASS, by_score
from .gate_check import Outcome

HISTORY = 50
RECENT_DAYS = 7
HISTORY_DAYS = 730


class GateCheck(models.AbstractModel):
    """Fraud: rules that give points to what is unusual about a payment."""

    _inherit = "finance.sync.gate.check"

    def _check_fraud(self, rule, facts_list):
        records = rule._fraud_rules()
        rules = records._rules()
        history = self._history(facts_list)
        shared = self._shared_banks(facts_list)
        return [
            self._fraud_outcome(
                rule,
                records,
                rules,
                facts,
                self._fraud_facts(facts, history[facts.partner.id], shared),
            )
            for facts in facts_list
        ]

    def _fraud_outcome(self, rule, records, rules, facts, known):
        points, struck = fraud.points(rules, known)
        found = [records[position] for position in struck]
        proof = {
            "points": points,
            "rules": {record.code: record.points for record in found},
            "facts": {
                "amount": known.amount,
                "at": known.at.replace(tzinfo=None),
                "usual": list(known.usual),
                "bank_age_days": known.bank_age_days,
                "bank_country": known.bank_country,
                "partner_country": known.partner_country,
                "partner_age_days": known.partner_age_days,
                "others_with_bank": known.others_with_bank,
                "paid_recently": list(known.paid_recently),
            },
        }
        state = by_score(points, rule.hold_score, rule.block_score)
        summary = ""
        if state != PASS:
            summary = _(
                "%(amount)s to %(partner)s: %(points)s points. %(why)s.",
                amount=self._money(facts.amount, facts.company),
                partner=facts.partner.sudo().display_name,
                points=points,
                why=", ".join(f"{r.name} ({r.points})" for r in found),
            )
        code = "gate_fraud_block" if state == BLOCK else "gate_fraud"
        return Outcome(rule, state, code, summary, proof, score=float(points))

    def _fraud_facts(self, facts, history, shared):
        now = fields.Datetime.now()
        # Of whoever pays, seen or not.
        partner, bank = facts.partner.sudo(), facts.bank and facts.bank.sudo()
        zone = pytz.timezone(facts.company.partner_id.tz or self.env.user.tz or "UTC")
        recent = [a for a, day in history if now.date() - day <= timedelta(RECENT_DAYS)]
        return fraud.Facts(
            amount=facts.amount,
            at=pytz.utc.localize(now).astimezone(zone),
            usual=tuple(amount for amount, _day in history[:HISTORY]),
            bank_age_days=(now - bank.create_date).days if bank else None,
            bank_country=_bank_country(bank),
            partner_country=partner.country_id.code or "",
            partner_age_days=(now - partner.create_date).days if partner else None,
            others_with_bank=shared.get(bank.sanitized_acc_number, 1) - 1
            if bank
            else 0,
            paid_recently=tuple(recent),
            same_amount_recently=recent.count(facts.amount),
        )

    def _history(self, facts_list):
        """``{partner id: [(amount, day)]}`` of what was paid before, newest first."""
        history = defaultdict(list)
        partners = [facts.partner.id for facts in facts_list if facts.partner]
        if not partners:
            return history
        self.env["account.move.line"].flush_model()
        self.env.cr.execute(
            """
            SELECT p.commercial_partner_id, l.debit, l.date
            FROM account_move_line l
            JOIN account_move m ON m.id = l.move_id
            JOIN account_journal j ON j.id = l.journal_id
            JOIN res_partner p ON p.id = l.partner_id
            JOIN account_account a ON a.id = l.account_id
            WHERE l.company_id = ANY(%s) AND l.parent_state = 'posted'
                AND j.type IN ('bank', 'cash') AND a.account_type = 'liability_payable'
                AND l.debit > 0 AND p.commercial_partner_id = ANY(%s)
                AND l.date >= %s
            ORDER BY l.date DESC, l.id DESC
            """,
            [
                list({facts.company.id for facts in facts_list}),
                partners,
                fields.Date.today() - timedelta(HISTORY_DAYS),
            ],
        )
        for partner, amount, day in self.env.cr.fetchall():
            history[partner].append((Decimal(str(amount)).normalize(), day))
        return history

    def _shared_banks(self, facts_list):
        """``{account number: how many partners have it}``"""
        numbers = [f.bank.sanitized_acc_number for f in facts_list if f.bank]
        if not numbers:
            return {}
        self.env["res.partner.bank"].flush_model()
        self.env.cr.execute(
            """
            SELECT b.sanitized_acc_number, COUNT(DISTINCT p.commercial_partner_id)
            FROM res_partner_bank b JOIN res_partner p ON p.id = b.partner_id
            WHERE b.sanitized_acc_number = ANY(%s) AND COALESCE(b.active, TRUE)
            GROUP BY b.sanitized_acc_number
            """,
            [numbers],
        )
        return dict(self.env.cr.fetchall())


def _bank_country(bank):
    """By the IBAN, which says it, else by the bank's address."""
    if not bank:
        return ""
    number = bank.sanitized_acc_number or ""
    if bank.acc_type == "iban" or (number[:2].isalpha() and number[2:4].isdigit()):
        return number[:2].upper()
    return bank.bank_id.country.code or ""
