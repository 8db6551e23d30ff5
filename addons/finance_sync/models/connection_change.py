from odoo import fields, models


class ConnectionChange(models.Model):
    _name = "finance.sync.connection.change"
    _description = "Finance Sync Connection Change"
    _order = "id desc"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "finance.sync.connection",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    values = fields.Json(required=True, readonly=True, copy=False)
    summary = fields.Text(compute="_compute_summary")
    state = fields.Selection(
        [
            ("pending", "To Approve"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("cancelled", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    requested_by = fields.Many2one("res.users", required=True, readonly=True)
    requested_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    approved_by = fields.Many2one("res.users", string="Decided by", readonly=True)
    approved_at = fields.Datetime(string="Decided on", readonly=True)

    def _compute_summary(self):
        for change in self:
            change.summary = ", ".join(sorted(change.values or {}))
