from odoo import api, models

from .connection import KIND


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._finance_sync_bills()._feedback_soon()
        return partials

    def unlink(self):
        bills = self._finance_sync_bills()
        result = super().unlink()
        bills._feedback_soon()
        return result

    def _finance_sync_bills(self):
        # Whoever reconciles may not see the bills' messages.
        bills = self.env["finance.sync.bill"].sudo()
        if not bills.search_count([("connection_id.kind", "=", KIND)], limit=1):
            return bills
        lines = (self.debit_move_id | self.credit_move_id).sudo()
        return lines._finance_sync_settled_bills()
