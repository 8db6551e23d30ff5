from fnmatch import fnmatchcase

from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ..core import catalogue
from ..core.addresses import check_base_url
from ..core.errors import ConfigurationError

# Written by the actions only, which check what must hold first.
ACTION_FIELDS = frozenset(
    {
        "state",
        "state_reason",
        "database_fingerprint",
        "activated_at",
        "change_values",
        "change_by",
        "change_at",
    }
)
SETTINGS = (
    "name",
    "active",
    "target_kind",
    "environment",
    "url",
    "host",
    "port",
    "virtual_host",
    "exchange",
    "use_tls",
    "authorities",
    "declare_exchange",
    "needs_queue",
    "patterns",
    "company_ids",
    "timeout",
    "disable_after_days",
    "retention_days",
    "owner_id",
    "auth_user",
    "password_enc",
    "password_ref",
)
# Whose they are, and what proves it, is different in each database.
NOT_PACKED = frozenset(
    {"active", "owner_id", "auth_user", "password_enc", "password_ref"}
)
# What decides who is told what is found out anew by every worker.
TARGET_FIELDS = frozenset({"state", "active", "patterns", "company_ids"})


class Subscription(models.Model):
    """Who outside is told of what happens here, and how."""

    _name = "finance.sync.subscription"
    _description = "Finance Sync Subscription"
    _inherit = [
        "finance.sync.document.mixin",
        "finance.sync.webhook.secret.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "name, id"
    _sql_constraints = [
        (
            "limits_positive",
            "CHECK(timeout > 0 AND disable_after_days > 0 AND retention_days > 0)",
            "Time limit, days of failure and days to keep must be above zero.",
        ),
    ]
    _finance_sync_package_fields = tuple(
        name for name in SETTINGS if name not in NOT_PACKED
    )

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("paused", "Paused"),
            ("disabled", "Disabled"),
        ],
        required=True,
        default="draft",
        copy=False,
        readonly=True,
        tracking=True,
        help="Paused: events are kept and go out later. Disabled: no more are kept.",
    )
    state_reason = fields.Char(copy=False, readonly=True)
    environment = fields.Selection(
        [("test", "Test"), ("production", "Production")],
        required=True,
        default="test",
        tracking=True,
    )
    target_kind = fields.Selection(
        [("webhook", "Webhook"), ("rabbitmq", "RabbitMQ")],
        string="Target",
        required=True,
        default="webhook",
        tracking=True,
    )
    company_ids = fields.Many2many(
        "res.company",
        "finance_sync_subscription_company_rel",
        "subscription_id",
        "company_id",
        string="Companies",
        required=True,
        default=lambda self: self.env.company,
        help="Whose events are told, those of their branches included.",
    )
    patterns = fields.Text(
        string="Events",
        required=True,
        default="*",
        tracking=True,
        help="One per line; * stands for anything: account.invoice.*",
    )
    matched_types = fields.Text(string="These Are", compute="_compute_matched_types")
    url = fields.Char(string="Address", tracking=True, copy=False)
    host = fields.Char(tracking=True, copy=False)
    port = fields.Integer(default=5671, tracking=True)
    virtual_host = fields.Char(default="/", tracking=True)
    exchange = fields.Char(
        default="finance_sync",
        tracking=True,
        help="A durable topic exchange; the routing key is the event's type.",
    )
    use_tls = fields.Boolean(string="TLS", default=True, tracking=True)
    authorities = fields.Char(
        string="Trusted Certificates",
        help="/path of the server. Empty: those that the server trusts anyway.",
    )
    declare_exchange = fields.Boolean(
        string="Make the Exchange", help="Where it is missing."
    )
    needs_queue = fields.Boolean(
        string="A Queue Must Take It",
        default=True,
        help="Without, events that nobody has bound a queue for are lost unseen.",
    )
    timeout = fields.Float(default=15.0, help="Seconds.")
    disable_after_days = fields.Float(
        string="Disable after",
        default=5.0,
        help="Days in which nothing has arrived although it was tried.",
    )
    retention_days = fields.Integer(
        string="Keep Log", default=90, help="Days, of what has been delivered."
    )
    owner_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        tracking=True,
        domain=[("share", "=", False)],
        help="Is told when it does not work any more.",
    )
    secret_ids = fields.One2many("finance.sync.webhook.secret", "subscription_id")
    outbox_ids = fields.One2many("finance.sync.outbox", "subscription_id")
    database_fingerprint = fields.Char(copy=False, readonly=True)
    activated_at = fields.Datetime(copy=False, readonly=True)
    backlog_count = fields.Integer(compute="_compute_counts")
    failed_count = fields.Integer(compute="_compute_counts")
    oldest_pending = fields.Datetime(compute="_compute_counts")
    last_success = fields.Datetime(compute="_compute_progress")
    failing_since = fields.Datetime(compute="_compute_progress")
    resume_at = fields.Datetime(string="Tried Again", compute="_compute_progress")
    last_error = fields.Char(compute="_compute_progress")

    @api.depends("patterns")
    def _compute_matched_types(self):
        titles = {each.name: each.title for each in _business_types()}
        for subscription in self:
            subscription.matched_types = "\n".join(
                f"{name}: {titles[name]}" for name in subscription._type_names()
            )

    def _compute_counts(self):
        found = {}
        for subscription, state, count, oldest in self.env[
            "finance.sync.outbox"
        ]._read_group(
            [
                ("subscription_id", "in", self.ids),
                ("state", "in", ("pending", "failed")),
            ],
            ["subscription_id", "state"],
            ["__count", "created_at:min"],
        ):
            found[subscription.id, state] = count, oldest
        for subscription in self:
            count, oldest = found.get((subscription.id, "pending"), (0, False))
            subscription.backlog_count, subscription.oldest_pending = count, oldest
            subscription.failed_count = found.get((subscription.id, "failed"), (0,))[0]

    def _compute_progress(self):
        rows = self.env["finance.sync.subscription.state"]._rows(self.ids)
        for subscription in self:
            row = rows.get(subscription.id, {})
            subscription.last_success = row.get("last_success", False)
            subscription.failing_since = row.get("failing_since", False)
            subscription.resume_at = row.get("resume_at", False)
            subscription.last_error = row.get("last_error", False)

    def _type_names(self):
        """Business events that the patterns match, by name."""
        patterns = (self.patterns or "").split()
        return [
            each.name
            for each in _business_types()
            if any(fnmatchcase(each.name, pattern) for pattern in patterns)
        ]

    @api.constrains("patterns")
    def _check_patterns(self):
        names = [each.name for each in _business_types()]
        for subscription in self:
            idle = [
                pattern
                for pattern in (subscription.patterns or "").split()
                if not any(fnmatchcase(name, pattern) for name in names)
            ]
            if idle or not (subscription.patterns or "").split():
                raise ValidationError(
                    _(
                        "No event is called “%(pattern)s”. There are: %(names)s",
                        pattern=", ".join(idle),
                        names=", ".join(names),
                    )
                )

    @api.constrains("url", "target_kind")
    def _check_url(self):
        for subscription in self.filtered("url"):
            try:
                check_base_url(subscription.url)
            except ConfigurationError as error:
                raise ValidationError(error.message) from error

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_action_fields(vals)
        subscriptions = super().create(vals_list)
        for subscription, vals in zip(subscriptions, vals_list, strict=True):
            subscription._tell_settings(vals)
        self.env["finance.sync.subscription.state"]._make(subscriptions.ids)
        self.env.registry.clear_cache()
        return subscriptions

    def write(self, vals):
        self._check_action_fields(vals)
        result = super().write(vals)
        self._tell_settings(vals)
        if TARGET_FIELDS.intersection(vals):
            self.env.registry.clear_cache()
        return result

    def _tell_settings(self, vals):
        """Record what was set; what the actions write has events of its own."""
        names = sorted(set(SETTINGS).intersection(vals))
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": "finance_sync.subscription.changed",
                    "record": subscription,
                    "data": {"fields": names},
                }
                for subscription in self
                if names
            ]
        )

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _check_action_fields(self, vals):
        if ACTION_FIELDS.intersection(vals) and not self.env.su:
            raise UserError(
                _("Subscriptions are activated and paused by their buttons only.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if self.filtered(lambda subscription: subscription.state != "draft"):
            raise UserError(_("It has been active: archive it, its log is history."))

    @api.model
    @tools.ormcache()
    def _targets(self):
        """(id, types, company ids) of all that are told, branches included."""
        # Whoever causes an event does not decide who is told.
        found = self.sudo().search([("state", "in", ("active", "paused"))])
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        return tuple(
            (
                each.id,
                frozenset(each._type_names()),
                frozenset(
                    companies.search([("id", "child_of", each.company_ids.ids)]).ids
                ),
            )
            for each in found
        )

    def action_open_outbox(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_sync.finance_sync_outbox_action"
        )
        return {
            **action,
            "domain": [("subscription_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }

    def action_open_deliveries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_sync.finance_sync_delivery_action"
        )
        return {**action, "domain": [("subscription_ref", "=", self.id)], "context": {}}

    def action_replay_events(self):
        """Ask from when on events are to be told again."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Tell Again"),
            "res_model": "finance.sync.event.replay",
            "view_mode": "form",
            "target": "new",
            "context": {"default_subscription_id": self.id},
        }


def _business_types():
    return [each for each in catalogue.all_types() if each.business]
