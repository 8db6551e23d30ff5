import random

from odoo import api, fields, models

from ..core import breaker, rate_limit
from .own_cursor import own_cursor

# Racing admissions: each round, at least one of the racers gets through.
ROUNDS = 20
# Whoever is refused together should not come back together.
SPREAD = 0.1
_COLUMNS = """breaker_state, failures, opened_at, probe_until, tokens, tokens_at,
    version, extract(epoch FROM clock_timestamp())::float8"""


class ConnectionState(models.Model):
    """Breaker and rate limit of a connection. Written by own cursors only."""

    _name = "finance.sync.connection.state"
    _description = "Finance Sync Connection State"
    _log_access = False
    _rec_name = "connection_id"
    _sql_constraints = [
        ("connection_unique", "UNIQUE(connection_id)", "One state per connection."),
    ]

    # An id without a foreign key: the row is written while the connection's own row
    # may be locked by the transaction that waits for it.
    connection_id = fields.Integer(required=True, readonly=True)
    breaker_state = fields.Char(required=True, readonly=True, default="closed")
    failures = fields.Integer(required=True, readonly=True, default=0)
    opened_at = fields.Float(readonly=True)
    probe_until = fields.Float(readonly=True)
    tokens = fields.Float(readonly=True)
    tokens_at = fields.Float(readonly=True)
    version = fields.Integer(required=True, readonly=True, default=0)
    last_success = fields.Datetime(readonly=True)
    last_failure = fields.Datetime(readonly=True)
    last_error_class = fields.Char(readonly=True)

    @api.model
    def _rows(self, connection_ids):
        """Connection id → its state, of those that have one, for screens."""
        # Technical rows of connections that the caller may already read.
        rows = self.sudo().search_read(
            [("connection_id", "in", list(connection_ids))],
            [
                "connection_id",
                "breaker_state",
                "last_success",
                "last_failure",
                "last_error_class",
            ],
        )
        return {row["connection_id"]: row for row in rows}

    @api.model
    def _admit(self, connection):
        """None if a call may be made now, else the seconds to wait."""
        granted, wait = self._admit_many(connection, 1)
        return None if granted else wait

    @api.model
    def _admit_many(self, connection, count):
        """How many of ``count`` calls may be made now: ``(granted, wait)``.

        ``wait``: seconds until the next one may be, None if all may or if the first
        one has to show whether the provider is back. One row is read and
        conditionally written, by the database's clock; nobody sleeps and nobody
        holds a lock.
        """
        with own_cursor(self.env) as cr:
            granted, wait, reason = self._try_admit(cr, connection, count)
            if granted < count and wait is not None:
                self.env["finance.sync.metric.tick"]._refused(
                    cr, connection.id, reason, wait, count - granted
                )
        return granted, wait

    def _try_admit(self, cr, connection, count):
        """``(granted, wait, what they wait for: breaker, rate or race)``"""
        policy, limit = connection._breaker_policy(), connection._rate_limit()
        for _round in range(ROUNDS):
            state, bucket, version, now = self._load_row(cr, connection.id)
            allowed, retry_at, admitted = breaker.admit(state, policy, now)
            if not allowed:
                return 0, _spread(retry_at - now), "breaker"
            most = count if admitted.state == breaker.CLOSED else min(count, 1)
            granted, retry_at, taken = rate_limit.take_many(bucket, limit, now, most)
            wait = None if retry_at is None else _spread(retry_at - now)
            if not granted or (admitted == state and not limit.per_second):
                return granted, wait, "rate"
            if self._swap_row(cr, connection.id, version, admitted, taken):
                return granted, wait, "rate"
        return 0, _spread(1.0), "race"

    @api.model
    def _succeeded(self, connection):
        """The provider answered, if only to refuse."""
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                SELECT breaker_state = 'closed' AND failures = 0,
                    last_success >= clock_timestamp() AT TIME ZONE 'UTC'
                        - interval '1 second'
                FROM finance_sync_connection_state WHERE connection_id = %s
                """,
                [connection.id],
            )
            trusted, recent = cr.fetchone() or (False, False)
            if not trusted:
                self._feed(cr, connection, breaker.on_success)
            # Not more often than screens can show: this row is everybody's.
            if not recent:
                cr.execute(
                    "UPDATE finance_sync_connection_state"
                    " SET last_success = clock_timestamp() AT TIME ZONE 'UTC'"
                    " WHERE connection_id = %s",
                    [connection.id],
                )
        self.invalidate_model()

    @api.model
    def _failed(self, connection, error):
        """A call ended in one of the four errors. True if more may be made now."""
        outage = breaker.is_outage(error)
        with own_cursor(self.env) as cr:
            state = self._feed(
                cr, connection, breaker.on_failure if outage else breaker.on_success
            )
            cr.execute(
                """
                UPDATE finance_sync_connection_state
                SET last_failure = clock_timestamp() AT TIME ZONE 'UTC',
                    last_error_class = %s
                WHERE connection_id = %s
                """,
                [error.kind, connection.id],
            )
        self.invalidate_model()
        return state.state == breaker.CLOSED

    def _feed(self, cr, connection, event):
        """Tell the breaker; its state afterwards."""
        policy = connection._breaker_policy()
        for _round in range(ROUNDS):
            state, bucket, version, now = self._load_row(cr, connection.id)
            changed = event(state, policy, now)
            if changed == state:
                break
            if self._swap_row(cr, connection.id, version, changed, bucket):
                break
        return changed

    def _load_row(self, cr, connection_id):
        """(BreakerState, Bucket or None, version, now by the database's clock)"""
        cr.execute(
            f"SELECT {_COLUMNS} FROM finance_sync_connection_state"  # noqa: S608
            " WHERE connection_id = %s",
            [connection_id],
        )
        row = cr.fetchone()
        if not row:
            cr.execute(
                "INSERT INTO finance_sync_connection_state"
                " (connection_id, breaker_state, failures, version)"
                " VALUES (%s, 'closed', 0, 0) ON CONFLICT DO NOTHING",
                [connection_id],
            )
            return self._load_row(cr, connection_id)
        name, failures, opened_at, probe_until, tokens, tokens_at, version, now = row
        state = breaker.BreakerState(
            name, failures, float(opened_at or 0.0), float(probe_until or 0.0)
        )
        bucket = None
        if tokens_at is not None:
            bucket = rate_limit.Bucket(float(tokens), float(tokens_at))
        return state, bucket, version, now

    def _swap_row(self, cr, connection_id, version, state, bucket):
        """True if the row was still at ``version``."""
        cr.execute(
            """
            UPDATE finance_sync_connection_state
            SET breaker_state = %s, failures = %s, opened_at = %s, probe_until = %s,
                tokens = %s, tokens_at = %s, version = version + 1
            WHERE connection_id = %s AND version = %s
            RETURNING version
            """,
            [
                state.state,
                state.failures,
                state.opened_at,
                state.probe_until,
                bucket.tokens if bucket else None,
                bucket.updated_at if bucket else None,
                connection_id,
                version,
            ],
        )
        return bool(cr.fetchone())


def _spread(seconds):
    seconds = max(seconds, 0.0)
    return seconds * (1 + random.uniform(0, SPREAD))  # noqa: S311 - not a secret
