"""What happened, counted: ticks, totals and hours.

A trigger writes one tick for each call, decision, move of an exchange or hold, in the
transaction in which it happens. Ticks are inserted only, so no writer ever waits for
another. A cron adds them up: into a total for each series, which is what is scraped,
and into hours, which is what dashboards and objectives read. Added up, they are gone.
"""

import logging
from datetime import timedelta

from odoo import api, fields, models

from ..compat import NOT_SUMMED
from ..core.metrics import CALL_BOUNDS, CYCLE_BOUNDS
from . import metric_triggers
from .own_cursor import own_cursor

_logger = logging.getLogger(__name__)

# Days of hourly figures: a year, and the month before to compare with.
KEPT_DAYS = 400
AT_ONCE = 50_000
MOST_ROUNDS = 200
KINDS = [
    ("attempt", "Call for an exchange"),
    ("decision", "Decision read"),
    ("exchange", "Exchange"),
    ("hold", "Hold"),
    ("refusal", "Call put off"),
]
SERIES = (
    "kind",
    "connection_ref",
    "company_ref",
    "operation",
    "outcome",
    "prior",
    "again",
    "bucket",
)
_KEY = ", ".join(SERIES)


def _bucket_of(source):
    """SQL: the number of the histogram's bucket, of seconds and kind of ``source``."""
    calls, cycles = (
        "ARRAY[" + ", ".join(f"{bound:g}::float8" for bound in bounds) + "]"
        for bounds in (CALL_BOUNDS, CYCLE_BOUNDS)
    )
    # width_bucket counts a value at a bound to the next bucket, Prometheus to the one
    # before; measured times are never that exact.
    return (
        f"CASE WHEN {source}.kind IN ('exchange', 'hold')"
        f" THEN width_bucket({source}.seconds, {cycles})"
        f" ELSE width_bucket({source}.seconds, {calls}) END"
    )


# So that gauges read what is open alone. The exchange's own index covers pending ones.
# Name, and what it is on.
INDEXES = {
    "finance_sync_exchange_held": "finance_sync_exchange (connection_id, company_id)"
    " WHERE state = 'held'",
    "finance_sync_hold_open": "finance_sync_hold (code, company_id)"
    " WHERE state = 'open'",
    "finance_sync_attempt_in_flight": "finance_sync_attempt"
    " (connection_ref, started_at) WHERE state = 'open'",
    "finance_sync_queue_job_waiting": "queue_job (channel, state, date_created)"
    " WHERE state IN ('wait_dependencies', 'pending', 'enqueued', 'started')",
    "finance_sync_exchange_created": "finance_sync_exchange (create_date)",
}
# One total for each series, one row for each of its hours.
UNIQUE_INDEXES = {
    "finance_sync_metric_series_key": f"finance_sync_metric_series ({_KEY})",
    "finance_sync_metric_hour_key": f"finance_sync_metric_hour (hour, {_KEY})",
}

# Totals and what has not been added to them yet: the present values of every series.
NOW = f"""(
    SELECT {_KEY}, events, seconds FROM finance_sync_metric_series
    UNION ALL
    SELECT {_KEY.replace("bucket", _bucket_of("t"))}, 1, t.seconds
    FROM finance_sync_metric_tick t
) AS series"""  # noqa: S608

_ROLL_UP = f"""
    WITH taken AS (
        DELETE FROM finance_sync_metric_tick WHERE id IN (
            SELECT id FROM finance_sync_metric_tick
            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        ) RETURNING *
    ), grouped AS (
        SELECT date_trunc('hour', t.at) AS hour,
            {_KEY.replace("bucket", _bucket_of("t") + " AS bucket")},
            count(*) AS events, sum(t.seconds) AS seconds
        FROM taken t GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ), totals AS (
        INSERT INTO finance_sync_metric_series AS known ({_KEY}, events, seconds)
        SELECT {_KEY}, sum(events), sum(seconds) FROM grouped
        GROUP BY {_KEY} ORDER BY {_KEY}
        ON CONFLICT ({_KEY}) DO UPDATE SET
            events = known.events + excluded.events,
            seconds = known.seconds + excluded.seconds
    ), hours AS (
        INSERT INTO finance_sync_metric_hour AS known (hour, {_KEY}, events, seconds)
        SELECT hour, {_KEY}, events, seconds FROM grouped ORDER BY hour, {_KEY}
        ON CONFLICT (hour, {_KEY}) DO UPDATE SET
            events = known.events + excluded.events,
            seconds = known.seconds + excluded.seconds
    )
    SELECT count(*) FROM taken
"""  # noqa: S608


