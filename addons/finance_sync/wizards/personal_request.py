from odoo import fields, models


class PersonalRequestNew(models.TransientModel):
    """Take in what somebody asked about their own data."""

    _name = "finance.sync.personal.request.new"
    _description = "Finance Sync New Personal Data Request"

    kind = fields.Selection(
        [
            ("export", "Export what is kept"),
            ("erasure", "Erase what no law wants kept"),
        ],
        required=True,
        default="export",
    )
    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    reason = fields.Text(required=True)

    def action_request(self):
        self.ensure_one()
        request = self.env["finance.sync.personal.request"]._request(
            self.kind, self.partner_id, self.reason
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": request._name,
            "res_id": request.id,
            "view_mode": "form",
        }
