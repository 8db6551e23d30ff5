from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import NO_ACCESS


class Attempt(models.Model):
    """One call. Written by own cursors only, hence no foreign keys."""

    _name = "finance.sync.attempt"
    _description = "Finance Sync Attempt"
    _log_access = False
    _order = "id desc"
    _rec_name = "exchange_uuid"
    _sql_constraints = [
        (
            "number_unique",
            "UNIQUE(exchange_uuid, number)",
            "Attempts of an exchange are numbered.",
        ),
    ]

    exchange_uuid = fields.Char(required=True, readonly=True)
    connection_ref = fields.Integer(string="Connection Id", readonly=True, index=True)
    company_ref = fields.Integer(string="Company Id", readonly=True, index=True)
    connection_name = fields.Char(compute="_compute_names", string="Connection")
    operation = fields.Char(required=True, readonly=True)
    number = fields.Integer(required=True, readonly=True, group_operator=False)
    lease_until = fields.Datetime(readonly=True)
    started_at = fields.Datetime(readonly=True, index=True)
    ended_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("open", "In Flight"),
            ("succeeded", "Succeeded"),
            ("failed", "Failed"),
            ("unknown", "Outcome Unknown"),
            ("resolved", "Resolved"),
        ],
        required=True,
        readonly=True,
    )
    status = fields.Integer(string="HTTP Status", readonly=True, group_operator=False)
    provider_request_id = fields.Char(readonly=True)
    error_class = fields.Char(readonly=True)
    error_code = fields.Char(readonly=True)
    error_message = fields.Char(readonly=True)
    elapsed_ms = fields.Integer(readonly=True, group_operator="avg")
    answer_enc = fields.Text(groups=NO_ACCESS)

    def init(self):
        # One call at a time for one exchange, whoever runs its job.
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_attempt_one_open"
            " ON finance_sync_attempt (exchange_uuid) WHERE state = 'open'"
        )

    def _compute_names(self):
        connections = self.env["finance.sync.connection"].browse(
            list(set(self.mapped("connection_ref")))
        )
        names = {c.id: c.display_name for c in connections.exists()}
        for attempt in self:
            attempt.connection_name = names.get(attempt.connection_ref, False)

    @api.model
    def _failures_by_connection(self, connection_ids):
        """Connection id → failed attempts of the last 24 hours."""
        since = fields.Datetime.now() - timedelta(hours=24)
        # Counts of connections that the caller may already read.
        return dict(
            self.sudo()._read_group(
                [
                    ("connection_ref", "in", list(connection_ids)),
                    ("state", "in", ("failed", "unknown")),
                    ("started_at", ">=", since),
                ],
                ["connection_ref"],
                ["__count"],
            )
        )