class MetricTick(models.Model):
    """One thing that happened. Lives until it has been added up."""

    _name = "finance.sync.metric.tick"
    _description = "Finance Sync Metric Tick"
    _log_access = False
    _order = "id"
    _rec_name = "operation"

    kind = fields.Char(required=True, readonly=True)
    connection_ref = fields.Integer(required=True, readonly=True)
    company_ref = fields.Integer(required=True, readonly=True)
    operation = fields.Char(required=True, readonly=True)
    outcome = fields.Char(required=True, readonly=True)
    prior = fields.Char(required=True, readonly=True)
    again = fields.Boolean(required=True, readonly=True)
    seconds = fields.Float(required=True, readonly=True)
    at = fields.Datetime(required=True, readonly=True)

    @api.model
    def _refused(self, cr, connection_id, reason, wait, count):
        """Calls were put off: by the ``breaker``, the ``rate`` or a lost ``race``.

        :param cr: an own cursor, as nothing else of a refused call is written
        """
        cr.execute(
            """
            INSERT INTO finance_sync_metric_tick (kind, connection_ref,
                company_ref, operation, outcome, prior, again, seconds, at)
            SELECT 'refusal', %s, 0, '', %s, '', false, %s,
                clock_timestamp() AT TIME ZONE 'UTC'
            FROM generate_series(1, %s)
            """,
            [connection_id, reason, wait, count],
        )

    @api.model
    def _cron_roll_up(self):
        """Add up everything that waits for it; each round is a transaction."""
        for _round in range(MOST_ROUNDS):
            if self._roll_up() < AT_ONCE:
                return
        _logger.warning("More ticks are written than are added up")

    @api.model
    def _roll_up(self, limit=AT_ONCE):
        """Add up the oldest ticks. Returns how many.

        One statement takes them away and adds them, so that none counts twice or is
        lost, in whatever order their transactions were committed; whoever does the
        same at the same time takes others.
        """
        with own_cursor(self.env) as cr:
            cr.execute(_ROLL_UP, [limit])
            (count,) = cr.fetchone()
        self.env["finance.sync.metric.hour"].invalidate_model()
        return count


class MetricSeries(models.Model):
    """How often something happened since the beginning. Never goes down."""

    _name = "finance.sync.metric.series"
    _description = "Finance Sync Metric Series"
    _log_access = False
    _rec_name = "operation"

    kind = fields.Selection(KINDS, required=True, readonly=True)
    connection_ref = fields.Integer(required=True, readonly=True)
    company_ref = fields.Integer(required=True, readonly=True)
    operation = fields.Char(required=True, readonly=True)
    outcome = fields.Char(required=True, readonly=True)
    prior = fields.Char(required=True, readonly=True)
    again = fields.Boolean(required=True, readonly=True)
    bucket = fields.Integer(required=True, readonly=True, **NOT_SUMMED)
    events = fields.Float(required=True, readonly=True, digits=(18, 0))
    seconds = fields.Float(required=True, readonly=True)


class MetricHour(models.Model):
    """The same hour by hour, for graphs."""

    _name = "finance.sync.metric.hour"
    _description = "Finance Sync Hourly Figure"
    _log_access = False
    _order = "hour desc, id desc"
    _rec_name = "operation"

    hour = fields.Datetime(required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    connection_ref = fields.Integer(
        string="Connection Id", required=True, readonly=True, **NOT_SUMMED
    )
    company_ref = fields.Integer(
        string="Company Id", required=True, readonly=True, index=True, **NOT_SUMMED
    )
    connection_name = fields.Char(compute="_compute_names", string="Connection")
    operation = fields.Char(required=True, readonly=True)
    outcome = fields.Char(required=True, readonly=True)
    prior = fields.Char(string="Before", required=True, readonly=True)
    again = fields.Boolean(
        string="Retry or Touched",
        required=True,
        readonly=True,
        help="Of calls: not the first one. Of exchanges: a person was asked.",
    )
    bucket = fields.Integer(required=True, readonly=True, **NOT_SUMMED)
    events = fields.Float(required=True, readonly=True, digits=(18, 0))
    seconds = fields.Float(required=True, readonly=True)

    # pylint: disable=sql-injection
    # Of the names above alone.
    def init(self):
        metric_triggers.install(self.env.cr)
        for unique, indexes in (("", INDEXES), ("UNIQUE", UNIQUE_INDEXES)):
            for name, place in indexes.items():
                self.env.cr.execute(
                    f"CREATE {unique} INDEX IF NOT EXISTS {name} ON {place}"
                )

    @api.model
    def _cron_drop_old(self):
        """Drop hours that no graph shows any more; totals stay."""
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        with own_cursor(self.env) as cr:
            cr.execute("DELETE FROM finance_sync_metric_hour WHERE hour < %s", [limit])
        self.invalidate_model()

    def _compute_names(self):
        connections = self.env["finance.sync.connection"].browse(
            list(set(self.mapped("connection_ref")))
        )
        names = {c.id: c.display_name for c in connections.exists()}
        for row in self:
            row.connection_name = names.get(row.connection_ref, False)
