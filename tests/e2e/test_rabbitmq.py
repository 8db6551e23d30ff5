"""A real RabbitMQ: confirmed, kept over its restart, and told again after a kill."""

import os

import pytest

from tests.support.group import Line
from tests.support.subscribing import activate, subscribe, subscribed
from tests.support.waiting import wait_for

LINES = (Line("GOODS", 25.40),)


@pytest.fixture
def subscription(group, broker, queue):
    with subscribed(group, broker) as made:
        yield made


def post_invoices(group, count):
    vals = group.invoice_vals("virginia", LINES)
    moves = group.create("us", *[vals] * count)
    group.post(moves)
    return {group.read(move)["finance_sync_uuid"] for move in moves}


def outbox(group, subscription, *domain):
    return group.login("manager").call(
        "finance.sync.outbox",
        "search_read",
        [("subscription_id", "=", subscription), *domain],
        ["event_uuid", "state", "last_error"],
    )


def test_events_are_confirmed_and_kept(group, broker, queue, subscription):
    subjects = post_invoices(group, 3)
    wait_for(
        "three to be confirmed",
        lambda: len(outbox(group, subscription, ("state", "=", "sent"))) == 3,
        seconds=90,
    )
    broker.kill()
    broker.start()
    found = wait_for("the queue to be back", queue.read)
    assert {message["subject"] for _properties, message in found} == subjects
    for properties, message in found:
        assert properties.delivery_mode == 2
        assert properties.message_id == message["id"]
        assert properties.content_type == "application/cloudevents+json"


def test_a_broker_that_is_down_is_told_later(group, broker, queue, subscription):
    broker.stop()
    subjects = post_invoices(group, 2)
    wait_for(
        "an attempt to fail",
        lambda: outbox(group, subscription, ("last_error", "!=", False)),
        seconds=90,
    )
    broker.start()
    wait_for(
        "both to be confirmed",
        lambda: len(outbox(group, subscription, ("state", "=", "sent"))) == 2,
        seconds=180,
        interval=0.5,
    )
    assert {message["subject"] for _p, message in queue.read()} == subjects


def test_a_worker_killed_between_publishing_and_marking(
    odoo_server, databases, group, queue, subscription
):
    """Each event arrives, twice if need be, and is known by its number."""
    connection = databases.connect(odoo_server.db)
    connection.autocommit = False
    cursor = connection.cursor()
    # The log is written between the two: there the dispatcher stops.
    cursor.execute("LOCK TABLE finance_sync_delivery IN SHARE MODE")
    subjects = post_invoices(group, 2)
    wait_for("the first to be in the queue", queue.read, seconds=90)
    cursor.execute(
        "SELECT worker_pid FROM queue_job WHERE state = 'started'"
        " AND identity_key = %s",
        [f"finance_sync:dispatch:{subscription}"],
    )
    pids = [pid for (pid,) in cursor.fetchall() if pid]
    assert pids
    for pid in pids:
        odoo_server.kill_worker(pid)
    connection.rollback()
    connection.close()
    wait_for(
        "both to be marked",
        lambda: len(outbox(group, subscription, ("state", "=", "sent"))) == 2,
        seconds=240,
        interval=0.5,
    )
    found = [message for _properties, message in queue.read()]
    assert {message["subject"] for message in found} == subjects
    ids = [message["id"] for message in found]
    assert len(set(ids)) == 2
    assert len(ids) > 2, "the first was published again"


def test_an_event_that_no_queue_takes_is_no_success(group, broker):
    made = subscribe(
        group,
        "us",
        target_kind="rabbitmq",
        host="127.0.0.1",
        port=broker.port,
        exchange=f"nobody-{os.getpid()}",
        declare_exchange=True,
        auth_user=broker.user,
        password=broker.password,
        use_tls=False,
    )
    activate(group, made)
    post_invoices(group, 1)
    (row,) = wait_for(
        "the refusal",
        lambda: outbox(group, made, ("last_error", "!=", False)),
        seconds=90,
    )
    assert "bind" in row["last_error"]
    group.login("manager").call("finance.sync.subscription", "action_pause", [made])
