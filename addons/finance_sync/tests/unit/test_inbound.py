"""What a verified message says, and a throttle for those who send others."""

import hashlib

import pytest
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.inbound import (
    Rule,
    check_source,
    identifier,
    lookup,
    message_key,
    parse,
    read,
    route,
)
from odoo.addons.finance_sync.core.rate_limit import RateLimit
from odoo.addons.finance_sync.core.throttle import MOST_CALLERS, Throttle
from odoo.addons.finance_sync.core.webhook_signing import Incoming

DOCUMENT = {"type": "invoice.paid", "data": {"id": 7, "lines": [{"id": "L1"}]}, "v": 3}
BODY = b'{"type": "invoice.paid", "data": {"id": 7}, "v": 3}'
INCOMING = Incoming(BODY, {"webhook-id": "m1", "x-topic": "orders/paid"})
SOURCES = {
    "type_source": "json:type",
    "id_source": "header:webhook-id",
    "version_source": "",
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("type", "invoice.paid"),
        ("$.data.id", 7),
        ("data.lines[0].id", "L1"),
        ("data.lines[1].id", None),
        ("data.lines.id", None),
        ("type.id", None),
        ("nothing", None),
        ("data[0]", None),
    ],
)
def test_lookup(path, found):
    assert lookup(DOCUMENT, path) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("json:data.id", "7"),
        ("json:data", ""),
        ("json:missing", ""),
        ("header:Webhook-Id", "m1"),
        ("header:other", ""),
        ("text:1", "1"),
        ("body", hashlib.sha256(BODY).hexdigest()),
    ],
)
def test_sources(source, found):
    assert read(source, INCOMING, DOCUMENT) == found
    check_source(source)


@pytest.mark.parametrize(
    "source",
    ["", "json:", "json:a..b", "json:a b", "header:", "header:a b", "xml:a", "body:x"],
)
def test_bad_sources(source):
    with pytest.raises(ValueError, match="no source"):
        check_source(source)


def test_the_first_rule_that_matches_decides():
    rules = [
        Rule("invoice.void", "ap.void"),
        Rule("invoice.*", "ap.invoice", "json:data.id", "json:v"),
        Rule("*", "-"),
    ]
    message = parse(INCOMING, rules, **SOURCES)
    assert (message.operation, message.external_id) == ("ap.invoice", "7")
    assert (message.version, message.kind) == ("3", "invoice.paid")
    message = parse(INCOMING, rules[:1], **SOURCES)
    assert (message.operation, message.external_id) == ("", "m1")
    assert message.version == "1"
    assert parse(INCOMING, rules[2:], **SOURCES).operation == "-"


def test_case_counts():
    assert parse(INCOMING, [Rule("Invoice.*", "a.b")], **SOURCES).operation == ""


@pytest.mark.parametrize(
    "body", [b"[1]", b"", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"text"]
)
def test_not_an_object(body):
    with pytest.raises(ContractError):
        parse(Incoming(body, INCOMING.headers), [], **SOURCES)


@pytest.mark.parametrize("text", ["", "x" * 129, "a\nb", "\0"])
def test_bad_numbers(text):
    with pytest.raises(ContractError):
        identifier(text, "number")
    with pytest.raises(ContractError):
        parse(Incoming(BODY, {"webhook-id": text.strip("\n")}), [], **SOURCES) if (
            text != "a\nb"
        ) else identifier(text, "number")


def test_keys_are_readable_where_they_can_be():
    assert message_key("acme", "ap.invoice", "7", "1") == "in:acme:ap.invoice:7:1"
    for awkward in ("ü", "x" * 250, "a b"):
        key = message_key("acme", "ap.invoice", awkward, "1")
        assert key.startswith("in:")
        assert len(key) == 67
    assert message_key("a", "b", "c d", "1") != message_key("a", "b", "c", "d 1")


def test_route():
    assert route({}, [3], {}) == 3
    assert route({}, [3, 4], {"x": 4}) is None
    assert route({"company": "x"}, [3, 4], {"x": 4}) == 4
    assert route({"company": 12}, [3], {"12": 4}) == 4
    assert route({"company": "?"}, [3], {"x": 4}) is None


def test_throttle_refuses_for_a_while():
    now = [100.0]
    throttle = Throttle(RateLimit(per_second=2.0, burst=3), clock=lambda: now[0])
    for _turn in range(3):
        assert throttle.wait("a") == 0
        throttle.count("a")
    assert throttle.wait("a") == pytest.approx(0.5)
    assert throttle.wait("b") == 0
    now[0] += 0.6
    assert throttle.wait("a") == 0


def test_throttle_forgets_the_quiet_ones():
    throttle = Throttle(RateLimit(per_second=0.001, burst=1), clock=lambda: 0.0)
    for number in range(MOST_CALLERS + 1):
        throttle.count(str(number))
    assert throttle.wait("0") == 0
    assert throttle.wait(str(MOST_CALLERS)) > 0
