from odoo import fields, models

from .hold_type import SEVERITIES


class Hold(models.Model):
    _name = "finance.sync.hold"
    _description = "Finance Sync Hold"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, materiality desc, due, id desc"
    _mail_post_access = "read"

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    type_id = fields.Many2one(
        "finance.sync.hold.type",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    code = fields.Char(related="type_id.code", store=True, index=True)
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    blocking = fields.Boolean(readonly=True)
    overridable = fields.Boolean(related="type_id.overridable")
    second_person = fields.Boolean(related="type_id.second_person")
    advice = fields.Text(related="type_id.advice")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("resolved", "Resolved"),
            ("overridden", "Overridden"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    connection_id = fields.Many2one(
        "finance.sync.connection", readonly=True, ondelete="restrict", index=True
    )
    exchange_id = fields.Many2one(
        "finance.sync.exchange", readonly=True, ondelete="restrict", index=True
    )
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document Id", model_field="res_model", readonly=True
    )
    document_uuid = fields.Char(readonly=True, index=True)
    document_ref = fields.Char(string="Document", readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True)
    period = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True, help="In company currency.")
    materiality = fields.Float(
        readonly=True, help="The amount without its sign: what to look at first."
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        tracking=True,
        index=True,
        domain=[("share", "=", False)],
    )
    due = fields.Datetime(readonly=True)
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    escalated_at = fields.Datetime(readonly=True)
    summary = fields.Text(required=True, readonly=True)
    dedupe_key = fields.Char(required=True, readonly=True)
    override_reason = fields.Text(readonly=True, tracking=True)
    override_requested_by = fields.Many2one("res.users", readonly=True, tracking=True)
    override_by = fields.Many2one("res.users", readonly=True, tracking=True)
    resolved_by = fields.Many2one("res.users", readonly=True)
    resolved_at = fields.Datetime(readonly=True)
    resolution = fields.Text(readonly=True)

    def init(self):
        # One open hold per reason and document.
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_hold_one_open"
            " ON finance_sync_hold (dedupe_key) WHERE state = 'open'"
        )

    def _compute_overdue(self):
        now = fields.Datetime.now()
        for hold in self:
            hold.overdue = hold.state == "open" and bool(hold.due and hold.due < now)

    def _search_overdue(self, operator, value):
        overdue = [("state", "=", "open"), ("due", "<", fields.Datetime.now())]
        wanted = (operator in ("=", "in")) == bool(value)
        if wanted:
            return overdue
        return ["|", "|", ("state", "!=", "open"), ("due", "=", False),
                ("due", ">=", fields.Datetime.now())]  # fmt: skip
