import re
import uuid

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

KEY_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{2,63}")

# Written by the actions only, which check what must hold first.
ACTION_FIELDS = frozenset({"state", "database_fingerprint", "activated_at"})


class Connection(models.Model):
    _name = "finance.sync.connection"
    _description = "Finance Sync Connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _sql_constraints = [
        ("key_unique", "UNIQUE(key)", "Another connection has this key already."),
        (
            "timeouts_positive",
            "CHECK(connect_timeout > 0 AND read_timeout > 0 AND max_bytes > 0)",
            "Timeouts and the answer's size limit must be above zero.",
        ),
        (
            "rate_positive",
            "CHECK(rate_per_second >= 0 AND rate_burst > 0)",
            "The rate must not be negative, and its burst above zero.",
        ),
        (
            "retry_positive",
            "CHECK(retry_max_attempts > 0 AND retry_base > 0)",
            "Attempts and waits must be above zero.",
        ),
        (
            "retry_ordered",
            "CHECK(retry_cap >= retry_base)",
            "The longest wait must not be shorter than the first.",
        ),
        (
            "breaker_positive",
            "CHECK(breaker_threshold > 0 AND breaker_cool_down > 0)",
            "Failures until pause and the cool-down must be above zero.",
        ),
    ]

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    key = fields.Char(
        required=True,
        copy=False,
        default=lambda self: f"connection-{uuid.uuid4().hex[:12]}",
        tracking=True,
        help="Names this connection to the outside. Lower-case letters, digits, "
        "hyphens and underscores.",
    )
    provider = fields.Selection(
        selection=[("generic", "Generic HTTP")],
        required=True,
        default="generic",
        tracking=True,
    )
    kind = fields.Char(
        compute="_compute_kind",
        store=True,
        help="What the provider is asked for: tax, bills, statements…",
    )
    environment = fields.Selection(
        [("test", "Test"), ("production", "Production")],
        required=True,
        default="test",
        tracking=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("paused", "Paused")],
        required=True,
        default="draft",
        copy=False,
        readonly=True,
        tracking=True,
    )
    pause_reason = fields.Char(copy=False, readonly=True)
    company_ids = fields.Many2many(
        "res.company",
        "finance_sync_connection_company_rel",
        "connection_id",
        "company_id",
        string="Companies",
        required=True,
        default=lambda self: self.env.company,
    )
    base_url = fields.Char(string="Base URL", tracking=True)
    connect_timeout = fields.Float(default=5.0, help="Seconds.")
    read_timeout = fields.Float(default=20.0, help="Seconds.")
    max_bytes = fields.Integer(
        string="Largest Answer",
        default=5_000_000,
        help="Bytes. A longer answer is refused; so is a longer inbound message.",
    )
    rate_per_second = fields.Float(
        string="Calls per Second", default=0.0, tracking=True, help="0: no limit."
    )
    rate_burst = fields.Integer(string="Burst", default=10, tracking=True)
    retry_max_attempts = fields.Integer(
        string="Attempts",
        default=8,
        tracking=True,
        help="After so many failed attempts a person is asked.",
    )
    retry_base = fields.Float(
        string="First Wait", default=5.0, tracking=True, help="Seconds; doubles."
    )
    retry_cap = fields.Float(
        string="Longest Wait", default=3600.0, tracking=True, help="Seconds."
    )
    breaker_threshold = fields.Integer(
        string="Failures until Pause",
        default=5,
        tracking=True,
        help="After so many failures in a row nothing is sent for the cool-down.",
    )
    breaker_cool_down = fields.Float(
        string="Cool-down", default=60.0, tracking=True, help="Seconds."
    )
    outage_policy = fields.Selection(
        [
            ("block", "Block: the document stays a draft"),
            ("queue", "Queue: the document waits"),
            ("fallback", "Fallback: another connection answers"),
        ],
        default="block",
        required=True,
        tracking=True,
    )
    fallback_connection_id = fields.Many2one(
        "finance.sync.connection", ondelete="restrict", copy=False, tracking=True
    )
    owner_id = fields.Many2one(
        "res.users",
        string="Owner of Holds",
        default=lambda self: self.env.user,
        tracking=True,
        domain=[("share", "=", False)],
    )
    escalation_user_id = fields.Many2one(
        "res.users",
        string="Escalate to",
        tracking=True,
        domain=[("share", "=", False)],
        help="Is told when a hold is overdue, or at once when it is material.",
    )
    materiality = fields.Float(
        default=10000.0,
        help="Holds of this amount or more, in company currency, are escalated "
        "at once. 0: none is.",
    )
    sla_hours = fields.Float(
        string="Time to Resolve",
        default=24.0,
        help="Hours until a hold is due, where its type does not say.",
    )
    lane = fields.Selection(
        [
            ("operational", "Operational"),
            ("bulk", "Bulk"),
            ("reporting", "Reporting"),
        ],
        required=True,
        default="operational",
    )
    retention_days = fields.Integer(
        string="Keep Payloads",
        default=365,
        help="Days. Afterwards the payload of a finished exchange is erased; "
        "the exchange itself stays.",
    )
    user_line_ids = fields.One2many(
        "finance.sync.connection.user",
        "connection_id",
        string="Execution Users",
        copy=True,
    )
    service_user_id = fields.Many2one(
        "res.users",
        tracking=True,
        help="The only login that may deliver messages to this connection.",
    )
    database_fingerprint = fields.Char(copy=False, readonly=True)
    activated_at = fields.Datetime(copy=False, readonly=True)
    change_ids = fields.One2many("finance.sync.connection.change", "connection_id")
    pending_change_id = fields.Many2one(
        "finance.sync.connection.change", compute="_compute_pending_change_id"
    )
    exchange_ids = fields.One2many("finance.sync.exchange", "connection_id")
    hold_ids = fields.One2many("finance.sync.hold", "connection_id")
    breaker_state = fields.Selection(
        [("closed", "Closed"), ("open", "Open"), ("half_open", "Half Open")],
        compute="_compute_connection_state",
    )
    last_success = fields.Datetime(compute="_compute_connection_state")
    last_failure = fields.Datetime(compute="_compute_connection_state")
    last_error_class = fields.Char(compute="_compute_connection_state")
    backlog_count = fields.Integer(compute="_compute_counts")
    failure_count = fields.Integer(
        compute="_compute_counts", help="Failed attempts of the last 24 hours."
    )
    hold_count = fields.Integer(compute="_compute_counts")
    hold_amount = fields.Float(
        compute="_compute_counts", help="Open holds, in their companies' currencies."
    )

    @api.model
    def _provider_kinds(self):
        """Provider code → kind. Addons that add a provider add it here too."""
        return {"generic": "generic"}

    @api.depends("provider")
    def _compute_kind(self):
        kinds = self._provider_kinds()
        for connection in self:
            connection.kind = kinds.get(connection.provider, "generic")

    @api.depends("change_ids.state")
    def _compute_pending_change_id(self):
        for connection in self:
            pending = connection.change_ids.filtered(lambda c: c.state == "pending")
            connection.pending_change_id = pending[:1]

    def _compute_connection_state(self):
        rows = self.env["finance.sync.connection.state"]._rows(self.ids)
        for connection in self:
            row = rows.get(connection.id, {})
            connection.breaker_state = row.get("breaker_state", "closed")
            connection.last_success = row.get("last_success", False)
            connection.last_failure = row.get("last_failure", False)
            connection.last_error_class = row.get("last_error_class", False)

    def _compute_counts(self):
        backlog = dict(
            self.env["finance.sync.exchange"]._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "pending")],
                ["connection_id"],
                ["__count"],
            )
        )
        holds = {
            connection: (count, amount)
            for connection, count, amount in self.env["finance.sync.hold"]._read_group(
                [("connection_id", "in", self.ids), ("state", "=", "open")],
                ["connection_id"],
                ["__count", "amount:sum"],
            )
        }
        failures = self.env["finance.sync.attempt"]._failures_by_connection(self.ids)
        for connection in self:
            connection.backlog_count = backlog.get(connection, 0)
            count, amount = holds.get(connection, (0, 0.0))
            connection.hold_count = count
            connection.hold_amount = amount
            connection.failure_count = failures.get(connection.id, 0)

    @api.constrains("key")
    def _check_key(self):
        for connection in self:
            if not KEY_PATTERN.fullmatch(connection.key or ""):
                raise ValidationError(
                    _(
                        "The key “%s” must have 3 to 64 lower-case letters, digits, "
                        "hyphens or underscores.",
                        connection.key,
                    )
                )

    @api.constrains("outage_policy", "fallback_connection_id", "company_ids")
    def _check_fallback(self):
        for connection in self:
            fallback = connection.fallback_connection_id
            if connection.outage_policy != "fallback" and not fallback:
                continue
            if fallback == connection or not fallback:
                raise ValidationError(
                    _("A fallback needs another connection that answers instead.")
                )
            if fallback.kind != connection.kind:
                raise ValidationError(
                    _("The fallback connection must be of the same kind.")
                )
            if connection.company_ids - fallback.company_ids:
                raise ValidationError(
                    _("The fallback connection must serve the same companies.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_action_fields(vals)
        return super().create(vals_list)

    def _check_action_fields(self, vals):
        if ACTION_FIELDS.intersection(vals) and not self.env.su:
            raise UserError(
                _("Connections are activated and paused by their buttons only.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        if (
            self.env["finance.sync.exchange"]
            .sudo()
            .search_count(  # of any company
                [("connection_id", "in", self.ids)], limit=1
            )
        ):
            raise UserError(
                _("Messages went through this connection. Archive it instead.")
            )
