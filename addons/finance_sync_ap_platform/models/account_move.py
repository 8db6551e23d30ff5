from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def write(self, vals):
        """Posting, taking back and cancelling take many ways, all of which end here."""
        result = super().write(vals)
        if {"state", "matched_payment_ids"} & vals.keys():
            # Of bills in companies that the user may not see as well.
            self.sudo().finance_sync_bill_id._feedback_soon()
        return result
