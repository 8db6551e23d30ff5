"""What goes over the wire, and what is logged about it."""

import json
import logging
import urllib.parse
from decimal import Decimal

import pytest
import requests
from odoo.addons.finance_sync.core.errors import ConfigurationError, RejectedError
from odoo.addons.finance_sync.core.trace import new_trace
from odoo.addons.finance_sync.core.transport import (
    BasicAuth,
    BearerAuth,
    HeaderAuth,
    HttpTransport,
)
from odoo.addons.finance_sync.tests.unit.servers import Reply

LOGGER = "odoo.addons.finance_sync.core.transport"


def test_json_is_sent_with_exact_numbers(server, connect):
    connect(server).post("/v2", json={"amount": Decimal("163.70"), "name": "Käse"})
    (seen,) = server.requests
    assert seen.headers["content-type"] == "application/json"
    assert b'"amount": 163.70' in seen.body
    assert json.loads(seen.body) == {"amount": 163.7, "name": "Käse"}


def test_answer_is_read_with_exact_numbers(server, connect):
    server.answer = lambda seen: Reply(
        body=b'{"tax": 15.14}', headers={"x-request-id": "r-1", "X-Other": "o"}
    )
    answer = connect(server).get("/v2")
    assert answer.json() == {"tax": Decimal("15.14")}
    assert (answer.status, answer.request_id) == (200, "r-1")
    assert answer.headers["x-other"] == "o"
    assert 0 < answer.elapsed < 2


def test_mapping_is_sent_as_a_form_and_bytes_as_they_are(server, connect):
    transport = connect(server)
    transport.post("/form", data={"a": "1 2", "b": "ä"})
    transport.post("/raw", data=b"\x00\x01", headers={"Content-Type": "x/y"})
    transport.post("/text", data="ä")
    form, raw, text = server.requests
    assert urllib.parse.parse_qs(form.body.decode()) == {"a": ["1 2"], "b": ["ä"]}
    assert form.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (raw.body, raw.headers["content-type"]) == (b"\x00\x01", "x/y")
    assert text.body == "ä".encode()


def test_path_is_below_the_base_url_and_segments_are_escaped(server, connect):
    transport = connect(f"{server.url}/api/v2/")
    transport.post(
        "/c/{company}/t/{code}", segments={"company": "A B", "code": "/+?%#é"}
    )
    assert server.requests[0].target == "/api/v2/c/A%20B/t/%2F%2B%3F%25%23%C3%A9"


@pytest.mark.parametrize("code", ["", ".", ".."])
def test_segment_that_would_change_the_path_is_rejected(server, connect, code):
    with pytest.raises(RejectedError, match="cannot be part of an address"):
        connect(server).get("/c/{code}/x", segments={"code": code})
    assert not server.requests


@pytest.mark.parametrize(
    "path", ["//evil.example", "x", "/a/../b", "/a?b=c", "/a#b", "/a\r\nb", "/a b"]
)
def test_path_that_leaves_the_base_url_is_a_mistake(server, connect, path):
    with pytest.raises(ValueError, match=r"path below|params"):
        connect(server).get(path)
    assert not server.requests


def test_trace_and_key_are_sent(server, connect):
    trace = new_trace("9a3d3f9e-3b5f-4df2-9c1d-6d3d4b6fd2b7")
    connect(server, trace=trace).post("/x", key="tax.commit:9a3d:3")
    headers = server.requests[0].headers
    assert headers["traceparent"] == trace.traceparent
    assert headers["x-correlation-id"] == trace.correlation_id
    assert headers["idempotency-key"] == "tax.commit:9a3d:3"


@pytest.mark.parametrize("key", ["", "a\r\nX-Evil: 1", "ä", "x" * 256])
def test_malformed_key_is_never_sent(server, connect, key):
    with pytest.raises(ConfigurationError, match="idempotency key"):
        connect(server).post("/x", key=key)
    assert not server.requests


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        (BasicAuth("user", "pässword"), "authorization", "Basic dXNlcjpww6Rzc3dvcmQ="),
        (BearerAuth("t0ken"), "authorization", "Bearer t0ken"),
        (HeaderAuth("X-Api-Key", "k3y"), "x-api-key", "k3y"),
    ],
)
def test_auth_is_sent_and_hidden(server, connect, auth, name, value):
    transport = connect(server, auth=auth)
    transport.get("/x")
    assert server.requests[0].headers[name] == value
    for secret in ("pässword", "t0ken", "k3y"):
        assert secret not in repr(auth) + repr(transport)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "1\r\nX-Evil: 2"},
        {"X-A": "1\nX-Evil: 2"},
        {"X-A\r\nX-Evil": "1"},
        {"X A": "1"},
        {"X-A": "☃"},
        {"Host": "evil.example"},
        {"Content-Length": "0"},
    ],
)
def test_header_injection_is_refused(server, connect, headers):
    with pytest.raises(ConfigurationError) as caught:
        connect(server).get("/x", headers=headers)
    with pytest.raises(ConfigurationError):
        connect(server, headers=headers)
    assert "Evil: 2" not in str(caught.value)
    assert not server.requests


