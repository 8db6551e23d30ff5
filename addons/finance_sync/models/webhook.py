from fnmatch import fnmatchcase

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..compat import check_access
from ..core import webhook_signing
from ..core.inbound import IGNORE, Rule, check_source

PATH = "/finance_sync/v1/"
SOURCES_HELP = (
    "Where in a message it is: header:Name, json:data.object.id, or body (the digest "
    "of the whole message). Empty: where this kind of signature has it."
)


class Webhook(models.Model):
    """Where one external system posts its messages to, and how they are read."""

    _name = "finance.sync.webhook"
    _description = "Finance Sync Webhook"
    _inherit = ["finance.sync.webhook.secret.mixin"]
    _order = "connection_id, id"
    _rec_name = "connection_id"
    _sql_constraints = [
        (
            "connection_unique",
            "UNIQUE(connection_id)",
            "This connection has a webhook already.",
        ),
        (
            "rate_positive",
            "CHECK(rate_per_second >= 0 AND rate_burst > 0)",
            "The rate must not be negative, and its burst above zero.",
        ),
    ]
    _finance_sync_package_fields = (
        "connection_id",
        "scheme",
        "type_source",
        "id_source",
        "version_source",
        "rate_per_second",
        "rate_burst",
        "unmatched",
        "rule_ids",
    )

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, ondelete="cascade"
    )
    company_ids = fields.Many2many(related="connection_id.company_ids")
    active = fields.Boolean(default=True)
    url = fields.Char(string="Address", compute="_compute_url")
    scheme = fields.Selection(
        selection=lambda self: list(webhook_signing.schemes().items()),
        string="Signature",
        required=True,
        default="standard",
        help="How the sender proves that a message is its own.",
    )
    type_source = fields.Char(string="Kind of Event", help=SOURCES_HELP)
    id_source = fields.Char(
        string="Number",
        help=SOURCES_HELP + " The same number with the same content counts once.",
    )
    version_source = fields.Char(
        string="Version", help=SOURCES_HELP + " Without: every message is version 1."
    )
    rate_per_second = fields.Float(
        string="Messages per Second",
        default=50.0,
        help="On average, beyond which new messages are put off (429). 0: no limit.",
    )
    rate_burst = fields.Integer(string="Burst", default=500)
    unmatched = fields.Selection(
        [("hold", "Keep and ask a person"), ("ignore", "Accept and drop")],
        string="Other Kinds",
        required=True,
        default="hold",
        help="What happens to a message whose kind no rule knows.",
    )
    rule_ids = fields.One2many("finance.sync.webhook.rule", "webhook_id", copy=True)
    secret_ids = fields.One2many("finance.sync.webhook.secret", "webhook_id")
    last_received = fields.Datetime(compute="_compute_traffic")
    refused_at = fields.Datetime(string="Last Refused", compute="_compute_traffic")
    refused_reason = fields.Selection(
        [
            ("missing", "Without a signature"),
            ("malformed", "Malformed signature"),
            ("stale", "Older than five minutes, or a clock is wrong"),
            ("mismatch", "The signature does not match"),
            ("address", "It came from a network that is not allowed"),
        ],
        compute="_compute_traffic",
    )
    exchange_count = fields.Integer(compute="_compute_traffic")

    @api.depends("connection_id.key")
    def _compute_url(self):
        # Readable by admins only, and no secret.
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        for webhook in self:
            webhook.url = f"{base}{PATH}{webhook.connection_id.key or ''}"

    def _compute_traffic(self):
        exchanges = self.env["finance.sync.exchange"]
        domain = [
            ("direction", "=", "in"),
            ("connection_id", "in", self.connection_id.ids),
        ]
        found = {
            connection: (count, last)
            for connection, count, last in exchanges._read_group(
                domain, ["connection_id"], ["__count", "create_date:max"]
            )
        }
        states = self.env["finance.sync.connection.state"]._refusals(
            self.connection_id.ids
        )
        for webhook in self:
            count, last = found.get(webhook.connection_id, (0, False))
            refused_at, reason = states.get(webhook.connection_id.id, (False, False))
            webhook.exchange_count, webhook.last_received = count, last
            webhook.refused_at, webhook.refused_reason = refused_at, reason

    @api.constrains("type_source", "id_source", "version_source")
    def _check_sources(self):
        for webhook in self:
            _check_sources(
                webhook.type_source, webhook.id_source, webhook.version_source
            )

    @api.model_create_multi
    def create(self, vals_list):
        webhooks = super().create(vals_list)
        for webhook, vals in zip(webhooks, vals_list, strict=True):
            webhook._tell_change(vals)
        return webhooks

    def write(self, vals):
        """A secret of one kind is none of another."""
        if "scheme" in vals:
            changed = self.filtered(lambda webhook: webhook.scheme != vals["scheme"])
            changed.secret_ids._expire_now()
        result = super().write(vals)
        self._tell_change(vals)
        return result

    def unlink(self):
        self._tell_change(["deleted"])
        return super().unlink()

    def _tell_change(self, names):
        """Who may send what, and how it is read, is for the log."""
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": "finance_sync.webhook.changed",
                    "record": webhook,
                    "data": {"fields": sorted(names)},
                }
                for webhook in self
            ]
        )

    def _rule_for(self, kind):
        """The first of our rules that matches; None if none does."""
        rules = self.rule_ids._rules()
        return next((rule for rule in rules if fnmatchcase(kind, rule.pattern)), None)

    def _check_secret_value(self, value):
        webhook_signing.scheme(self.scheme).check_secret(value)

    def action_open_exchanges(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync.finance_sync_exchange_action"
            ),
            "domain": [
                ("connection_id", "=", self.connection_id.id),
                ("direction", "=", "in"),
            ],
            "context": {},
        }


