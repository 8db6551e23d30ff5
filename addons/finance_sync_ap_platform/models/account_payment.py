from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def write(self, vals):
        """On 19.0 a payment may have no entry, and its state is all there is."""
        result = super().write(vals)
        if "state" in vals:
            # See AccountPartialReconcile._finance_sync_bills.
            bills = self.sudo().reconciled_bill_ids.finance_sync_bill_id
            bills._feedback_soon()
        return result
