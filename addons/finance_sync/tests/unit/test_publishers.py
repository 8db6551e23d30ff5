"""The schedule, the envelope, and webhooks as they go out."""

import datetime
import json
import random

import jsonschema
import pytest
import standardwebhooks
from odoo.addons.finance_sync.core import cloud_event, publishers
from odoo.addons.finance_sync.core.catalogue import EventType, Field
from odoo.addons.finance_sync.core.errors import RejectedError, TransientError
from odoo.addons.finance_sync.core.publishers import Outcome, delay
from odoo.addons.finance_sync.core.webhook_signing import generate_secret
from odoo.addons.finance_sync.providers.webhook import WebhookPublisher
from odoo.addons.finance_sync.tests.unit.servers import Reply

ROW = {
    "id": 42,
    "uuid": "6f0d2a52-5b0f-4c3a-9c55-0c9d7f1f0001",
    "type": "test.thing.happened",
    "version": 3,
    "occurred_at": datetime.datetime(2026, 3, 1, 12, 0, 0, 7),  # noqa: DTZ001
    "subject": "6f0d2a52-5b0f-4c3a-9c55-0c9d7f1fa001",
    "subject_ref": "INV/7",
    "company_ref": 5,
    "correlation_id": "flow-1",
    "data": '{"amount":"1.50"}',
}
THING = EventType(
    "test.thing.happened",
    "A thing happened",
    version=3,
    fields=(Field("amount", "decimal", "Amount", required=True),),
    business=True,
)
SOURCE = "urn:uuid:11111111-1111-4111-8111-111111111111"


def test_the_schedule_is_the_standards():
    hours = [wait / 3600 for wait in publishers.STANDARD.waits]
    assert publishers.STANDARD.waits[:4] == (0, 5, 300, 1800)
    assert hours[4:] == [2, 5, 10, 14, 20, 24]


def test_delays_jitter_and_end():
    rng = random.Random(7)
    for attempts in range(1, len(publishers.STANDARD.waits)):
        waits = {delay(attempts, rng=rng) for _turn in range(20)}
        base = publishers.STANDARD.waits[attempts]
        assert all(base <= wait <= base * 1.1 for wait in waits)
        assert len(waits) > 1
    assert delay(len(publishers.STANDARD.waits)) is None


def test_a_broker_is_asked_soon_and_for_ever():
    for attempts in (1, 5, 1000):
        assert 5 <= delay(attempts, schedule=publishers.BROKER) <= 66


def test_a_receiver_may_ask_for_more_and_not_for_less():
    assert delay(1, retry_after=120) == 120
    assert delay(3, retry_after=1) >= 1800
    assert delay(1, retry_after=10**9) == 24 * 3600


def test_envelope():
    made = cloud_event.envelope(ROW, SOURCE)
    told = json.loads(made.body)
    assert made.id == told["id"] == ROW["uuid"]
    assert made.subject == told["subject"]
    assert told["time"] == "2026-03-01T12:00:00.000007Z"
    assert told["source"] == SOURCE
    assert told["dataschema"] == "urn:finance_sync:event:test.thing.happened:3"
    assert told["sequence"] == f"{42:020d}"
    assert told["data"] == {"amount": "1.50"}
    assert all(name.isalnum() and name.islower() for name in told)
    schema = cloud_event.schema(THING.schema())
    jsonschema.validate(told, schema, jsonschema.Draft202012Validator)


def test_envelope_of_little():
    bare = {**ROW, "subject": None, "subject_ref": None, "company_ref": None,
            "correlation_id": None, "data": '{"amount":"1"}'}  # fmt: skip
    made = cloud_event.envelope(bare, SOURCE)
    assert made.subject == ""
    told = json.loads(made.body)
    assert None not in told.values()
    schema = cloud_event.schema(THING.schema())
    jsonschema.validate(told, schema, jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**told, "type": "other"}, schema)


@pytest.fixture
def publish(server, connect):
    """Publish events of these numbers; what came of them."""
    secret = generate_secret()

    def run(*numbers, secrets=(secret,)):
        publisher = WebhookPublisher(connect(server), secrets)
        rows = [{**ROW, "uuid": number} for number in numbers]
        return list(
            publisher.publish([cloud_event.envelope(row, SOURCE) for row in rows])
        )

    run.secret = secret
    return run


def test_a_webhook_is_signed(server, publish):
    (outcome,) = publish("e1")
    assert (outcome.id, outcome.status, outcome.error) == ("e1", 200, None)
    (seen,) = server.requests
    assert standardwebhooks.Webhook(publish.secret).verify(seen.body, seen.headers)
    assert seen.headers["webhook-id"] == "e1"


def test_the_first_that_fails_is_the_last_that_is_tried(server, publish):
    answers = iter([Reply(204, b""), Reply(500), Reply()])
    server.answer = lambda seen: next(answers)
    first, second = publish("e1", "e2", "e3")
    assert first.error is None
    assert isinstance(second.error, TransientError)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "content", "gone"),
    [(400, True, False), (422, True, False), (404, False, False), (410, False, True),
     (429, False, False), (500, False, False), (302, False, False)],
)  # fmt: skip
def test_what_a_refusal_means(server, publish, status, content, gone):
    server.answer = lambda seen: Reply(status, headers={"Location": "/elsewhere"})
    (outcome,) = publish("e1")
    assert outcome.status == status
    assert outcome.is_about_content is content
    assert outcome.is_gone is gone
    assert len(server.requests) == 1


def test_an_unroutable_event_is_about_its_content():
    refusal = RejectedError("No queue.", code=publishers.UNROUTABLE)
    assert Outcome("e", 1, error=refusal).is_about_content


def test_without_a_secret_nothing_is_sent(server, publish):
    (outcome,) = publish("e1", secrets=())
    assert outcome.error.code == "no_secret"
    assert not server.requests
