"""Break things on purpose: find the process that does a piece of work, and kill it."""

from __future__ import annotations

import os
import signal
from typing import Any

# queue_job's runner holds this session-level advisory lock in every database it serves.
RUNNER_LOCK = 2293787760715711918
# How Odoo names its database sessions.
_SESSION = "odoo-"


def kill(pid: int) -> None:
    """End a process as the machine's out-of-memory killer does."""
    os.kill(pid, signal.SIGKILL)


def runner_pid(cursor: Any) -> int | None:
    """The process that is queue_job's runner for the cursor's database, if it is up."""
    cursor.execute(
        """
        SELECT activity.application_name
        FROM pg_locks AS lock
        JOIN pg_stat_activity AS activity USING (pid)
        WHERE lock.locktype = 'advisory'
          AND lock.granted
          AND activity.datname = current_database()
          AND (lock.classid::bigint << 32) | lock.objid::bigint = %s
        """,
        [RUNNER_LOCK],
    )
    return _first_pid(cursor)


def worker_pid(cursor: Any, exchange_id: int) -> int | None:
    """The worker that runs an exchange's job right now, if any."""
    cursor.execute(
        """
        SELECT activity.application_name
        FROM queue_job AS job
        JOIN queue_job_lock AS lock ON lock.queue_job_id = job.id
        JOIN pg_stat_activity AS activity ON activity.application_name
             = 'odoo-' || job.worker_pid
        WHERE job.state = 'started'
          AND job.model_name = 'finance.sync.exchange'
          AND job.records::jsonb -> 'ids' = to_jsonb(ARRAY[%s])
        """,
        [exchange_id],
    )
    return _first_pid(cursor)


def _first_pid(cursor: Any) -> int | None:
    row = cursor.fetchone()
    return int(row[0].removeprefix(_SESSION)) if row else None
