"""What statuses, headers and bodies mean."""

import email.utils
import time

import pytest
from odoo.addons.finance_sync.core.answers import (
    REQUEST_ID_HEADERS,
    Answer,
    request_id,
    retry_after,
)
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ContractError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_sync.tests.unit.servers import Reply

HTML = Reply(
    404, b"<!DOCTYPE html><html>Not here</html>", {"Content-Type": "text/html"}
)
# status, error, is the outcome of something that is no read unknown?
TABLE = [
    (300, ConfigurationError, False),
    (301, ConfigurationError, False),
    (302, ConfigurationError, False),
    (303, ConfigurationError, False),
    (307, ConfigurationError, False),
    (308, ConfigurationError, False),
    (400, RejectedError, False),
    (401, ConfigurationError, False),
    (402, RejectedError, False),
    (403, ConfigurationError, False),
    (404, RejectedError, False),
    (405, RejectedError, False),
    (407, ConfigurationError, False),
    (408, TransientError, True),
    (409, RejectedError, False),
    (410, RejectedError, False),
    (413, RejectedError, False),
    (422, RejectedError, False),
    (425, TransientError, False),
    (429, TransientError, False),
    (500, TransientError, True),
    (501, TransientError, True),
    (502, TransientError, True),
    (503, TransientError, True),
    (504, TransientError, True),
    (599, TransientError, True),
]


@pytest.mark.parametrize(("status", "error_class", "unknown"), TABLE)
def test_status_table(server, connect, status, error_class, unknown):
    server.answer = lambda seen: Reply(
        status, b'{"private": 1}', {"X-Request-Id": "r-7", "Location": "/elsewhere"}
    )
    transport = connect(server)
    with pytest.raises(error_class) as caught:
        transport.post("/x", json={})
    error = caught.value
    assert type(error) is error_class
    assert (error.status, error.request_id) == (status, "r-7")
    assert error.outcome_unknown is unknown
    assert str(status) in str(error)
    assert "private" not in str(error)
    assert error.answer.json() == {"private": 1}
    with pytest.raises(error_class) as caught:
        transport.post("/x", json={}, read=True)
    assert not caught.value.outcome_unknown
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
def test_success_is_returned(server, connect, status):
    server.answer = lambda seen: Reply(status, b"")
    assert connect(server).post("/x").status == status


def test_long_body_of_a_redirect_is_not_read(server, connect):
    server.answer = lambda seen: Reply(307, b"x" * 9000, {"Location": "/evil"})
    with pytest.raises(ContractError, match="larger"):
        connect(server, max_bytes=1000).get("/x")


def test_redirect_is_not_followed(server, connect):
    server.answer = lambda seen: Reply(307, b"", {"Location": f"{server.url}/evil"})
    with pytest.raises(ConfigurationError, match="check the base URL"):
        connect(server).get("/x")
    assert [seen.target for seen in server.requests] == ["/x"]


def test_web_page_where_nothing_is_means_a_wrong_base_url(server, connect):
    server.answer = lambda seen: HTML
    with pytest.raises(ConfigurationError, match="web page instead of JSON; check"):
        connect(server).get("/x")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>", {"Content-Type": "text/html; charset=utf-8"}),
        Reply(200, b" \r\n<!doctype HTML>\n<p>", {"Content-Type": "application/json"}),
        Reply(200, b"<HTML lang='en'>", {}),
    ],
)
def test_web_page_instead_of_json_is_named(server, connect, reply):
    server.answer = lambda seen: reply
    answer = connect(server).post("/x")
    with pytest.raises(ContractError) as caught:
        answer.json()
    assert str(caught.value) == (
        "The provider answered with a web page instead of JSON; check the base URL."
    )
    assert caught.value.outcome_unknown


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{",
        b"{}{}",
        b"oops",
        b"\xff\xfe{}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
        b"[" * 66 + b"]" * 66,
        b'{"a": 1e999999999}',
        b"[" + b"9" * 5000 + b"]",
        b'"\\ud800"',
        b'"a\\u0000b"',
    ],
)
def test_broken_json_is_a_broken_contract(server, connect, body):
    server.answer = lambda seen: Reply(body=body, headers={"x-request-id": "r"})
    with pytest.raises(ContractError) as caught:
        connect(server).get("/x").json()
    assert str(caught.value).startswith("The provider's answer")
    assert caught.value.request_id == "r"
    assert not caught.value.outcome_unknown


def test_byte_order_mark_does_not_matter(server, connect):
    server.answer = lambda seen: Reply(body=b"\xef\xbb\xbf[1]")
    assert connect(server).get("/x").json() == [1]


def test_request_for_fewer_requests_says_when(server, connect):
    server.answer = lambda seen: Reply(429, b"", {"Retry-After": "7"})
    with pytest.raises(TransientError, match="fewer requests") as caught:
        connect(server).post("/x")
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("999999999", 86400.0),
        ("9999999999999", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("١٢", None),
        ("Fri, 99 Foo 2024 99:99:99 GMT", None),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", None),
    ],
)
def test_retry_after_in_seconds(text, seconds):
    assert retry_after({"retry-after": text}) == seconds


def test_retry_after_as_a_date_counts_from_the_provider_s_clock():
    headers = {
        "date": "Wed, 21 Oct 2015 07:28:00 GMT",
        "retry-after": "Wed, 21 Oct 2015 07:30:00 GMT",
    }
    assert retry_after(headers) == 120.0
    assert retry_after({**headers, "retry-after": headers["date"]}) == 0.0


def test_retry_after_as_a_date_alone_counts_from_ours():
    soon = email.utils.formatdate(time.time() + 100, usegmt=True)
    assert 95 < retry_after({"retry-after": soon}) <= 100
    past = email.utils.formatdate(time.time() - 100, usegmt=True)
    assert retry_after({"retry-after": past}) == 0.0


@pytest.mark.parametrize("name", REQUEST_ID_HEADERS)
def test_request_id_is_found(name):
    assert request_id({name: "id-1", "other": "x"}) == "id-1"


def test_request_id_is_safe_to_store():
    assert request_id({}) is None
    assert request_id({"x-request-id": "\x00 \r\n"}) is None
    assert request_id({"x-request-id": " a\x1bb é" + "x" * 999}) == "abx" + "x" * 197


def test_answer_shows_neither_body_nor_headers():
    answer = Answer(200, {"set-cookie": "secret"}, b"secret", "r", 0.1)
    assert "secret" not in repr(answer)
    assert answer.content_type == ""
