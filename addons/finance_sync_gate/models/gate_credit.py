from decimal import Decimal

from odoo import _, fields, models
from odoo.addons.finance_sync.core.errors import ProviderError
from odoo.addons.finance_sync.core.money import quantize, to_decimal

from .. import compat
from ..core import credit
from ..core.verdict import BLOCK, HOLD, PASS
from .gate_check import Outcome

_STATES = {"approve": PASS, "review": HOLD, "decline": BLOCK}


class GateCheck(models.AbstractModel):
    """Credit: the customer's own debts here, and what a provider says."""

    _inherit = "finance.sync.gate.check"

    def _check_credit(self, rule, facts_list):
        exposures = self._exposures(facts_list)
        # Orders of one customer in one go add up. Invoices count as each
        # other's drafts: posting them one by one or all at once comes to the same.
        running, outcomes = {}, []
        for facts in facts_list:
            partner = facts.partner
            exposure = exposures[facts.document]
            before = running.get(partner, Decimal(0))
            exposure = credit.Exposure(
                exposure.document,
                exposure.open_items,
                exposure.drafts,
                exposure.orders + before,
                exposure.overdue,
                exposure.overdue_days,
            )
            if not _is_draft(facts):
                running[partner] = before + max(exposure.document, Decimal(0))
            outcomes.append(self._credit_outcome(rule, facts, exposure))
        return outcomes

    def _credit_outcome(self, rule, facts, exposure):
        limit = self._credit_limit(facts)
        policy = credit.Policy(
            limit=limit,
            hold_without_limit=rule.hold_without_limit,
            block_over=Decimal(str(rule.block_over)),
            overdue_days=rule.overdue_days,
            overdue_least=Decimal(str(rule.overdue_least)),
        )
        state, findings = credit.decide(exposure, policy)
        proof = {
            "limit": limit,
            "open_items": exposure.open_items,
            "drafts": exposure.drafts,
            "orders": exposure.orders,
            "document": exposure.document,
            "total": exposure.total,
            "overdue": exposure.overdue,
            "overdue_days": exposure.overdue_days,
            "currency": facts.company.currency_id.name,
            "findings": [finding.reason for finding in findings],
        }
        code = "gate_credit_block" if state == BLOCK else "gate_credit"
        lines = [self._credit_line(f.reason, facts, exposure, limit) for f in findings]
        score = float(exposure.total)
        return Outcome(rule, state, code, "\n".join(lines), proof, score)

    def _credit_line(self, reason, facts, exposure, limit):
        name, company = facts.partner.sudo().display_name, facts.company
        if reason == credit.OVER_LIMIT:
            return _(
                "%(partner)s would owe %(total)s; the limit is %(limit)s. Open items "
                "%(open)s, drafts %(drafts)s, orders %(orders)s, this one %(this)s.",
                partner=name,
                total=self._money(exposure.total, company),
                limit=self._money(limit, company),
                open=self._money(exposure.open_items, company),
                drafts=self._money(exposure.drafts, company),
                orders=self._money(exposure.orders, company),
                this=self._money(exposure.document, company),
            )
        if reason == credit.OVERDUE:
            return _(
                "%(partner)s has %(amount)s overdue, the oldest for %(days)s days.",
                partner=name,
                amount=self._money(exposure.overdue, company),
                days=exposure.overdue_days,
            )
        return _("No credit limit was agreed with %s.", name)

    def _credit_limit(self, facts):
        """Odoo's own limit of the customer in that company; None: none."""
        # A limit counts for whoever confirms, seen or not.
        partner = facts.partner.sudo().with_company(facts.company)
        if partner.credit_limit:
            return to_decimal(partner.credit_limit)
        default = compat.default_credit_limit(facts.company)
        return to_decimal(default) if default else None

    def _exposures(self, facts_list):
        """``{document: Exposure}``, by a fixed number of queries."""
        documents = {}
        for facts in facts_list:
            documents.setdefault(facts.company, []).append(facts)
        found = {}
        for company, mine in documents.items():
            partners = self.env["res.partner"].union(*(f.partner for f in mine))
            skipped = self._exposed_ids(mine)
            items = self._open_items(partners, company)
            drafts = self._drafts(partners, company)
            orders = self._orders(partners, company, skipped)
            for facts in mine:
                open_items, overdue, days = items.get(
                    facts.partner.id, (Decimal(0), Decimal(0), 0)
                )
                places = company.currency_id.decimal_places
                others = drafts.get(facts.partner.id, Decimal(0))
                if _is_draft(facts):
                    others -= facts.amount
                found[facts.document] = credit.Exposure(
                    document=facts.amount,
                    open_items=quantize(open_items, places),
                    drafts=quantize(others, places),
                    orders=quantize(orders.get(facts.partner.id, Decimal(0)), places),
                    overdue=quantize(overdue, places),
                    overdue_days=days,
                )
        return found

    def _exposed_ids(self, facts_list):
        """``{model: ids}`` of the documents that are decided on now."""
        ids = {}
        for facts in facts_list:
            ids.setdefault(facts.document._name, []).append(facts.document.id)
        return ids

    def _open_items(self, partners, company):
        """``{partner id: (open, overdue, days of the oldest)}`` in company currency."""
        self.env["account.move.line"].flush_model()
        self.env.cr.execute(
            """
            SELECT p.commercial_partner_id, SUM(l.amount_residual),
                SUM(l.amount_residual) FILTER (
                    WHERE COALESCE(l.date_maturity, l.date) < %(today)s
                        AND l.amount_residual > 0),
                MAX(%(today)s - COALESCE(l.date_maturity, l.date)) FILTER (
                    WHERE l.amount_residual > 0)
            FROM account_move_line l
            JOIN res_partner p ON p.id = l.partner_id
            JOIN account_account a ON a.id = l.account_id
            WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
                AND NOT l.reconciled AND a.account_type = 'asset_receivable'
                AND p.commercial_partner_id = ANY(%(partners)s)
            GROUP BY p.commercial_partner_id
            """,
            {
                "today": fields.Date.context_today(self),
                "company": company.id,
                "partners": partners.ids,
            },
        )
        return {
            partner: (_decimal(total), _decimal(late), max(int(days or 0), 0))
            for partner, total, late, days in self.env.cr.fetchall()
        }

    def _drafts(self, partners, company):
        """``{partner id: amount}`` of draft invoices."""
        self.env["account.move"].flush_model()
        self.env.cr.execute(
            """
            SELECT m.commercial_partner_id, SUM(m.amount_total_signed)
            FROM account_move m
            WHERE m.company_id = %s AND m.state = 'draft'
                AND m.move_type IN ('out_invoice', 'out_refund')
                AND m.commercial_partner_id = ANY(%s)
            GROUP BY m.commercial_partner_id
            """,
            [company.id, partners.ids],
        )
        return {partner: _decimal(total) for partner, total in self.env.cr.fetchall()}

    def _orders(self, partners, company, skipped):
        """``{partner id: amount}`` confirmed and not invoiced; none without sales."""
        return {}

    # -- What a provider says

    def _check_credit_external(self, rule, facts_list):
        exposures = self._exposures(facts_list)
        with rule.connection_id._calling_often():
            return [
                self._external_outcome(rule, facts, exposures[facts.document])
                for facts in facts_list
            ]

    def _external_outcome(self, rule, facts, exposure):
        connection = rule.connection_id.sudo()  # whoever confirms sees no secret
        question = self._question(facts, exposure)
        proof = {"question": question, "connection": connection.key}
        if facts.amount <= 0:
            return Outcome(rule, PASS, "", "", proof)
        try:
            answer = connection._decide(
                "credit.check",
                question,
                document_uuid=facts.document.finance_sync_uuid,
                company=facts.company,
                call=lambda adapter: adapter.check(question),
                max_age=rule.max_age_hours * 3600,
            )
        except ProviderError as error:
            summary = _(
                "“%(name)s” gave no credit decision: %(why)s",
                name=connection.name,
                why=error.message,
            )
            proof["error"] = error.message
            return self._untold(rule, "gate_unanswered", summary, proof)
        proof["answer"] = answer
        state = _STATES[answer["decision"]]
        if connection._is_shadow():
            # It only watches: its answer is on record and stops nothing.
            proof["shadow"] = state
            state = PASS
        code = "gate_credit_block" if state == BLOCK else "gate_credit"
        summary = ""
        if state != PASS:
            summary = self._external_summary(connection, facts, answer)
        score = float(answer.get("score") or 0)
        return Outcome(rule, state, code, summary, proof, score)

    def _question(self, facts, exposure):
        """What the provider is asked; no more of the customer than it needs."""
        partner = facts.partner.sudo()  # of whoever confirms, seen or not
        return {
            "customer": partner.ref or f"customer-{partner.id}",
            "name": partner.name or "",
            "vat": (partner.vat or "").replace(" ", ""),
            "country": partner.country_id.code or "",
            "amount": facts.amount,
            "exposure": exposure.total,
            "currency": facts.company.currency_id.name,
        }

    def _external_summary(self, connection, facts, answer):
        words = {
            "review": _("wants to look at it first"),
            "decline": _("declines it"),
        }
        text = _(
            "%(partner)s, %(amount)s: “%(name)s” %(decision)s.",
            partner=facts.partner.sudo().display_name,
            amount=self._money(facts.amount, facts.company),
            name=connection.name,
            decision=words[answer["decision"]],
        )
        reference = answer.get("reference")
        lines = [text, *answer.get("reasons", ())]
        if reference:
            lines.append(_("Its reference: %s.", reference))
        return "\n".join(lines)


def _is_draft(facts):
    """Whether the document decided on is among the customer's draft invoices."""
    return facts.document._name == "account.move"


def _decimal(value):
    return Decimal(str(value or 0))
