"""A worker is killed before its call, after it, or before it commits."""

import time

import pytest

from .trial import CREATE, GOODS, HELD_BACK, IN_TIME, SETTLE

# As many jobs as run at once: one below the workers.
AT_ONCE = 3


@pytest.fixture
def traffic(trial, repeats):
    """Ordinary work that goes on meanwhile; a release measures an idle system.

    An idle job runner looks for dead jobs once a minute, a busy one at every job.
    """
    if repeats >= 20:
        return None
    last = [time.monotonic()]

    def go_on():
        if time.monotonic() - last[0] > 3:
            last[0] = time.monotonic()
            vals = trial.group.invoice_vals("virginia", GOODS)
            trial.group.post(trial.group.create("us", vals))

    return go_on


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


def test_kill_before_the_call(trial, repeats, traffic):
    for count in batches(repeats):
        documents = trial.drafts(count)
        # Whoever opens an attempt waits for this lock, and so does not call yet.
        lock = "LOCK TABLE finance_sync_attempt IN SHARE ROW EXCLUSIVE MODE"
        with trial.locking(lock):
            trial.post(documents)
            trial.wait_blocked(count)
            killed_at = kill_workers(trial, documents)
            sent = [trial.sent(document, CREATE) for document in documents]
            assert not any(sent), "a call was made before the kill"
        trial.recover("killed before the call", documents, killed_at, meanwhile=traffic)


def test_kill_after_the_call(trial, repeats, traffic):
    for count in batches(repeats):
        documents = trial.drafts(count)
        steps = [trial.random.choice((CREATE, SETTLE)) for _ in documents]
        for document, step in zip(documents, steps, strict=True):
            trial.hold_back(document, step, HELD_BACK)
        trial.post(documents)
        for document, step in zip(documents, steps, strict=True):
            trial.wait_done(document, step)
            killed_at = kill_workers(trial, [document])
        trial.recover("killed after the call", documents, killed_at, meanwhile=traffic)


def test_kill_before_the_commit(trial, repeats, traffic):
    for count in batches(repeats):
        documents = trial.drafts(count)
        for document in documents:
            trial.hold_back(document, SETTLE, IN_TIME)
        trial.post(documents)
        for document in documents:
            trial.wait_done(document, SETTLE)
        # The answers come now and are stored; booking them waits for these rows.
        rows = "SELECT id FROM account_move WHERE id = ANY(%s) FOR UPDATE"
        with trial.locking(rows, [document.id for document in documents]):
            trial.wait_blocked(count)
            killed_at = kill_workers(trial, documents)
        trial.recover(
            "killed before the commit", documents, killed_at, meanwhile=traffic
        )
        for document in documents:
            assert trial.sent(document, SETTLE) == 1, (
                "a stored answer was asked for again"
            )
