"""Find the process that does a piece of work, in order to kill it."""

from __future__ import annotations

from typing import Any

# queue_job's runner holds this session-level advisory lock in every database it serves.
RUNNER_LOCK = 2293787760715711918


def runner_pid(cursor: Any) -> int | None:
    """The process that is queue_job's runner for the cursor's database, if it is up.

    Odoo names its database sessions after its processes, ``odoo-<pid>``.
    """
    cursor.execute(
        """
        SELECT split_part(activity.application_name, '-', 2)::int
        FROM pg_locks AS lock
        JOIN pg_stat_activity AS activity USING (pid)
        WHERE lock.locktype = 'advisory'
          AND lock.granted
          AND activity.datname = current_database()
          AND (lock.classid::bigint << 32) | lock.objid::bigint = %s
        """,
        [RUNNER_LOCK],
    )
    return _single(cursor)


def worker_pid(cursor: Any, exchange_uuid: str) -> int | None:
    """The worker that runs an exchange's job right now, if any."""
    return job_pid(cursor, f"finance_sync:{exchange_uuid}")


def job_pid(cursor: Any, identity_key: str) -> int | None:
    """The worker that runs a job right now, if any."""
    cursor.execute(
        "SELECT worker_pid FROM queue_job"
        " WHERE state = 'started' AND identity_key = %s",
        [identity_key],
    )
    return _single(cursor)


def drainer_pid(cursor: Any, operation: str) -> int | None:
    """The worker that drains an operation's lane right now, if any."""
    cursor.execute(
        """
        SELECT worker_pid FROM queue_job
        WHERE state = 'started' AND identity_key LIKE %s
        """,
        [f"finance_sync:drain:%:{operation}:%"],
    )
    return _single(cursor)


def count_blocked(cursor: Any) -> int:
    """How many sessions of the cursor's database wait for a lock."""
    cursor.execute(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
        """
    )
    return cursor.fetchone()[0]


def blocked_pids(cursor: Any) -> set[int]:
    """The processes of which an own cursor waits for a lock.

    Cursors of the registry bear the number of the process that loaded it, which is
    the one that starts the workers.
    """
    cursor.execute(
        """
        SELECT split_part(application_name, '-', 2)::int FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
            AND application_name ~ '^odoo-[0-9]+$'
        """
    )
    return {pid for (pid,) in cursor.fetchall()}


def _single(cursor: Any) -> int | None:
    row = cursor.fetchone()
    return row[0] if row else None
