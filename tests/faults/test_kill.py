"""A worker is killed before its call, after it, or before it commits."""

import time

from tests.support import faulty
from tests.support.waiting import wait_for

from .probes import DRAINED
from .trial import CREATE, HELD_BACK, IN_TIME, SETTLE

# As many jobs as run at once: one below the workers.
AT_ONCE = 3
# Exchanges in a batch, and how long each of their calls takes, in seconds.
MANY, PAUSE = 30, 0.1


def batches(repeats):
    """How many documents are hurt at once, until there were enough."""
    while repeats > 0:
        yield min(AT_ONCE, repeats)
        repeats -= AT_ONCE


def kill_workers(trial, documents):
    """Kill the workers of these documents' jobs; when, by ``time.monotonic``."""
    for pid in {trial.worker(document) for document in documents}:
        trial.server.kill_worker(pid)
    return time.monotonic()


def test_kill_before_the_call(trial, repeats):
    for count in batches(repeats):
        documents = trial.drafts(count)
        # Whoever opens an attempt waits for this lock, and so does not call yet.
        lock = "LOCK TABLE finance_sync_attempt IN SHARE ROW EXCLUSIVE MODE"
        with trial.locking(lock):
            trial.post(documents)
            killed_at = trial.kill_blocked(documents)
            sent = [trial.sent(document, CREATE) for document in documents]
            assert not any(sent), "a call was made before the kill"
        trial.recover("killed before the call", documents, killed_at)


def test_kill_after_the_call(trial, repeats):
    for count in batches(repeats):
        documents = trial.drafts(count)
        steps = [trial.random.choice((CREATE, SETTLE)) for _ in documents]
        for document, step in zip(documents, steps, strict=True):
            trial.hold_back(document, step, HELD_BACK)
        trial.post(documents)
        for document, step in zip(documents, steps, strict=True):
            trial.wait_done(document, step)
            killed_at = kill_workers(trial, [document])
        trial.recover("killed after the call", documents, killed_at)


def test_kill_before_the_commit(trial, repeats):
    for count in batches(repeats):
        documents = trial.drafts(count)
        for document in documents:
            trial.hold_back(document, SETTLE, IN_TIME)
        trial.post(documents)
        # The answers are late. They are stored, and booking them waits for these rows.
        rows = "SELECT id FROM account_move WHERE id = ANY(%s) FOR UPDATE"
        with trial.locking(rows, [document.id for document in documents]):
            trial.wait_blocked(count)
            killed_at = kill_workers(trial, documents)
        trial.recover("killed before the commit", documents, killed_at)
        for document in documents:
            assert trial.sent(document, SETTLE) == 1, (
                "a stored answer was asked for again"
            )


def test_kill_in_a_batch(trial, probes, repeats):
    """Many exchanges in one job, killed after some of its calls."""
    for _ in range(repeats):
        sent = probes.send(MANY)
        trial.simulator.fault("effects", kind="slow", seconds=PAUSE, times=10 * MANY)
        enough = trial.random.randrange(2, MANY)
        pid = wait_for("a drain", lambda: faulty.drainer_pid(trial.cursor, DRAINED))
        probes.wait_effects(sent, enough)
        trial.server.kill_worker(pid)
        killed_at = time.monotonic()
        trial.simulator.clear_faults()
        probes.recover("killed in a batch", sent, killed_at)
