from datetime import timedelta

from odoo import api, fields, models

from ..compat import AVERAGED, NO_ACCESS, NOT_SUMMED
from .own_cursor import own_cursor

LOOKUP_SUFFIX = ".lookup"


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
    number = fields.Integer(required=True, readonly=True, **NOT_SUMMED)
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
    status = fields.Integer(string="HTTP Status", readonly=True, **NOT_SUMMED)
    provider_request_id = fields.Char(readonly=True)
    error_class = fields.Char(readonly=True)
    error_code = fields.Char(readonly=True)
    error_message = fields.Char(readonly=True)
    elapsed_ms = fields.Integer(readonly=True, **AVERAGED)
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
                    ("company_ref", "in", self.env.companies.ids),
                    ("state", "in", ("failed", "unknown")),
                    ("started_at", ">=", since),
                ],
                ["connection_ref"],
                ["__count"],
            )
        )

    @api.model
    def _of(self, exchange_uuid):
        """All attempts of an exchange as dicts, oldest first, read afresh.

        ``lease_left``: seconds, by the database's clock; negative when it is over.
        """
        return self._of_many([exchange_uuid]).get(exchange_uuid, [])

    @api.model
    def _of_many(self, exchange_uuids):
        """Exchange UUID → what ``_of`` says; nothing where there is no attempt."""
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                SELECT id, exchange_uuid, number, operation, state, answer_enc,
                    extract(epoch FROM
                        lease_until - clock_timestamp() AT TIME ZONE 'UTC')::float8
                    AS lease_left
                FROM finance_sync_attempt WHERE exchange_uuid = ANY(%s) ORDER BY number
                """,
                [list(exchange_uuids)],
            )
            found = {}
            for attempt in cr.dictfetchall():
                found.setdefault(attempt["exchange_uuid"], []).append(attempt)
            return found

    @api.model
    def _attempted(self, exchange_uuids):
        """Of these exchanges, the UUIDs that were called for; read afresh."""
        with own_cursor(self.env) as cr:
            cr.execute(
                "SELECT DISTINCT exchange_uuid FROM finance_sync_attempt"
                " WHERE exchange_uuid = ANY(%s)",
                [list(exchange_uuids)],
            )
            return {uuid for (uuid,) in cr.fetchall()}

    @api.model
    def _begin(self, values, lease):
        """The id of a new open attempt, or None if somebody else was faster.

        ``values`` has its number, which a racer that read the same history would
        use too; so even one that has finished by now is noticed.
        """
        return self._begin_many([values], lease).get(values["exchange_uuid"])

    @api.model
    def _begin_many(self, values_list, lease):
        """Exchange UUID → id of its new open attempt, by one statement.

        :param values_list: alike but for ``exchange_uuid`` and ``number``
        """
        if not values_list:
            return {}
        values = {
            **values_list[0],
            "uuids": [values["exchange_uuid"] for values in values_list],
            "numbers": [values["number"] for values in values_list],
            "lease": lease,
        }
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                INSERT INTO finance_sync_attempt (
                    exchange_uuid, number, connection_ref, company_ref, operation,
                    state, started_at, lease_until
                )
                SELECT uuid, number, %(connection_ref)s, %(company_ref)s,
                    %(operation)s, 'open', clock_timestamp() AT TIME ZONE 'UTC',
                    clock_timestamp() AT TIME ZONE 'UTC'
                        + make_interval(secs => %(lease)s)
                FROM unnest(%(uuids)s::varchar[], %(numbers)s::int[])
                    AS new (uuid, number)
                ON CONFLICT DO NOTHING RETURNING exchange_uuid, id
                """,
                values,
            )
            return dict(cr.fetchall())

    @api.model
    def _withdraw(self, attempt_ids):
        """Take back open attempts whose calls were never made."""
        with own_cursor(self.env) as cr:
            cr.execute(
                "DELETE FROM finance_sync_attempt"
                " WHERE id = ANY(%s) AND state = 'open'",
                [list(attempt_ids)],
            )
        self.invalidate_model()

    @api.model
    def _expire(self, attempt_id):
        """Take an open attempt whose lease is over for dead. True if it was."""
        with own_cursor(self.env) as cr:
            # A look-up changes nothing: how it ended does not matter.
            cr.execute(
                """
                UPDATE finance_sync_attempt
                SET state = CASE WHEN operation LIKE %s THEN 'failed'
                        ELSE 'unknown' END,
                    ended_at = clock_timestamp() AT TIME ZONE 'UTC',
                    error_class = 'transient', error_code = 'lease_over',
                    error_message = 'The call was cut short on our side.'
                WHERE id = %s AND state = 'open'
                    AND lease_until <= clock_timestamp() AT TIME ZONE 'UTC'
                RETURNING id
                """,
                [f"%{LOOKUP_SUFFIX}", attempt_id],
            )
            return bool(cr.fetchone())

    @api.model
    def _succeed(self, attempt_id, answer_enc, elapsed_ms):
        """Store the answer. It counts even if the attempt was taken for dead."""
        self._succeed_many([(attempt_id, answer_enc, elapsed_ms)])

    @api.model
    def _succeed_many(self, rows):
        """``rows``: tuples of what ``_succeed`` takes."""
        ids, answers, elapsed = zip(*rows, strict=True)
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                UPDATE finance_sync_attempt AS attempt
                SET state = 'succeeded', answer_enc = new.answer,
                    elapsed_ms = new.elapsed,
                    ended_at = clock_timestamp() AT TIME ZONE 'UTC',
                    error_class = NULL, error_code = NULL, error_message = NULL
                FROM unnest(%s::int[], %s::text[], %s::int[])
                    AS new (id, answer, elapsed)
                WHERE attempt.id = new.id
                    AND attempt.state IN ('open', 'unknown', 'resolved', 'failed')
                """,
                [list(ids), list(answers), list(elapsed)],
            )
        self.invalidate_model()

    @api.model
    def _fail(self, attempt_id, error, unknown, elapsed_ms):
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                UPDATE finance_sync_attempt
                SET state = %s, ended_at = clock_timestamp() AT TIME ZONE 'UTC',
                    elapsed_ms = %s, status = %s, provider_request_id = %s,
                    error_class = %s, error_code = %s, error_message = %s
                WHERE id = %s AND state = 'open'
                """,
                [
                    "unknown" if unknown else "failed",
                    elapsed_ms,
                    error.status,
                    error.request_id,
                    error.kind,
                    error.code,
                    error.message,
                    attempt_id,
                ],
            )
        self.invalidate_model()

    @api.model
    def _settle_unknown(self, exchange_uuid):
        """The unknown outcomes of an exchange are known, or do not matter any more."""
        with own_cursor(self.env) as cr:
            cr.execute(
                "UPDATE finance_sync_attempt SET state = 'resolved'"
                " WHERE exchange_uuid = %s AND state = 'unknown'",
                [exchange_uuid],
            )
        self.invalidate_model()

    def action_open_exchange(self):
        self.ensure_one()
        exchange = self.env["finance.sync.exchange"].search(
            [("uuid", "=", self.exchange_uuid)], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.sync.exchange",
            "res_id": exchange.id,
            "view_mode": "form",
        }