def test_secret_with_a_line_break_is_refused_without_showing_it(server):
    with pytest.raises(ConfigurationError, match="Authorization") as caught:
        HttpTransport(server.url, auth=BearerAuth("s3cret\n"))
    assert "s3cret" not in str(caught.value)


def test_header_is_sent_once_however_it_is_spelled(server, connect):
    connect(server).get("/x", headers={"ACCEPT": "text/csv"})
    assert server.requests[0].headers["accept"] == "text/csv"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://192.0.2.1:8069",
        "http://127.0.0.1.example.com",
        "ftp://localhost",
        "//localhost",
    ],
)
def test_base_url_has_to_be_https(url):
    with pytest.raises(ConfigurationError, match="must start with https://"):
        HttpTransport(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:1",
        "http://127.8.9.1",
        "http://[::1]:80",
        "https://example.com",
    ],
)
def test_base_url_may_be_http_on_this_machine(url):
    HttpTransport(url).close()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://user:pass@example.com", "user or password"),
        ("https://example.com/?a=b", "query"),
        ("https://example.com/#a", "query"),
        ("https://example.com/a/../b", "“..”"),
        ("https://exa mple.com", "not a valid address"),
        ("https://example.com\r\n", "not a valid address"),
        ("https://example.com\\@evil.example", "not a valid address"),
        ("https://", "not a valid address"),
        ("https://example.com:99999", "not a valid address"),
        ("https://[::1", "not a valid address"),
        ("", "not a valid address"),
    ],
)
def test_malformed_base_url_is_refused(url, problem):
    with pytest.raises(ConfigurationError, match=problem) as caught:
        HttpTransport(url)
    assert "pass" not in str(caught.value).replace("password", "")


def test_proxies_of_the_environment_are_not_used(server, connect, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert connect(server).get("/x").status == 200


def test_netrc_and_cookies_are_not_used(server, connect, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(netrc))
    server.answer = lambda seen: Reply(headers={"Set-Cookie": "a=b"})
    transport = connect(server)
    transport.get("/1")
    transport.get("/2")
    assert "authorization" not in server.requests[1].headers
    assert "cookie" not in server.requests[1].headers


def test_log_names_the_call_and_nothing_else(server, connect, caplog):
    caplog.set_level(logging.DEBUG)
    server.answer = lambda seen: Reply(body=b'{"answer": "body-out"}')
    connect(server, auth=BearerAuth("t0ken-9")).post(
        "/c/{code}",
        segments={"code": "C-42"},
        params={"q": "query-1"},
        json={"n": "body-in"},
    )
    (record,) = [entry for entry in caplog.records if entry.name == LOGGER]
    expected = f"POST 127.0.0.1:{server.port}/c/{{code}} 200 in "
    assert record.getMessage().startswith(expected)
    for private in ("C-42", "query-1", "body-in", "body-out", "t0ken-9"):
        assert private not in caplog.text


def test_failed_call_is_logged_without_its_address(connect, caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Exception, match="cannot be reached"):
        connect("http://127.0.0.1:9").get("/x", params={"q": "query-1"})
    assert "GET 127.0.0.1:9/x failed in" in caplog.text
    assert "query-1" not in caplog.text


def test_connection_is_reused(server, connect):
    ports = []
    handler = server._server.RequestHandlerClass
    original = handler.setup
    handler.setup = lambda self: (ports.append(self.client_address), original(self))
    transport = connect(server)
    for _ in range(3):
        transport.get("/x")
    assert len(server.requests) == 3
    assert len(ports) == 1


def test_answer_shows_no_body_in_a_traceback(server, connect):
    server.answer = lambda seen: Reply(body=b'{"iban": "DE1"}')
    assert "DE1" not in repr(connect(server).get("/x"))


@pytest.mark.parametrize(
    "timeouts", [{"read_timeout": 0}, {"connect_timeout": -1}, {"deadline": 0}]
)
def test_call_without_a_time_limit_is_refused(timeouts):
    with pytest.raises(ConfigurationError, match="Timeouts"):
        HttpTransport("https://example.com", **timeouts)


def test_mistakes_in_a_call_are_raised_as_such(server, connect):
    with connect(server) as transport:
        with pytest.raises(ValueError, match="Not a method"):
            transport.request("TRACE", "/x")
        with pytest.raises(ValueError, match="not both"):
            transport.post("/x", json={}, data=b"")
    assert not server.requests


def test_limits_do_not_depend_on_how_the_session_is_called(server, connect):
    """Odoo's tests replace ``Session.send`` and cannot cope with our time-outs."""
    given = []

    class Session(requests.Session):
        def send(self, request, **kwargs):
            given.append(kwargs.get("timeout"))
            return super().send(request, **kwargs)

    assert connect(server, session=Session()).get("/x").status == 200
    assert given == [None]
