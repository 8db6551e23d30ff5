"""The figures of finance_sync and their queries.

Counters and histograms come from totals; gauges from rows that are still open, which
partial indexes hold. Neither grows with what has been finished.
"""

from ..core.metrics import CALL_BOUNDS, CYCLE_BOUNDS, Metric
from .metric_tick import NOW

_PREFIX = "finance_sync_"
# Figures name a connection by its key and a company by its id; what they are called
# is in the two figures ending in _info.
_CONNECTION = "LEFT JOIN finance_sync_connection c ON c.id = series.connection_ref"
_KEY = "coalesce(c.key, series.connection_ref::text)"
_AGE = "extract(epoch FROM now() AT TIME ZONE 'UTC' - {})::float8"

_CHAINS = (
    "(SELECT chain FROM finance_sync_chain"
    " UNION SELECT chain FROM finance_sync_unsealed)"
)


def _metric(name, type_, help_, sql, labels=(), bounds=()):
    return Metric(_PREFIX + name, type_, help_, sql, labels, bounds)


def _counted(kind, *columns, where="true", value="events"):
    """SQL: totals of one kind by connection and the columns."""
    by = "".join(f", {column}" for column in columns)
    places = ", ".join(str(place) for place in range(1, len(columns) + 2))
    return (
        f"SELECT {_KEY}{by}, sum({value}) FROM {NOW} {_CONNECTION}"  # noqa: S608
        f" WHERE series.kind = '{kind}' AND {where} GROUP BY {places}"
    )


def _spread(kind, column, where="true"):
    """SQL: a histogram of one kind by connection and one column."""
    return (
        f"SELECT {_KEY}, {column}, bucket, sum(events), sum(seconds)"  # noqa: S608
        f" FROM {NOW} {_CONNECTION} WHERE series.kind = '{kind}' AND {where}"
        " GROUP BY 1, 2, 3"
    )


def technical_metrics():
    return [
        *_calls(),
        *_connections(),
        *_exchanges(),
        *_queue(),
        *_outbox(),
        *_chain(),
        *_objectives(),
    ]


def _calls():
    by_operation = ("connection", "operation")
    return [
        _metric(
            "attempts_total",
            "counter",
            "Calls for exchanges that ended, by how.",
            _counted("attempt", "operation", "outcome"),
            (*by_operation, "outcome"),
        ),
        _metric(
            "retries_total",
            "counter",
            "Calls for exchanges that were not the first one.",
            _counted("attempt", "operation", where="again"),
            by_operation,
        ),
        _metric(
            "attempt_duration_seconds",
            "histogram",
            "Time that a call for an exchange took.",
            _spread("attempt", "operation"),
            by_operation,
            CALL_BOUNDS,
        ),
        _metric(
            "decisions_total",
            "counter",
            "Decision reads such as tax quotes, by how they ended.",
            _counted("decision", "operation", "outcome"),
            (*by_operation, "outcome"),
        ),
        _metric(
            "decision_duration_seconds",
            "histogram",
            "Time that a decision read took.",
            _spread("decision", "operation"),
            by_operation,
            CALL_BOUNDS,
        ),
        _metric(
            "refusal_wait_seconds",
            "histogram",
            "Waits of calls that were put off, by why: breaker, rate or race.",
            _spread("refusal", "outcome"),
            ("connection", "reason"),
            CALL_BOUNDS,
        ),
        _metric(
            "attempts_open",
            "gauge",
            "Calls in flight, those that were cut short included.",
            f"SELECT {_KEY}, count(*) FROM (SELECT connection_ref"  # noqa: S608
            " FROM finance_sync_attempt WHERE state = 'open') series"
            f" {_CONNECTION} GROUP BY 1",
            ("connection",),
        ),
        _metric(
            "attempt_open_oldest_seconds",
            "gauge",
            "Age of the oldest call in flight.",
            f"SELECT {_KEY}, {_AGE.format('min(started_at)')}"  # noqa: S608
            " FROM (SELECT connection_ref, started_at"
            " FROM finance_sync_attempt WHERE state = 'open') series"
            f" {_CONNECTION} GROUP BY 1",
            ("connection",),
        ),
    ]


