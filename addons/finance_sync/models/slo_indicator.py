"""What an objective counts, each by one query over a span of time.

Rows: hour, how many, how many of them went well. Parameters: ``since``, ``until``,
``minutes``, ``companies``, ``connection`` and ``operation`` (NULL: all of them).
What cannot be judged yet is not counted.
"""

INDICATORS = [
    ("exchange_time", "Exchanges done in time"),
    ("call_success", "Calls that did not fail"),
    ("hold_time", "Holds closed by their due time"),
]

_EXCHANGE_TIME = """
    SELECT date_trunc('hour', create_date) AS hour, count(*),
        count(*) FILTER (WHERE state = 'done'
            AND done_at <= create_date + make_interval(mins => %(minutes)s))
    FROM finance_sync_exchange
    WHERE create_date >= %(since)s AND create_date < %(until)s
        AND company_id = ANY(%(companies)s)
        AND (%(connection)s IS NULL OR connection_id = %(connection)s)
        AND (%(operation)s IS NULL OR operation = %(operation)s)
        AND (state = 'done' OR state IN ('pending', 'held') AND create_date
            + make_interval(mins => %(minutes)s) < now() AT TIME ZONE 'UTC')
    GROUP BY 1
"""
_CALL_SUCCESS = """
    SELECT hour, sum(events), coalesce(sum(events) FILTER (
        WHERE outcome IN ('succeeded', 'ok', 'resolved')), 0)
    FROM finance_sync_metric_hour
    WHERE hour >= %(since)s AND hour < %(until)s
        AND kind IN ('attempt', 'decision')
        AND company_ref = ANY(%(companies)s)
        AND (%(connection)s IS NULL OR connection_ref = %(connection)s)
        AND (%(operation)s IS NULL OR operation = %(operation)s)
    GROUP BY 1
"""
# A hold counts in the hour in which it was due, or closed if that was before.
_HOLD_TIME = """
    SELECT date_trunc('hour', least(h.due, h.resolved_at)) AS hour, count(*),
        count(*) FILTER (WHERE h.state <> 'open' AND h.resolved_at <= h.due)
    FROM finance_sync_hold h
    WHERE least(h.due, h.resolved_at) >= %(since)s
        AND least(h.due, h.resolved_at) < %(until)s
        AND h.due IS NOT NULL AND h.state <> 'cancelled'
        AND (h.state <> 'open' OR h.due < now() AT TIME ZONE 'UTC')
        AND h.company_id = ANY(%(companies)s)
        AND (%(connection)s IS NULL OR h.connection_id = %(connection)s)
        AND (%(operation)s IS NULL OR h.code = %(operation)s)
    GROUP BY 1
"""
QUERIES = {
    "exchange_time": _EXCHANGE_TIME,
    "call_success": _CALL_SUCCESS,
    "hold_time": _HOLD_TIME,
}