class WebhookRule(models.Model):
    """What kind of event is which operation here."""

    _name = "finance.sync.webhook.rule"
    _description = "Finance Sync Webhook Rule"
    _order = "webhook_id, sequence, id"
    _rec_name = "pattern"
    _finance_sync_package_fields = (
        "sequence",
        "pattern",
        "operation",
        "id_source",
        "version_source",
    )

    webhook_id = fields.Many2one(
        "finance.sync.webhook", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    pattern = fields.Char(
        string="Kind of Event",
        required=True,
        default="*",
        help="As the sender calls it. * stands for anything: invoice.*",
    )
    operation = fields.Char(
        required=True,
        help="What such a message is here, as ap.invoice. “-”: accept and drop.",
    )
    id_source = fields.Char(string="Number", help=SOURCES_HELP)
    version_source = fields.Char(string="Version", help=SOURCES_HELP)

    @api.constrains("pattern", "operation", "id_source", "version_source")
    def _check_rule(self):
        for rule in self:
            if rule.operation != IGNORE:
                rule.webhook_id.connection_id._check_operation(rule.operation)
            _check_sources(rule.id_source, rule.version_source)

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.webhook_id._tell_change(["rule_ids"])
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.webhook_id._tell_change(["rule_ids"])
        return result

    def unlink(self):
        self.webhook_id._tell_change(["rule_ids"])
        return super().unlink()

    def _rules(self):
        """The same, for the core."""
        return [
            Rule(
                rule.pattern,
                rule.operation,
                rule.id_source or "",
                rule.version_source or "",
            )
            for rule in self
        ]


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    webhook_ids = fields.One2many("finance.sync.webhook", "connection_id")

    def action_open_webhook(self):
        """The webhook of this connection, or the form to make one."""
        self.ensure_one()
        check_access(self, "read")
        webhook = self.with_context(active_test=False).webhook_ids[:1]
        return {
            "type": "ir.actions.act_window",
            "name": _("Webhook"),
            "res_model": "finance.sync.webhook",
            "res_id": webhook.id,
            "view_mode": "form",
            "context": {"default_connection_id": self.id},
        }


def _check_sources(*sources):
    for source in filter(None, sources):
        try:
            check_source(source)
        except ValueError as error:
            raise ValidationError(str(error)) from error
