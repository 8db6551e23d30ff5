"""Copies of a database with messages on their way do nothing outside."""

import time
from contextlib import closing, contextmanager

from scripts.server import OdooServer
from tests.support import copies
from tests.support.waiting import wait_for

from .probes import SINGLE

MESSAGES = 5
LIVE = "state IN ('pending', 'enqueued', 'started')"
LONG_AGO = "date_trunc('hour', now() AT TIME ZONE 'UTC') - interval '2 hours'"
OURS = "active AND cron_name LIKE 'Finance Sync:%'"


def test_copies_are_silent(trial, probes, databases, repeats):
    """A neutralised one, and one whose configuration was copied along."""
    trial.simulator.fault("effects", kind="error", status=503, times=10_000)
    sent = probes.send(MESSAGES, SINGLE)
    # Not all: a breaker opens meanwhile.
    wait_for("calls", lambda: probes.requests(sent))
    with stopped(trial):
        trial.simulator.clear_faults()
        before = len(trial.simulator.requests)
        for neutralised in (True, False):
            with databases.scratch("copy", template=trial.server.db) as name:
                if neutralised:
                    copies.neutralize(databases, name)
                run_copy(databases, name)
        record = trial.record("copies of the database")
        record.runs += 2
        # Whatever a copy sends, the original will send as well.
        record.effects_twice += len(trial.simulator.requests) - before
        record.check()
    probes.recover("original after its copies", sent, time.monotonic())


@contextmanager
def stopped(trial):
    """A database can be copied while nobody is in it."""
    trial.server.stop()
    trial.disconnect()
    try:
        yield
    finally:
        trial.server.start()
        trial.reconnect()


def run_copy(databases, name):
    """Serve a copy as the production database it thinks it is, until no job is left."""
    with (
        closing(databases.connect(name)) as connection,
        closing(databases.connect()) as postgres,
    ):
        cursor = connection.cursor()
        cursor.execute(f"UPDATE ir_cron SET nextcall = {LONG_AGO} WHERE {OURS}")
        with OdooServer(
            databases.series,
            name,
            workers=2,
            environment="production",
            server=databases.server,
        ):
            wait_for(
                "the copy's jobs and crons",
                lambda: is_idle(cursor, postgres.cursor(), name),
                interval=0.5,
            )


def is_idle(cursor, postgres, name):
    # Odoo's cron worker looks around once a minute, or when it is told.
    postgres.execute("SELECT pg_notify('cron_trigger', %s)", [name])
    # Everything that waits is due, also what a cron has put off a minute ago.
    cursor.execute(f"UPDATE queue_job SET eta = NULL WHERE {LIVE} AND eta IS NOT NULL")
    cursor.execute(
        f"""
        SELECT NOT EXISTS (SELECT FROM queue_job WHERE {LIVE})
            AND NOT EXISTS (
                SELECT FROM ir_cron WHERE {OURS} AND nextcall <= {LONG_AGO}
            )
        """
    )
    return cursor.fetchone()[0]