def _connections():
    each = (
        "FROM finance_sync_connection c"
        " LEFT JOIN finance_sync_connection_state s ON s.connection_id = c.id"
        " WHERE c.active AND c.state <> 'draft'"
    )
    return [
        _metric(
            "connection_info",
            "gauge",
            "Always 1: what a connection is called and is.",
            f"SELECT c.key, c.name, c.provider, c.environment, c.lane, 1 {each}",
            ("connection", "name", "provider", "environment", "lane"),
        ),
        _metric(
            "company_info",
            "gauge",
            "Always 1: what a company is called.",
            "SELECT id, name, 1 FROM res_company",
            ("company", "name"),
        ),
        _metric(
            "connection_active",
            "gauge",
            "1 while a connection is active, 0 while it is paused.",
            f"SELECT c.key, CASE c.state WHEN 'active' THEN 1 ELSE 0 END {each}",
            ("connection",),
        ),
        _metric(
            "breaker_state",
            "gauge",
            "1 for the state that a connection's breaker is in.",
            "SELECT c.key, b.name,"  # noqa: S608
            " CASE WHEN coalesce(s.breaker_state, 'closed') ="
            " b.name THEN 1 ELSE 0 END FROM (VALUES ('closed'), ('open'),"
            f" ('half_open')) b (name), {each.removeprefix('FROM ')}",
            ("connection", "state"),
        ),
        _metric(
            "last_success_age_seconds",
            "gauge",
            "Time since the other system last answered.",
            f"SELECT c.key, {_AGE.format('s.last_success')} {each}"
            " AND s.last_success IS NOT NULL",
            ("connection",),
        ),
        _metric(
            "last_failure_age_seconds",
            "gauge",
            "Time since a call last failed.",
            f"SELECT c.key, {_AGE.format('s.last_failure')} {each}"
            " AND s.last_failure IS NOT NULL",
            ("connection",),
        ),
    ]


def _exchanges():
    # Entered less left: constant work however many wait.
    moves = (
        f"SELECT {_KEY}, operation, m.state, sum(events * m.sign)"  # noqa: S608
        f" FROM {NOW} {_CONNECTION} CROSS JOIN LATERAL (VALUES (outcome, 1),"
        " (prior, -1)) m (state, sign)"
        " WHERE series.kind = 'exchange' AND m.state IN ('pending', 'held')"
        " GROUP BY 1, 2, 3"
    )
    oldest = (
        "SELECT c.key, 'pending', age.seconds"  # noqa: S608
        " FROM finance_sync_connection c"
        f" CROSS JOIN LATERAL (SELECT {_AGE.format('x.create_date')} AS seconds"
        " FROM finance_sync_exchange x WHERE x.connection_id = c.id"
        " AND x.state = 'pending' ORDER BY x.connection_id, x.id LIMIT 1) age"
    )
    by_operation = ("connection", "operation")
    return [
        _metric(
            "exchanges_total",
            "counter",
            "Exchanges that came into a state.",
            _counted("exchange", "operation", "outcome"),
            (*by_operation, "state"),
        ),
        _metric(
            "exchanges_open",
            "gauge",
            "Exchanges that are not finished, by state.",
            moves,
            (*by_operation, "state"),
        ),
        _metric(
            "exchange_oldest_seconds",
            "gauge",
            "Age of the oldest exchange that waits for its job or a retry.",
            oldest,
            ("connection", "state"),
        ),
        _metric(
            "exchange_duration_seconds",
            "histogram",
            "Time from an exchange's writing to its end.",
            _spread("exchange", "operation", "outcome = 'done'"),
            by_operation,
            CYCLE_BOUNDS,
        ),
        _metric(
            "exchanges_touchless_total",
            "counter",
            "Exchanges that were done without any hold.",
            _counted("exchange", "operation", where="outcome = 'done' AND NOT again"),
            by_operation,
        ),
        _metric(
            "dead_letters",
            "gauge",
            "Exchanges that are held until a person acts.",
            "SELECT c.key, coalesce(x.company_id, 0), count(*)"
            " FROM finance_sync_exchange x"
            " JOIN finance_sync_connection c ON c.id = x.connection_id"
            " WHERE x.state = 'held' GROUP BY 1, 2",
            ("connection", "company"),
        ),
    ]


def _queue():
    waiting = (
        "FROM queue_job WHERE channel LIKE 'root.finance\\_sync%' AND state IN"
        " ('wait_dependencies', 'pending', 'enqueued', 'started')"
    )
    lane = "split_part(channel, '.', 3)"
    return [
        _metric(
            "queue_jobs",
            "gauge",
            "Jobs of a lane that are not finished, by state.",
            f"SELECT {lane}, state, count(*) {waiting} GROUP BY 1, 2",
            ("lane", "state"),
        ),
        _metric(
            "queue_oldest_seconds",
            "gauge",
            "Age of a lane's oldest job that could run now and does not.",
            f"SELECT {lane}, {_AGE.format('min(greatest(date_created, eta))')}"
            f" {waiting.split(' AND state IN')[0]} AND state = 'pending'"
            " AND (eta IS NULL OR eta <= now() AT TIME ZONE 'UTC') GROUP BY 1",
            ("lane",),
        ),
        _metric(
            "ticks_waiting",
            "gauge",
            "Figures that the cron has not yet added to their totals.",
            "SELECT count(*) FROM finance_sync_metric_tick",
        ),
    ]


