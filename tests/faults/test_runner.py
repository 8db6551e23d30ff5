"""The job runner dies, and two of them compete."""

import os
import signal
import time

from scripts.server import OdooServer
from tests.support import faulty
from tests.support.waiting import wait_for


def test_runner_killed(trial, repeats):
    for _ in range(repeats):
        pid = wait_for("a job runner", lambda: faulty.runner_pid(trial.cursor))
        os.kill(pid, signal.SIGKILL)
        killed_at = time.monotonic()
        documents = trial.drafts(2)
        trial.post(documents)
        trial.recover("job runner killed", documents, killed_at)
        assert faulty.runner_pid(trial.cursor) not in (None, pid)


def test_two_runners(trial, databases):
    """A second server waits for the lock, and takes over when the first one dies."""
    first = wait_for("a job runner", lambda: faulty.runner_pid(trial.cursor))
    with OdooServer(
        databases.series,
        trial.server.db,
        workers=2,
        environment="production",
        server=databases.server,
    ):
        assert faulty.runner_pid(trial.cursor) == first
        documents = trial.drafts(3)
        trial.post(documents)
        trial.server.kill()
        killed_at = time.monotonic()
        try:
            # PostgreSQL takes a moment to notice that the first one is gone.
            wait_for(
                "the other runner",
                lambda: faulty.runner_pid(trial.cursor) not in (None, first),
            )
            trial.recover("power cut of one server", documents, killed_at)
        finally:
            trial.server.restart()
