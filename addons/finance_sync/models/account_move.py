from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "finance.sync.document.mixin"]

    def _finance_sync_origin(self):
        """A credit note belongs to the flow of the invoice that it reverses."""
        return self.reversed_entry_id
