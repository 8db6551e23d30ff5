"""What happens here is told outside: in order, signed, and again when it failed."""

import json
from pathlib import Path

import jsonschema
import pytest
import standardwebhooks

from tests.support.group import Line
from tests.support.receiver import Receiver
from tests.support.subscribing import activate, add_secret, make_secret, subscribe
from tests.support.waiting import wait_for

SUBSCRIPTION = "finance.sync.subscription"
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas" / "events"
LINES = (Line("GOODS", 25.40),)


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


@pytest.fixture
def secret():
    return make_secret()


@pytest.fixture
def subscription(group, receiver, secret):
    made = subscribe(group, "us", url=f"{receiver.url}/told")
    add_secret(group, SUBSCRIPTION, made, secret)
    activate(group, made)
    yield made
    group.login("manager").call(SUBSCRIPTION, "action_pause", [made])


def post_invoice(group):
    (move,) = group.create("us", group.invoice_vals("virginia", LINES))
    group.post([move])
    return group.read(move)


def test_an_invoice_is_told(group, receiver, secret, subscription):
    invoice = post_invoice(group)
    wait_for("the receiver to be told", lambda: receiver.told, seconds=90)
    told = receiver.told[0]
    message = standardwebhooks.Webhook(secret).verify(told.body, told.headers)
    assert message["type"] == "account.invoice.posted"
    assert message["subject"] == invoice["finance_sync_uuid"]
    assert message["data"]["number"] == invoice["name"]
    assert float(message["data"]["total"]) == invoice["amount_total"]
    schema = json.loads((SCHEMAS / "account.invoice.posted.json").read_text())
    jsonschema.validate(message, schema, jsonschema.Draft202012Validator)


def test_what_failed_is_told_again(group, receiver, secret, subscription):
    receiver.statuses.extend([500])
    post_invoice(group)
    wait_for("a second attempt", lambda: len(receiver.told) >= 2, seconds=120)
    first, second = receiver.told[:2]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    domain = [("subscription_ref", "=", subscription)]
    names = ["number", "state", "status"]

    def log():
        return group.login("manager").call(
            "finance.sync.delivery", "search_read", domain, names
        )

    wait_for("the log", lambda: len(log()) >= 2)
    assert sorted((row["number"], row["state"]) for row in log()) == [
        (1, "failed"),
        (2, "sent"),
    ]


def test_what_is_refused_here_is_not_told(group, receiver, subscription):
    vals = group.invoice_vals("virginia", LINES)
    (move,) = group.create("us", {**vals, "invoice_line_ids": []})
    with pytest.raises(Exception, match=r"line|nothing"):
        group.post([move])
    invoice = post_invoice(group)
    wait_for("the receiver to be told", lambda: receiver.told, seconds=90)
    subjects = {json.loads(told.body)["subject"] for told in receiver.told}
    assert subjects == {invoice["finance_sync_uuid"]}
