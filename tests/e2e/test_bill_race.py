"""One bill, delivered many times at once: one message, one bill, one entry."""

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.samplegroup.connection import AVATAX
from tests.support.json_rpc import JsonRpc
from tests.support.rpc import RefusedError
from tests.support.subscribing import Sender, add_secret, make_secret
from tests.support.waiting import wait_for

BILL, EXCHANGE, WEBHOOK = (
    "finance.sync.bill",
    "finance.sync.exchange",
    "finance.sync.webhook",
)
AT_ONCE = 20
WAYS = 8
SECONDS = 120
VAT = "DE500000015"
MONTHS = itertools.count(1)


@pytest.fixture(scope="module")
def order(group):
    """A confirmed order of a vendor, large enough for every bill of these tests."""
    admin, context = group.login("admin"), group.within("us")
    vendor = admin.call(
        "res.partner", "create", {"name": "Vendor Races", "vat": VAT}, context=context
    )
    product = admin.call(
        "product.product",
        "create",
        {
            "name": "Toner",
            "default_code": "TONER",
            "type": "service",
            "purchase_method": "purchase",
            "supplier_taxes_id": [(5, 0, 0)],
        },
        context=context,
    )
    line = {"product_id": product, "product_qty": 1000, "price_unit": 10.0}
    made = admin.call(
        "purchase.order",
        "create",
        {"partner_id": vendor, "order_line": [(0, 0, line)]},
        context=context,
    )
    admin.call("purchase.order", "button_confirm", [made], context=context)
    (found,) = admin.call("purchase.order", "read", [made], ["name"], context=context)
    return found["name"]


@pytest.fixture
def bill(order):
    """A bill that was never sent before, and is like none of the others."""
    number = uuid.uuid4().hex[:12]
    month = next(MONTHS)
    return {
        "BT-1": f"R-{number}",
        "BT-2": f"2026-{month:02}-02",
        "BT-3": "380",
        "BT-5": "USD",
        "BT-13": order,
        "BT-31": VAT,
        "BT-106": "20.00",
        "BT-109": "20.00",
        "BT-110": "0.00",
        "BT-112": "20.00",
        "BT-115": "20.00",
        "BG-23": [{"BT-116": "20.00", "BT-117": "0.00", "BT-118": "Z"}],
        "BG-25": [
            {
                "BT-126": "1",
                "BT-129": "2",
                "BT-130": "C62",
                "BT-131": "20.00",
                "BT-146": "10.00",
                "BT-151": "Z",
                "BT-153": "Toner",
                "BT-155": "TONER",
            }
        ],
    }


@pytest.fixture(scope="module")
def sender(odoo_server, group):
    """Whose webhooks bring bills, by the sender's own numbers and versions."""
    manager = group.login("manager")
    webhook = manager.call(
        WEBHOOK,
        "create",
        {
            "connection_id": group.connection(AVATAX),
            "id_source": "json:id",
            "version_source": "json:version",
            "rule_ids": [(0, 0, {"pattern": "*", "operation": "ap.invoice"})],
        },
    )
    secret = make_secret()
    add_secret(group, WEBHOOK, webhook, secret)
    yield Sender(odoo_server.url, secret)
    manager.call(WEBHOOK, "unlink", [webhook])


def at_once(*calls):
    """What each returned; none begins before all are ready."""
    start = Barrier(len(calls))

    def run(call):
        start.wait(SECONDS)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls, timeout=SECONDS))


def messages(group, *numbers):
    """What was kept of these."""
    domain = [("external_id", "in", numbers), ("direction", "=", "in")]
    return group.login("manager").call(
        EXCHANGE, "search_read", domain, ["uuid", "state"]
    )


def bills(group, field, *values):
    """Of the US company, oldest first."""
    return group.accountant.call(
        BILL,
        "search_read",
        [(field, "in", values)],
        ["state", "number", "move_id", "similar_ids"],
        order="id",
        context=group.within("us"),
    )


def holds(group, code, *exchange_uuids):
    return group.login("manager").call(
        "finance.sync.hold",
        "search_read",
        [
            ("exchange_id.uuid", "in", exchange_uuids),
            ("code", "=", code),
            ("state", "=", "open"),
        ],
        ["code"],
    )


def wait_booked(group, *numbers):
    def booked():
        found = messages(group, *numbers)
        states = {one["state"] for one in found}
        assert "held" not in states, found
        return states == {"done"} and found

    return wait_for("the messages to be booked", booked, seconds=SECONDS)


