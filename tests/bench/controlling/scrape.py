"""Scraping the metrics with a few exchanges in the database, and with very many."""

from __future__ import annotations

import http.client
import time
from statistics import median
from urllib.parse import urlsplit

from scripts.bench import Ratio
from scripts.console import say

from .stage import CONNECTION, WORKERS, Stage

GOAL = 1.5
PATH = "/finance_sync/metrics"
# Exchanges that are finished, each called for once. One in a thousand still waits.
EXCHANGES = """
    INSERT INTO finance_sync_exchange (
        uuid, name, direction, operation, connection_id, company_id, document_uuid,
        revision, idempotency_key, state, done_at, attempt_base, create_date
    )
    SELECT 'bench-' || n, 'X' || n, 'out', 'probe.one', c.id, %(company)s,
        'bench-' || n, 1, 'bench:' || n,
        CASE WHEN n %% 1000 = 0 THEN 'held' ELSE 'done' END,
        CASE WHEN n %% 1000 = 0 THEN NULL ELSE at END, 0, at - interval '1 second'
    FROM finance_sync_connection c,
        generate_series(%(first)s, %(last)s) AS n,
        LATERAL (
            SELECT now() AT TIME ZONE 'UTC' - n * interval '1 second' AS at
        ) AS moment
    WHERE c.key = %(key)s
"""
ATTEMPTS = """
    INSERT INTO finance_sync_attempt (
        exchange_uuid, connection_ref, company_ref, operation, number, state,
        started_at, ended_at, elapsed_ms
    )
    SELECT uuid, connection_id, company_id, operation, 1, 'succeeded',
        create_date, create_date + interval '90 milliseconds', 90
    FROM finance_sync_exchange
    WHERE id > %(newest)s
"""


def measure(stage: Stage, few: int, many: int, times: int) -> list[Ratio]:
    token = stage.call("probe_metrics_token")
    seconds = {}
    last = 0
    for count in (few, many):
        _fill(stage, last + 1, count)
        last = count
        seconds[count] = _scrape(stage, token, times)
        say(f"  {stage.series} {count:8} exchanges: {seconds[count] * 1000:.1f} ms")
    return [
        Ratio(
            f"{stage.series} scrape with {many} exchanges / {few}",
            seconds[many] / seconds[few],
            GOAL,
            detail=f"{seconds[many] * 1000:.1f} / {seconds[few] * 1000:.1f} ms",
        )
    ]


def _fill(stage: Stage, first: int, last: int) -> None:
    newest = stage.scalar("SELECT coalesce(max(id), 0) FROM finance_sync_exchange")
    company = stage.scalar("SELECT min(id) FROM res_company")
    stage.cursor.execute(
        EXCHANGES,
        {"first": first, "last": last, "key": CONNECTION, "company": company},
    )
    stage.cursor.execute(ATTEMPTS, {"newest": newest})
    # As the crons and autovacuum would have by then.
    stage.call("probe_fold")
    stage.cursor.execute("VACUUM ANALYZE")


def _scrape(stage: Stage, token: str, times: int) -> float:
    """The median of so many scrapes, in seconds."""
    connection = http.client.HTTPConnection(
        urlsplit(stage.server.url).netloc, timeout=60
    )
    found = []
    try:
        for _ in range(times + WORKERS):
            started = time.perf_counter()
            connection.request(
                "GET", PATH, headers={"Authorization": f"Bearer {token}"}
            )
            answer = connection.getresponse()
            body = answer.read()
            found.append(time.perf_counter() - started)
            assert answer.status == 200 and b"finance_sync" in body, answer.status
    finally:
        connection.close()
    # Each worker's first one loads what it needs.
    return median(found[WORKERS:])
