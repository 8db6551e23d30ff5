"""The broker goes down, and workers die between publishing and taking note of it."""

import time
from collections import Counter

import pytest

from tests.support.subscribing import subscribed
from tests.support.waiting import wait_for

EVENTS = 3
PATIENCE = 240


@pytest.fixture
def subscription(trial, broker, queue):
    with subscribed(trial.group, broker) as made:
        yield made


def test_broker_down(trial, broker, queue, subscription, repeats):
    for _ in range(repeats):
        down = trial.random.choice((broker.stop, broker.kill))
        down()
        subjects = publish(trial)
        wait_for("a failed attempt", lambda: failed(trial, subscription), seconds=90)
        broker.start()
        judge(trial, queue, subscription, subjects, "broker down", time.monotonic())


def test_killed_before_it_takes_note(trial, queue, subscription, repeats):
    for _ in range(repeats):
        # The log is written between the two: there the dispatcher stops.
        with trial.locking("LOCK TABLE finance_sync_delivery IN SHARE MODE"):
            before = len(queue.read())
            subjects = publish(trial)
            wait_for("an event", lambda n=before: len(queue.read()) > n, seconds=90)
            pid = trial.worker_of(f"finance_sync:dispatch:{subscription}")
            trial.server.kill_worker(pid)
            killed_at = time.monotonic()
        name = "killed between publish and mark"
        record = judge(trial, queue, subscription, subjects, name, killed_at)
        assert record.delivered_twice, "nothing was published again"


def publish(trial):
    """Post invoices; their UUIDs, which are what the events are about."""
    documents = trial.drafts(EVENTS)
    trial.post(documents)
    return {trial.group.read(one.id)["finance_sync_uuid"] for one in documents}


def failed(trial, subscription):
    cursor = trial.cursor
    cursor.execute(
        "SELECT count(*) FROM finance_sync_outbox"
        " WHERE subscription_id = %s AND state = 'pending' AND attempts > 0",
        [subscription],
    )
    return cursor.fetchone()[0]


def judge(trial, queue, subscription, subjects, fault, hurt_at):
    """Wait until all is marked; each event is there, under one number."""
    record = trial.record(fault)
    wait_for(
        "all to be confirmed",
        lambda: is_marked(trial, subscription),
        seconds=PATIENCE,
        interval=0.2,
    )
    record.recoveries.append(time.monotonic() - hurt_at)
    messages = [body for _p, body in queue.read() if body["subject"] in subjects]
    copies = Counter(message["id"] for message in messages)
    by_subject = Counter(
        subject for _id, subject in {(m["id"], m["subject"]) for m in messages}
    )
    record.runs += len(subjects)
    record.lost += len(subjects - set(by_subject))
    record.delivered_twice += sum(count - 1 for count in copies.values())
    # A consumer knows an event by its number, so a second number is a second effect.
    record.effects_twice += sum(count - 1 for count in by_subject.values())
    record.check()
    return record


def is_marked(trial, subscription):
    trial.nudge()
    cursor = trial.cursor
    cursor.execute(
        "SELECT count(*) FROM finance_sync_outbox"
        " WHERE subscription_id = %s AND state <> 'sent'",
        [subscription],
    )
    return not cursor.fetchone()[0]
