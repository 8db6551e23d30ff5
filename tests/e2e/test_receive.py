"""An external system delivers messages: once, in any order, to its own connection."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.samplegroup.connection import AVATAX, RATE_TABLE
from tests.support.rpc import RefusedError, XmlRpc
from tests.support.waiting import wait_for

MODEL = "finance.sync.connection"
OPERATION = "test.echo"


@pytest.fixture
def message():
    """A message that was never sent before."""
    return {
        "key": AVATAX,
        "operation": OPERATION,
        "external_id": f"message-{uuid.uuid4()}",
        "version": "1",
        "payload": {"customer": "virginia", "text": f"text {uuid.uuid4()}"},
    }


def deliver(service, message, **changed):
    return service.call(MODEL, "receive", **{**message, **changed})


def status(service, message):
    return service.call(
        MODEL, "status", key=message["key"], external_id=message["external_id"]
    )


def test_message_arrives_once(service, group, message):
    answer = deliver(service, message)
    assert answer["state"] in ("pending", "done")
    assert not answer["duplicate"]
    again = deliver(service, message)
    assert again["uuid"] == answer["uuid"]
    assert again["duplicate"]
    wait_for(
        "the message to be booked",
        lambda: status(service, message)["state"] == "done",
        seconds=90,
    )
    partner = group.customer("virginia")
    (seen,) = group.accountant.call("res.partner", "read", [partner], ["comment"])
    assert message["payload"]["text"] in seen["comment"]


def test_same_number_with_another_body_is_a_conflict(service, group, message):
    first = deliver(service, message)
    other = deliver(service, message, payload={"customer": "virginia", "text": "No"})
    assert other["uuid"] == first["uuid"]
    assert other["state"] == "conflict"
    holds = wait_for("a hold", lambda: holds_of(group, first["uuid"]))
    assert [hold["code"] for hold in holds] == ["payload_conflict"]


def holds_of(group, exchange_uuid):
    return group.login("manager").call(
        "finance.sync.hold",
        "search_read",
        [("exchange_id.uuid", "=", exchange_uuid), ("state", "=", "open")],
        ["code"],
    )


def test_message_that_cannot_be_booked_waits_for_a_person(service, group, message):
    answer = deliver(service, message, payload={"customer": "nobody", "text": "?"})
    holds = wait_for("a hold", lambda: holds_of(group, answer["uuid"]), seconds=90)
    assert [hold["code"] for hold in holds] == ["apply_failed"]
    assert status(service, message)["holds"] == ["apply_failed"]


def test_racing_deliveries_are_one_message(odoo_server, group, message):
    services = [
        XmlRpc(odoo_server.url, odoo_server.db, "service", "service") for _ in range(6)
    ]
    with ThreadPoolExecutor(len(services)) as pool:
        answers = list(pool.map(lambda one: deliver(one, message), services))
    assert len({answer["uuid"] for answer in answers}) == 1
    assert sorted(answer["duplicate"] for answer in answers) == [False] + [True] * 5
    domain = [("external_id", "=", message["external_id"])]
    found = group.login("manager").call("finance.sync.exchange", "search_count", domain)
    assert found == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"key": RATE_TABLE},
        {"key": "no-such-connection"},
        {"operation": "no.such"},
        {"operation": "tax.commit"},
        {"external_id": ""},
        {"payload": "text"},
        {"payload": {"text": "x" * 6_000_000}},
    ],
    ids=lambda changed: f"{next(iter(changed))}-{str(changed)[-24:]}",
)
def test_bad_deliveries_are_refused(service, group, message, changed):
    with pytest.raises(RefusedError):
        deliver(service, message, **changed)
    domain = [("external_id", "=", message["external_id"])]
    found = group.login("manager").call("finance.sync.exchange", "search_count", domain)
    assert found == 0