def test_twenty_deliveries_at_once_are_one_bill_and_one_entry(odoo_server, group, bill):
    service = JsonRpc(odoo_server.url, odoo_server.db, "service", "service")
    number = f"bill-{uuid.uuid4()}"
    payload = {"company": "SAMPLE", "bill": bill}

    def deliver():
        return service.call(
            "finance.sync.connection",
            "receive",
            AVATAX,
            "ap.invoice",
            number,
            1,
            payload,
        )

    answers = at_once(*[deliver] * AT_ONCE)
    assert len({answer["uuid"] for answer in answers}) == 1
    fresh = [answer for answer in answers if not answer["duplicate"]]
    assert len(fresh) == 1
    assert len(wait_booked(group, number)) == 1
    (found,) = bills(group, "external_id", number)
    assert found["state"] == "matched"

    # Everybody presses the button as well.
    clerk = JsonRpc(odoo_server.url, odoo_server.db, "clerk", "clerk")
    context = group.within("us")

    def press(button):
        def call():
            try:
                return clerk.call(BILL, button, [found["id"]], context=context)
            except RefusedError:
                return None

        return call

    assert len(list(filter(None, at_once(*[press("action_stage")] * 4)))) == 1
    assert at_once(*[press("action_post_bill")] * 4) == [True] * 4
    (posted,) = bills(group, "external_id", number)
    assert posted["state"] == "posted"
    entries = group.accountant.call(
        "account.move",
        "search_read",
        [("ref", "=", bill["BT-1"])],
        ["state"],
        context=context,
    )
    assert [(one["id"], one["state"]) for one in entries] == [
        (posted["move_id"][0], "posted")
    ]


def test_one_bill_by_many_ways_at_once_is_one_payable(odoo_server, group, bill):
    service = JsonRpc(odoo_server.url, odoo_server.db, "service", "service")
    numbers = [f"bill-{uuid.uuid4()}" for _way in range(WAYS)]

    def delivery(number):
        # Each writes the same number in its own way.
        text = bill["BT-1"].replace("-", " " * (numbers.index(number) % 3))
        payload = {"company": "SAMPLE", "bill": {**bill, "BT-1": text}}
        return lambda: service.call(
            "finance.sync.connection",
            "receive",
            AVATAX,
            "ap.invoice",
            number,
            1,
            payload,
        )

    answers = at_once(*map(delivery, numbers))
    assert len({answer["uuid"] for answer in answers}) == WAYS
    wait_booked(group, *numbers)
    found = bills(group, "external_id", *numbers)
    assert len(found) == WAYS
    (first,) = [one for one in found if one["state"] == "matched"]
    others = [one for one in found if one["state"] == "held"]
    assert len(others) == WAYS - 1
    assert {tuple(one["similar_ids"]) for one in others} == {(first["id"],)}


def test_hard_case_1_five_webhooks_at_once_and_an_altered_one(sender, group, bill):
    number = f"bill-{uuid.uuid4()}"
    same = {"id": number, "version": 1, "company": "SAMPLE", "bill": bill}
    altered = {**same, "bill": {**bill, "BT-1": f"{bill['BT-1']}-A"}}

    def post(message):
        return lambda: sender.post(message, key=AVATAX)

    answers = at_once(*[post(same)] * 5, post(altered))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["uuid"] for answer in answers}) == 1
    # Whichever came first counts, and it alone.
    states = [answer.json().get("state") == "conflict" for answer in answers]
    assert states in ([False] * 5 + [True], [True] * 5 + [False])
    (kept,) = wait_booked(group, number)
    assert len(holds(group, "payload_conflict", kept["uuid"])) == 1
    (found,) = bills(group, "external_id", number)
    counted = altered if states[0] else same
    assert found["number"] == counted["bill"]["BT-1"]
    assert found["state"] == "matched"


def test_versions_at_once_are_one_bill_of_the_newest(sender, group, bill):
    number = f"bill-{uuid.uuid4()}"
    versions = range(1, 5)

    def post(version):
        content = {**bill, "BT-1": f"{bill['BT-1']}-{version}"}
        message = {"id": number, "version": version, "company": "SAMPLE"}
        return lambda: sender.post({**message, "bill": content}, key=AVATAX)

    answers = at_once(*map(post, reversed(versions)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(wait_booked(group, number)) == len(versions)
    (found,) = bills(group, "external_id", number)
    assert found["number"] == f"{bill['BT-1']}-{versions[-1]}"
