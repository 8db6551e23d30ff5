from odoo import _, models

INVOICES = "finance_sync_tax.account_move_action_waiting"
WAITING = [("finance_sync_tax_state", "=", "waiting"), ("state", "=", "draft")]
AGAIN = [("finance_sync_tax_state", "in", ("stale", "error"))]
ESTIMATED = [
    ("finance_sync_tax_estimated", "=", True),
    ("finance_sync_tax_state", "not in", ("committed", "voided")),
    ("state", "!=", "cancel"),
]


class Dashboard(models.AbstractModel):
    _inherit = "finance.sync.dashboard"

    def _process_tiles(self, span):
        return [*super()._process_tiles(span), *self._tax_tiles()]

    def _tax_tiles(self):
        if not self.env["ir.model.access"].check("account.move", "read", False):
            return []
        moves = self.env["account.move"]
        groups = moves._read_group(
            WAITING, ["company_id"], ["__count", "amount_total_signed:sum"]
        )
        count = sum(group[1] for group in groups)
        totals = {}
        for company, _count, amount in groups:
            currency = company.currency_id
            totals[currency] = totals.get(currency, 0.0) + amount
        return [
            self._tile(
                "tax_waiting",
                _("Waiting for tax"),
                count,
                sub=self._amounts(totals)[1] if count else "",
                tone="warning" if count else "good",
                action=self._open(INVOICES, WAITING, _("Waiting for Tax")),
            ),
            *(
                self._tile(
                    key,
                    label,
                    number,
                    tone="warning" if number else "good",
                    action=self._open(INVOICES, domain, label),
                )
                for key, label, domain in (
                    ("tax_again", _("Tax out of date or in error"), AGAIN),
                    ("tax_estimated", _("Tax estimated"), ESTIMATED),
                )
                for number in [moves.search_count(domain)]
            ),
        ]
