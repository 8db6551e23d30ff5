from collections.abc import Iterable

from odoo import api, fields, models

from ..compat import NOT_SUMMED
from .hold_type import SEVERITIES


class Hold(models.Model):
    _name = "finance.sync.hold"
    _description = "Finance Sync Hold"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, weight desc, due, id desc"
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
        readonly=True, help="The amount without its sign, in company currency."
    )
    weight = fields.Float(
        compute="_compute_weight",
        store=True,
        help="The amount without its sign in the currency of the database's first"
        " company: what to look at first, whatever the company's currency.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        tracking=True,
        index=True,
        domain=[("share", "=", False)],
    )
    team_id = fields.Many2one("finance.sync.hold.team", tracking=True, index=True)
    sla_hours = fields.Float(
        string="Time to Resolve",
        readonly=True,
        help="Working hours of the company, as agreed when the hold was opened.",
    )
    due = fields.Datetime(readonly=True, index=True)
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")
    snoozed_until = fields.Datetime(readonly=True, tracking=True, index=True)
    snooze_reason = fields.Char(readonly=True, tracking=True)
    snoozed = fields.Boolean(compute="_compute_snoozed", search="_search_snoozed")
    escalation_level = fields.Integer(readonly=True, **NOT_SUMMED)
    escalated_at = fields.Datetime(readonly=True)
    escalated_to = fields.Many2one("res.users", readonly=True, index=True)
    escalate_at = fields.Datetime(
        readonly=True, string="Next Escalation", help="Empty: nobody else is told."
    )
    waiting_ids = fields.Many2many(
        "finance.sync.exchange",
        "finance_sync_hold_waiting_rel",
        "hold_id",
        "exchange_id",
        string="Waiting Messages",
        readonly=True,
        help="Messages of others that go on when this hold is resolved.",
    )
    waiting_count = fields.Integer(compute="_compute_waiting_count")
    age_days = fields.Float(compute="_compute_age_days", string="Age (Days)")
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
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_hold_worklist"
            " ON finance_sync_hold (weight DESC, due) WHERE state = 'open'"
        )

    @api.depends("materiality", "currency_id", "company_id")
    def _compute_weight(self):
        group = self.env.ref("base.main_company").sudo().currency_id  # its name only
        today = fields.Date.context_today(self)
        for hold in self:
            hold.weight = hold.materiality
            if hold.currency_id and hold.company_id and hold.materiality:
                hold.weight = hold.currency_id._convert(
                    hold.materiality, group, hold.company_id, today
                )

    def _compute_overdue(self):
        now = fields.Datetime.now()
        for hold in self:
            hold.overdue = hold.state == "open" and bool(hold.due and hold.due < now)

    def _search_overdue(self, operator, value):
        overdue = [("state", "=", "open"), ("due", "<", fields.Datetime.now())]
        if is_wanted(operator, value):
            return overdue
        return ["|", "|", ("state", "!=", "open"), ("due", "=", False),
                ("due", ">=", fields.Datetime.now())]  # fmt: skip

    def _compute_snoozed(self):
        now = fields.Datetime.now()
        for hold in self:
            until = hold.snoozed_until
            hold.snoozed = hold.state == "open" and bool(until and until > now)

    def _search_snoozed(self, operator, value):
        now = fields.Datetime.now()
        if is_wanted(operator, value):
            return [("state", "=", "open"), ("snoozed_until", ">", now)]
        return ["|", "|", ("state", "!=", "open"), ("snoozed_until", "=", False),
                ("snoozed_until", "<=", now)]  # fmt: skip

    def _compute_waiting_count(self):
        for hold in self:
            hold.waiting_count = len(hold.waiting_ids)

    def _compute_age_days(self):
        now = fields.Datetime.now()
        for hold in self:
            since = (hold.resolved_at or now) - (hold.create_date or now)
            hold.age_days = since.total_seconds() / 86400


def is_wanted(operator, value):
    """Does a domain's condition on a yes-or-no field ask for yes?"""
    # 19.0 hands over sets of its own.
    if isinstance(value, Iterable):
        value = any(value)
    return (operator in ("=", "in")) == bool(value)
