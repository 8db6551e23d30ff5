from odoo import fields, models


class GateClear(models.TransientModel):
    """Say that a partner is not who is listed."""

    _name = "finance.sync.gate.clear"
    _description = "Clear a Match"

    hold_id = fields.Many2one(
        "finance.sync.hold", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="hold_id.partner_id")
    match_text = fields.Text(related="hold_id.gate_match_text", string="Listed")
    reason = fields.Text(required=True)

    def action_ask(self):
        self.ensure_one()
        self.env["finance.sync.gate.clearance"]._request(self.hold_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