def _outbox():
    """Of subscriptions in use, by their id; their names are in the figure of info."""
    waiting = "FROM finance_sync_outbox o WHERE o.subscription_id = s.id AND o.state ="
    each = "FROM finance_sync_subscription s WHERE s.state <> 'draft'"
    # The oldest has the lowest id: one row of an index, however many wait.
    first = f"(SELECT o.created_at {waiting} 'pending' ORDER BY o.id LIMIT 1)"
    return [
        _metric(
            "subscription_info",
            "gauge",
            "Always 1: what a subscription is called and is.",
            f"SELECT s.id, s.name, s.target_kind, s.state, 1 {each}",
            ("subscription", "name", "target", "state"),
        ),
        _metric(
            "outbox_waiting",
            "gauge",
            "Events that a subscription has not been told yet.",
            f"SELECT s.id, (SELECT count(*) {waiting} 'pending') {each}",
            ("subscription",),
        ),
        _metric(
            "outbox_oldest_seconds",
            "gauge",
            "Age of the oldest event that a subscription has not been told; 0: none.",
            f"SELECT s.id, coalesce({_AGE.format(first)}, 0) {each}",
            ("subscription",),
        ),
        _metric(
            "outbox_given_up",
            "gauge",
            "Events that were given up and not sent again.",
            f"SELECT s.id, (SELECT count(*) {waiting} 'failed') {each}",
            ("subscription",),
        ),
    ]


def _chain():
    return [
        _metric(
            "events_unsealed",
            "gauge",
            "Events that no seal covers yet.",
            f"SELECT chain, coalesce(sum(event_count), 0) FROM {_CHAINS} k"  # noqa: S608
            " LEFT JOIN finance_sync_unsealed u USING (chain) GROUP BY 1",
            ("company",),
        ),
        _metric(
            "event_unsealed_oldest_seconds",
            "gauge",
            "Age of the oldest event that no seal covers; 0: there is none.",
            f"SELECT k.chain, coalesce({_AGE.format('e.occurred_at')}, 0)"  # noqa: S608
            f" FROM {_CHAINS} k LEFT JOIN finance_sync_event e ON e.id ="
            " (SELECT min(first_event) FROM finance_sync_unsealed u"
            " WHERE u.chain = k.chain)",
            ("company",),
        ),
    ]


def _objectives():
    each = "FROM finance_sync_slo WHERE active AND total_events > 0"
    return [
        _metric(
            f"slo_{name}",
            "gauge",
            help_,
            f"SELECT name, company_id, {value} {each}",
            ("slo", "company"),
        )
        for name, value, help_ in (
            ("objective_ratio", "objective / 100", "What was promised."),
            ("attainment_ratio", "attainment / 100", "What was reached."),
            (
                "error_budget_left_ratio",
                "budget_left / 100",
                "What is left of the failures that are allowed; below 0: overspent.",
            ),
            ("burn_rate_1h", "burn_short", "Use of the error budget, 1 h; 1: allowed."),
            ("burn_rate_6h", "burn_long", "Use of the error budget, 6 h; 1: allowed."),
        )
    ]


def business_metrics():
    held = (
        "FROM finance_sync_hold h LEFT JOIN res_currency u ON u.id = h.currency_id"
        " WHERE h.state = 'open'"
    )
    company = "coalesce(h.company_id, 0)"
    by_code = ("code", "company")
    return [
        _metric(
            "holds",
            "gauge",
            "Open holds.",
            f"SELECT h.code, {company}, h.severity, count(*) {held} GROUP BY 1, 2, 3",
            (*by_code, "severity"),
        ),
        _metric(
            "hold_amount",
            "gauge",
            "Absolute amounts of open holds, in company currency.",
            f"SELECT h.code, {company}, coalesce(u.name, ''), sum(h.materiality)"
            f" {held} GROUP BY 1, 2, 3",
            (*by_code, "currency"),
        ),
        _metric(
            "hold_oldest_seconds",
            "gauge",
            "Age of the oldest open hold.",
            f"SELECT h.code, {company}, {_AGE.format('min(h.create_date)')}"
            f" {held} GROUP BY 1, 2",
            by_code,
        ),
        _metric(
            "holds_overdue",
            "gauge",
            "Open holds past their due time.",
            f"SELECT h.code, {company}, count(*) {held}"
            " AND h.due < now() AT TIME ZONE 'UTC' GROUP BY 1, 2",
            by_code,
        ),
        _metric(
            "holds_unassigned",
            "gauge",
            "Open holds that nobody looks after.",
            f"SELECT h.code, {company}, count(*) {held}"
            " AND h.user_id IS NULL AND h.team_id IS NULL GROUP BY 1, 2",
            by_code,
        ),
        _metric(
            "holds_total",
            "counter",
            "Holds that came into a state: open, resolved, overridden, cancelled.",
            "SELECT operation, company_ref, outcome, sum(events)"  # noqa: S608
            f" FROM {NOW} WHERE series.kind = 'hold' GROUP BY 1, 2, 3",
            (*by_code, "state"),
        ),
        _metric(
            "hold_duration_seconds",
            "histogram",
            "Time that holds were open before they were closed.",
            "SELECT operation, company_ref, bucket, sum(events), sum(seconds)"  # noqa: S608
            f" FROM {NOW} WHERE series.kind = 'hold' AND outcome <> 'open'"
            " GROUP BY 1, 2, 3",
            by_code,
            CYCLE_BOUNDS,
        ),
    ]
