from odoo import fields, models


class BillReject(models.TransientModel):
    """Say why a bill is refused."""

    _name = "finance.sync.bill.reject"
    _description = "Refuse a Bill"

    bill_id = fields.Many2one(
        "finance.sync.bill", required=True, readonly=True, ondelete="cascade"
    )
    reason = fields.Text(required=True)

    def action_reject(self):
        self.ensure_one()
        self.bill_id._reject(self.reason)
        return {"type": "ir.actions.act_window_close"}
