import uuid

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..compat import NO_ACCESS, NOT_SUMMED

OPEN_STATES = ("pending", "held")


class Exchange(models.Model):
    _name = "finance.sync.exchange"
    _description = "Finance Sync Exchange"
    _order = "id desc"
    _sql_constraints = [
        ("uuid_unique", "UNIQUE(uuid)", "An exchange is unique by its UUID."),
        (
            "idempotency_unique",
            "UNIQUE(idempotency_key)",
            "The same message was enqueued already.",
        ),
    ]

    uuid = fields.Char(
        string="UUID",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: str(uuid.uuid4()),
    )
    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    direction = fields.Selection(
        [("out", "Outbound"), ("in", "Inbound")],
        required=True,
        readonly=True,
        default="out",
    )
    operation = fields.Char(required=True, readonly=True, index=True)
    connection_id = fields.Many2one(
        "finance.sync.connection",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    provider = fields.Selection(related="connection_id.provider")
    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index=True,
        help="Empty only while an inbound message could not be routed.",
    )
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document Id", model_field="res_model", readonly=True
    )
    document_uuid = fields.Char(readonly=True, index=True)
    document_ref = fields.Char(string="Document", readonly=True)
    revision = fields.Integer(readonly=True, **NOT_SUMMED)
    correlation_id = fields.Char(readonly=True, index=True)
    parent_id = fields.Many2one(
        "finance.sync.exchange", readonly=True, ondelete="set null", index=True
    )
    idempotency_key = fields.Char(required=True, readonly=True, copy=False)
    request_hash = fields.Char(readonly=True)
    payload_enc = fields.Text(groups=NO_ACCESS, copy=False)
    payload_masked = fields.Text(compute="_compute_payload_masked", string="Payload")
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("held", "Held"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("superseded", "Superseded"),
        ],
        required=True,
        readonly=True,
        default="pending",
        index=True,
    )
    done_at = fields.Datetime(readonly=True)
    external_ref = fields.Char(string="External Reference", readonly=True, index=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one(
        "res.currency", readonly=True, help="The company's currency."
    )
    initiator_id = fields.Many2one("res.users", readonly=True)
    external_id = fields.Char(readonly=True, index=True)
    external_version = fields.Char(readonly=True)
    attempt_base = fields.Integer(
        readonly=True, help="Attempts before the last retry that a person asked for."
    )
    attempt_ids = fields.One2many(
        "finance.sync.attempt", compute="_compute_attempts", string="Attempts"
    )
    attempt_count = fields.Integer(compute="_compute_attempts")
    progress = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("in_flight", "In Flight"),
            ("unknown", "Outcome Unknown"),
            ("answered", "Answered"),
            ("closed", "Closed"),
        ],
        compute="_compute_attempts",
    )
    last_error = fields.Char(compute="_compute_attempts")
    job_state = fields.Char(compute="_compute_job")
    job_eta = fields.Datetime(compute="_compute_job", string="Next Try")
    hold_ids = fields.One2many("finance.sync.hold", "exchange_id")
    hold_count = fields.Integer(compute="_compute_hold_count")

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_exchange_revision"
            " ON finance_sync_exchange (document_uuid, revision)"
            " WHERE direction = 'out'"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_exchange_open"
            " ON finance_sync_exchange (connection_id, id) WHERE state = 'pending'"
        )

    @api.depends("operation", "document_ref")
    def _compute_display_name(self):
        for exchange in self:
            exchange.display_name = " ".join(
                part for part in (exchange.name, exchange.document_ref) if part
            )

    def _compute_attempts(self):
        # Technical rows of exchanges that the caller may already read.
        attempts = self.env["finance.sync.attempt"].sudo()
        found = attempts.search(
            [("exchange_uuid", "in", self.mapped("uuid"))], order="number"
        )
        by_uuid = {}
        for attempt in found:
            by_uuid.setdefault(attempt.exchange_uuid, []).append(attempt.id)
        for exchange in self:
            mine = attempts.browse(by_uuid.get(exchange.uuid, []))
            last = mine[-1:]
            errors = [a.error_message for a in mine if a.error_message]
            exchange.attempt_ids = mine.sudo(False)
            exchange.attempt_count = len(mine)
            exchange.last_error = errors[-1] if errors else False
            exchange.progress = exchange._progress(last.state)

    def _progress(self, last_attempt_state):
        if self.state not in OPEN_STATES:
            return "closed"
        return {"open": "in_flight", "unknown": "unknown", "succeeded": "answered"}.get(
            last_attempt_state, "waiting"
        )

    def _compute_hold_count(self):
        counts = dict(
            self.env["finance.sync.hold"]._read_group(
                [("exchange_id", "in", self.ids), ("state", "=", "open")],
                ["exchange_id"],
                ["__count"],
            )
        )
        for exchange in self:
            exchange.hold_count = counts.get(exchange, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("Exchanges are history and cannot be deleted."))
