from odoo import fields, models


class ApRefuse(models.TransientModel):
    """Why a bill is refused, in words that its platform passes on."""

    _name = "finance.sync.ap.refuse"
    _description = "Refuse a Bill"

    bill_id = fields.Many2one("finance.sync.bill", required=True, readonly=True)
    reason = fields.Char(required=True, size=250)

    def action_refuse(self):
        self.ensure_one()
        self.bill_id._refuse(self.reason.strip())
        return {"type": "ir.actions.act_window_close"}
