"""Somebody with SQL at hand changes history."""

import json
import time

import psycopg2
import pytest

EVENTS = 20


@pytest.fixture
def _as_superuser(trial):
    """Triggers do not bind whoever may switch them off."""
    cursor = trial.cursor
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if not cursor.fetchone()[0]:
        pytest.skip("this PostgreSQL role may not switch triggers off")


def test_changed_event(trial, probes, repeats, _as_superuser):
    """Plain SQL is refused; what a superuser changes is found, and named."""
    record = trial.record("history changed by SQL")
    for _ in range(repeats):
        probes.record_events(EVENTS)
        assert trial.verify_chains() == []
        event, data = trial.random.choice(probes.events())
        forged = json.dumps({**json.loads(data), "number": -1})
        with pytest.raises(psycopg2.Error):
            change(trial.cursor, event, forged)
        changed_at = time.monotonic()
        as_superuser(trial.cursor, event, forged)
        (found,) = trial.verify_chains()
        record.recoveries.append(time.monotonic() - changed_at)
        assert f"event {event}:" in found
        record.runs += 1
        as_superuser(trial.cursor, event, data)
        assert trial.verify_chains() == []


def as_superuser(cursor, event, data):
    cursor.execute("SET session_replication_role = replica")
    try:
        change(cursor, event, data)
    finally:
        cursor.execute("SET session_replication_role = DEFAULT")


def change(cursor, event, data):
    cursor.execute(
        "UPDATE finance_sync_event SET data = %s WHERE id = %s", [data, event]
    )
    assert cursor.rowcount == 1
