"""Signed messages over real HTTP: duplicate, racing, late, forged, stale."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.samplegroup.connection import AVATAX
from tests.support.subscribing import Sender, add_secret, make_secret
from tests.support.waiting import wait_for

WEBHOOK = "finance.sync.webhook"


@pytest.fixture(scope="module")
def sender(odoo_server, group):
    """A webhook that knows ``test.*``, and who may post to it."""
    manager = group.login("manager")
    webhook = manager.call(
        WEBHOOK,
        "create",
        {
            "connection_id": group.connection(AVATAX),
            "version_source": "json:version",
            "rule_ids": [(0, 0, {"pattern": "test.*", "operation": "test.echo"})],
        },
    )
    secret = make_secret()
    add_secret(group, WEBHOOK, webhook, secret)
    yield Sender(odoo_server.url, secret)
    manager.call(WEBHOOK, "unlink", [webhook])


@pytest.fixture
def message():
    return {
        "type": "test.happened",
        "version": 1,
        "customer": "virginia",
        "text": f"text {uuid.uuid4()}",
    }


def kept(group, message_id):
    domain = [("external_id", "=", message_id)]
    names = ["uuid", "state", "external_version"]
    manager = group.login("manager")
    return manager.call("finance.sync.exchange", "search_read", domain, names)


def number():
    return f"msg_{uuid.uuid4()}"


def test_kept_once_and_booked(sender, group, message):
    one = number()
    first = sender.post(message, one, key=AVATAX)
    assert first.status_code == 202, first.text
    assert "Set-Cookie" not in first.headers
    again = sender.post(message, one, key=AVATAX)
    assert (again.status_code, again.content) == (202, first.content)
    (exchange,) = kept(group, one)
    assert exchange["uuid"] == first.json()["uuid"]
    wait_for(
        "the message to be booked",
        lambda: kept(group, one)[0]["state"] == "done",
        seconds=90,
    )
    assert sender.post(message, one, key=AVATAX).content == first.content
    partner = group.customer("virginia")
    (seen,) = group.accountant.call("res.partner", "read", [partner], ["comment"])
    assert seen["comment"].count(message["text"]) == 1


def test_racing_ones_are_one(sender, group, message):
    one = number()
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _turn: sender.post(message, one, key=AVATAX), range(8))
        )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len(kept(group, one)) == 1


def test_versions_in_any_order_are_all_kept(sender, group, message):
    one = number()
    for version in (3, 1, 2, 3):
        answer = sender.post({**message, "version": version}, one, key=AVATAX)
        assert answer.status_code == 202
    versions = [exchange["external_version"] for exchange in kept(group, one)]
    assert sorted(versions) == ["1", "2", "3"]


def test_another_body_is_a_conflict(sender, group, message):
    one = number()
    first = sender.post(message, one, key=AVATAX)
    other = sender.post({**message, "text": "other"}, one, key=AVATAX)
    assert other.status_code == 202
    assert other.json() == {"uuid": first.json()["uuid"], "state": "conflict"}
    domain = [("exchange_id.uuid", "=", first.json()["uuid"]), ("state", "=", "open")]
    codes = group.login("manager").call(
        "finance.sync.hold", "search_read", domain, ["code"]
    )
    assert [hold["code"] for hold in codes] == ["payload_conflict"]


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": make_secret()},
        {"tamper": b" "},
        {"age": 301},
        {"age": -310},
        {"key": "no-such-connection"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_strangers_learn_nothing(sender, group, message, changed):
    one = number()
    answer = sender.post(message, one, **{"key": AVATAX, **changed})
    assert answer.status_code == 401
    assert answer.json() == {"error": "unauthorized"}
    assert not kept(group, one)


def test_too_long_is_refused_unread(sender, message):
    message["text"] = "x" * 5_000_000
    assert sender.post(message, key=AVATAX).status_code == 413
