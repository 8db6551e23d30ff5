from odoo import _, api, fields, models
from odoo.exceptions import UserError


class RetentionPreview(models.TransientModel):
    """See what a time of retention would erase, then enable it."""

    _name = "finance.sync.retention.preview"
    _description = "Finance Sync Retention Preview"

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, readonly=True, ondelete="cascade"
    )
    enabled = fields.Boolean(related="connection_id.retention_enabled")
    days = fields.Integer(
        string="Keep Payloads for",
        required=True,
        compute="_compute_days",
        store=True,
        readonly=False,
        help="Days after an exchange has finished. 0: for ever.",
    )
    payloads = fields.Integer(string="Payloads to Erase", compute="_compute_counts")
    decisions = fields.Integer(
        string="Recorded Answers to Erase", compute="_compute_counts"
    )
    kept = fields.Integer(string="Kept by Statute", compute="_compute_counts")
    open = fields.Integer(string="Open, Never Touched", compute="_compute_counts")
    oldest = fields.Datetime(string="Oldest Finished on", compute="_compute_counts")

    @api.depends("connection_id")
    def _compute_days(self):
        for preview in self:
            preview.days = preview.connection_id.retention_days

    @api.depends("connection_id", "days")
    def _compute_counts(self):
        runs = self.env["finance.sync.retention.run"]
        for preview in self:
            scope = preview.connection_id._retention_scope(max(preview.days, 0))
            counts = runs._count(scope) if scope else {}
            for name in ("payloads", "decisions", "kept", "open"):
                preview[name] = counts.get(name, 0)
            preview.oldest = counts.get("oldest", False)

    def action_enable(self):
        self.ensure_one()
        self.connection_id._check_manager()
        if self.days < 0:
            raise UserError(_("The days to keep payloads cannot be negative."))
        # The days and the switch belong together; see the connection's write.
        self.connection_id.sudo().write(
            {"retention_days": self.days, "retention_enabled": True}
        )
        self.env["finance.sync.event"]._record(
            "finance_sync.retention.enabled",
            self.connection_id,
            data={"days": self.days},
        )
        return {"type": "ir.actions.act_window_close"}

    def action_disable(self):
        self.ensure_one()
        self.connection_id._check_manager()
        self.connection_id.sudo().write({"retention_enabled": False})  # as above
        self.env["finance.sync.event"]._record(
            "finance_sync.retention.disabled", self.connection_id
        )
        return {"type": "ir.actions.act_window_close"}
