from odoo import fields, models


class PaymentStop(models.TransientModel):
    """Say why bills are not to be paid."""

    _name = "finance.sync.payment.stop"
    _description = "Stop Payment"

    move_ids = fields.Many2many("account.move", required=True, readonly=True)
    reason = fields.Char(required=True, size=200)

    def action_stop(self):
        self.ensure_one()
        self.move_ids._finance_sync_stop_payment(self.reason)
        return {"type": "ir.actions.act_window_close"}
