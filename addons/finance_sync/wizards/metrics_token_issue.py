from odoo import _, api, fields, models
from odoo.exceptions import UserError


class MetricsTokenIssue(models.TransientModel):
    """Issues a token and shows it once."""

    _name = "finance.sync.metrics.token.issue"
    _description = "Finance Sync Monitoring Token Issue"

    name = fields.Char(
        string="For",
        required=True,
        help="Which monitoring system will use it, and from where.",
    )
    valid_until = fields.Datetime(help="Empty: until it is revoked.")
    # Not stored: who looks into the database later finds no token.
    token = fields.Char(compute="_compute_token")
    token_id = fields.Many2one("finance.sync.metrics.token", readonly=True)

    @api.depends_context("finance_sync_issued")
    def _compute_token(self):
        self.token = self.env.context.get("finance_sync_issued") or False

    def action_issue(self):
        self.ensure_one()
        if self.token_id:
            raise UserError(_("This token was issued already."))
        if self.valid_until and self.valid_until <= fields.Datetime.now():
            raise UserError(_("Choose an end that lies ahead."))
        self.token_id, token = self.env["finance.sync.metrics.token"]._issue(
            self.name, self.valid_until
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("Monitoring Token"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"finance_sync_issued": token},
        }
