"""The triggers that write ticks, and what happened before they were there.

They see what no method could: changes by SQL, by addons, and by own cursors.
"""

# Every query below is made of this module's own texts.
# pylint: disable=sql-injection

from textwrap import dedent

_INTO = (
    "INSERT INTO finance_sync_metric_tick (kind, connection_ref, company_ref,"
    " operation, outcome, prior, again, seconds, at)"
)
_NOW = "clock_timestamp() AT TIME ZONE 'UTC'"

# Rows of {row}: in a trigger NEW, else the table's alias. Seconds are never negative,
# even where a clock was set back.
_ATTEMPT = """
    'attempt', coalesce({row}.connection_ref, 0), coalesce({row}.company_ref, 0),
    {row}.operation, {row}.state, '',
    {row}.number > 1 AND {row}.operation NOT LIKE '%.lookup',
    greatest(coalesce({row}.elapsed_ms, 0) / 1000.0, 0),
    coalesce({row}.ended_at, {row}.started_at, {now})"""
_DECISION = """
    'decision', coalesce({row}.connection_ref, 0), coalesce({row}.company_ref, 0),
    {row}.operation, {row}.state, '', false,
    greatest(coalesce({row}.elapsed_ms, 0) / 1000.0, 0),
    coalesce({row}.created_at, {now})"""
_EXCHANGE = """
    'exchange', {row}.connection_id, coalesce({row}.company_id, 0), {row}.operation,
    {row}.state, {prior},
    {row}.state = 'done' AND EXISTS (
        SELECT FROM finance_sync_hold h WHERE h.exchange_id = {row}.id
    ),
    CASE WHEN {row}.state IN ('done', 'cancelled', 'superseded') THEN greatest(
        extract(epoch FROM coalesce({row}.done_at, {now}) - {row}.create_date), 0
    ) ELSE 0 END,
    {at}"""
_HOLD = """
    'hold', coalesce({row}.connection_id, 0), coalesce({row}.company_id, 0),
    (SELECT code FROM finance_sync_hold_type t WHERE t.id = {row}.type_id),
    {row}.state, {prior}, false,
    CASE WHEN {row}.state <> 'open' THEN greatest(
        extract(epoch FROM coalesce({row}.resolved_at, {now}) - {row}.create_date), 0
    ) ELSE 0 END,
    {at}"""


def _function(name, body):
    return dedent(
        f"""
        CREATE OR REPLACE FUNCTION finance_sync_tick_{name}() RETURNS trigger
        LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$
        """
    )


def _new(expression, **also):
    values = expression.format(row="NEW", now=_NOW, **also)
    return f"{_INTO} SELECT {values}"


def _moves(name, expression):
    """Functions for new rows, all at once, and for one that changes its state."""
    made = expression.format(
        row="made", now=_NOW, prior="'new'", at="coalesce(made.create_date, now())"
    )
    moved = expression.format(row="NEW", now=_NOW, prior="OLD.state", at=_NOW)
    return [
        _function(f"{name}_made", f"{_INTO} SELECT {made} FROM made"),  # noqa: S608
        _function(f"{name}_moved", f"{_INTO} SELECT {moved}"),
    ]


_FUNCTIONS = [
    _function("attempt", _new(_ATTEMPT)),
    _function("decision", _new(_DECISION)),
    *_moves("exchange", _EXCHANGE),
    *_moves("hold", _HOLD),
]

_MADE = "AFTER INSERT ON {table} REFERENCING NEW TABLE AS made FOR EACH STATEMENT"
_MOVED = (
    "AFTER UPDATE ON {table} FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)"
)
_ENDED = (
    "AFTER UPDATE ON {table} FOR EACH ROW"
    " WHEN (OLD.state = 'open' AND NEW.state <> 'open')"
)
# name → (table, when, function)
_TRIGGERS = {
    "attempt_born": (
        "finance_sync_attempt",
        "AFTER INSERT ON {table} FOR EACH ROW WHEN (NEW.state <> 'open')",
        "attempt",
    ),
    "attempt_ended": (
        "finance_sync_attempt",
        _ENDED,
        "attempt",
    ),
    "decision": (
        "finance_sync_decision",
        "AFTER INSERT ON {table} FOR EACH ROW",
        "decision",
    ),
    "exchange_made": ("finance_sync_exchange", _MADE, "exchange_made"),
    "exchange_moved": ("finance_sync_exchange", _MOVED, "exchange_moved"),
    "hold_made": ("finance_sync_hold", _MADE, "hold_made"),
    "hold_moved": ("finance_sync_hold", _MOVED, "hold_moved"),
}
# Rows from before the triggers: where they ended up is all that is known.
_BEFORE = {
    "finance_sync_attempt": (_ATTEMPT, "old.state <> 'open'"),
    "finance_sync_decision": (_DECISION, "true"),
    "finance_sync_exchange": (_EXCHANGE, "true"),
    "finance_sync_hold": (_HOLD, "true"),
}


def install(cr):
    """Make the triggers. The first time, count what is there already."""
    cr.execute(
        "SELECT 1 FROM pg_trigger WHERE tgname = 'finance_sync_tick_attempt_ended'"
    )
    first = not cr.fetchone()
    for function in _FUNCTIONS:
        cr.execute(function)
    for name, (table, when, function) in _TRIGGERS.items():
        cr.execute(f"DROP TRIGGER IF EXISTS finance_sync_tick_{name} ON {table}")
        cr.execute(
            f"CREATE TRIGGER finance_sync_tick_{name} {when.format(table=table)}"
            f" EXECUTE FUNCTION finance_sync_tick_{function}()"
        )
    if first:
        _count_before(cr)


def _count_before(cr):
    for table, (expression, condition) in _BEFORE.items():
        values = expression.format(
            row="old",
            now=_NOW,
            prior="'new'",
            at="coalesce(old.write_date, old.create_date)",
        )
        query = f"{_INTO} SELECT {values} FROM {table} old WHERE {condition}"  # noqa: S608
        cr.execute(query)


def uninstall(cr):
    """Triggers go with their tables, their functions do not."""
    for name in ("attempt", "decision", "exchange_made", "exchange_moved",
                 "hold_made", "hold_moved"):  # fmt: skip
        cr.execute(f"DROP FUNCTION IF EXISTS finance_sync_tick_{name}() CASCADE")
