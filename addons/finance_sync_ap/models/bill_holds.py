from odoo import models


class BillDocument(models.Model):
    """Holds of a received bill count for its vendor bill as well."""

    _inherit = "finance.sync.bill"

    def _finance_sync_forget(self):
        result = super()._finance_sync_forget()
        self.move_id._finance_sync_block_again()
        return result
