from odoo import models


class ValidateAccountMove(models.TransientModel):
    _inherit = "validate.account.move"

    def validate_move(self):
        """Post the good ones of a selection, whoever else fails."""
        wizard = self.with_context(finance_sync_partial=True)
        return super(ValidateAccountMove, wizard).validate_move()
