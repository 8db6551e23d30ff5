"""What happens when things go wrong on the way, and what is then known."""

import gzip
import socket
import time
import tracemalloc
import zlib

import pytest
from odoo.addons.finance_sync.core.answers import BodyReader
from odoo.addons.finance_sync.core.errors import ContractError, TransientError
from odoo.addons.finance_sync.tests.unit.servers import (
    HOST,
    RawServer,
    Reply,
    answer_raw,
    drip,
    read_request,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def failure(transport, method="POST", **kwargs) -> TransientError:
    with pytest.raises(TransientError) as caught:
        transport.request(method, "/x", json={"a": 1}, **kwargs)
    return caught.value


def check_unknown_unless_read(transport) -> None:
    """The outcome is unknown for what may change something, and for nothing else."""
    assert failure(transport).outcome_unknown
    assert failure(transport, "PUT").outcome_unknown
    assert not failure(transport, "GET").outcome_unknown
    assert not failure(transport, read=True).outcome_unknown


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


def test_refused_connection_is_known_not_to_have_arrived(connect):
    error = failure(connect(f"http://{HOST}:{free_port()}"))
    assert not error.outcome_unknown
    assert str(error) == "The provider cannot be reached."


def test_unresolved_name_is_known_not_to_have_arrived(connect):
    error = failure(connect("https://finance-sync.invalid"))
    assert not error.outcome_unknown
    assert str(error) == "The provider cannot be reached."


def test_connect_timeout_is_known_not_to_have_arrived(connect):
    # A listener whose queue is full lets further connections hang.
    with (
        socket.socket() as listener,
        socket.socket() as first,
        socket.socket() as second,
    ):
        listener.bind((HOST, 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        port = listener.getsockname()[1]
        error = failure(connect(f"http://{HOST}:{port}", connect_timeout=0.2))
    assert not error.outcome_unknown
    assert str(error) == "The provider could not be reached in time."


def test_no_answer_in_time_leaves_the_outcome_unknown(connect):
    with RawServer(lambda connection, stop: stop.wait()) as server:
        transport = connect(server, read_timeout=0.2)
        check_unknown_unless_read(transport)
        assert str(failure(transport)) == "The provider did not answer in time."


@pytest.mark.parametrize("reset", [False, True])
def test_connection_dropped_after_the_request_leaves_it_unknown(connect, reset):
    with RawServer(answer_raw(reset=reset)) as server:
        transport = connect(server)
        check_unknown_unless_read(transport)
        assert "broke off" in str(failure(transport))


def test_nothing_is_sent_twice(connect):
    with RawServer(answer_raw()) as server:
        failure(connect(server))
        assert server.connections == 1


@pytest.mark.parametrize(
    "cut",
    [
        OK + b'Content-Length: 100\r\n\r\n{"a"',
        OK + b'Transfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n',
        OK + b'Transfer-Encoding: chunked\r\n\r\nff\r\n{"a"',
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}" * 99)[:-5],
        OK + b"Content-Le",
        b"HTTP/1.1 2",
    ],
)
def test_answer_cut_off_leaves_the_outcome_unknown(connect, cut):
    with RawServer(answer_raw(cut)) as server:
        check_unknown_unless_read(connect(server))


def test_answer_that_is_no_http_leaves_the_outcome_unknown(connect):
    with RawServer(answer_raw(b"SSH-2.0-OpenSSH\r\n")) as server:
        check_unknown_unless_read(connect(server))


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        OK + b"Content-Length: 100000\r\n\r\n{",
        OK + b"\r\n{",
        OK + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n{",
    ],
)
def test_slow_drip_ends_at_the_deadline(connect, head):
    # A byte every 50 ms never violates the read timeout of 1 s.
    with RawServer(drip(head)) as server:
        transport = connect(server, read_timeout=1.0, deadline=0.4)
        started = time.monotonic()
        error = failure(transport)
        assert 0.35 < time.monotonic() - started < 1.5
        assert error.outcome_unknown
        assert str(error) == "The provider did not answer in time."


def test_silence_after_a_sign_of_life_ends_at_the_deadline(connect):
    def talk(connection, stop):
        read_request(connection)
        stop.wait(0.7)
        connection.sendall(OK)
        stop.wait()

    with RawServer(talk) as server:
        started = time.monotonic()
        assert failure(connect(server, read_timeout=1.0, deadline=1.0))
        assert time.monotonic() - started < 1.5


def test_endless_interim_answers_end_at_the_deadline(connect):
    with RawServer(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n")) as server:
        assert failure(connect(server, deadline=0.3)).outcome_unknown


def test_server_that_does_not_take_the_request_ends_at_the_deadline(connect):
    with RawServer(lambda connection, stop: stop.wait()) as server:
        transport = connect(server, deadline=0.4)
        started = time.monotonic()
        with pytest.raises(TransientError) as caught:
            transport.post("/x", data=b"x" * 50_000_000)
        assert time.monotonic() - started < 2
        assert caught.value.outcome_unknown


def test_next_call_gets_a_fresh_deadline(server, connect):
    transport = connect(server, deadline=0.3)
    started = time.monotonic()
    while time.monotonic() - started < 0.5:
        transport.get("/x")
    assert transport.get("/x").status == 200


def refused_size(transport, **kwargs) -> ContractError:
    with pytest.raises(ContractError, match="larger than 1000 bytes") as caught:
        transport.post("/x", **kwargs)
    return caught.value


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 1001\r\n\r\n",
        b"Content-Length: 99999999999999999999999\r\n\r\n",
        b"\r\n",
    ],
)
def test_big_answer_is_refused(connect, head):
    with RawServer(answer_raw(OK, head, b"x" * 1001)) as server:
        transport = connect(server, max_bytes=1000)
        assert refused_size(transport).outcome_unknown
        assert not refused_size(transport, read=True).outcome_unknown


def test_answer_of_exactly_the_limit_is_read(server, connect):
    server.answer = lambda seen: Reply(body=b"x" * 1000)
    assert len(connect(server, max_bytes=1000).get("/x").body) == 1000


def test_endless_answer_is_refused_while_it_is_read(connect):
    with RawServer(drip(OK + b"\r\n", b"x" * 500, every=0.001)) as server:
        started = time.monotonic()
        refused_size(connect(server, max_bytes=1000))
        assert time.monotonic() - started < 1


def test_gzip_bomb_is_refused_before_it_unfolds(connect, server):
    bomb = gzip.compress(b"\0" * 50_000_000, 9)
    assert len(bomb) < 100_000
    server.answer = lambda seen: Reply(body=bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(ContractError, match="larger than 1000000 bytes"):
        connect(server, max_bytes=1_000_000).get("/x")


def test_gzip_is_unpacked_piece_by_piece():
    bomb = gzip.compress(b"\0" * 50_000_000, 9)
    reader = BodyReader({"content-encoding": "gzip"}, 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(ContractError, match="larger"):
            reader.feed(bomb)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_connection_works_again_after_a_refused_answer(connect, server):
    server.answer = lambda seen: Reply(body=b"x" * 5000)
    transport = connect(server, max_bytes=1000)
    refused_size(transport)
    server.answer = lambda seen: Reply(body=b"[1]")
    assert transport.get("/x").json() == [1]


def test_gzip_is_asked_for_and_read(connect, server):
    server.answer = lambda seen: Reply(
        body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"}
    )
    assert connect(server).get("/x").json() == {"a": 1}
    assert server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", b"x"), ("deflate", zlib.compress(b"{}")), ("gzip", b"not gzip at all")],
)
def test_unreadable_compression_is_a_broken_contract(connect, server, encoding, body):
    server.answer = lambda seen: Reply(
        body=body, headers={"Content-Encoding": encoding}
    )
    with pytest.raises(ContractError) as caught:
        connect(server).post("/x")
    assert caught.value.outcome_unknown


def test_answers_without_a_body_are_whole(connect, server):
    server.answer = lambda seen: Reply(body=b"", headers={"Content-Encoding": "gzip"})
    assert connect(server).get("/x").body == b""
    server.answer = lambda seen: Reply(body=b"abc")
    assert connect(server).request("HEAD", "/x").body == b""
    with RawServer(answer_raw(b"HTTP/1.1 204 No Content\r\n\r\n")) as raw:
        assert connect(raw).post("/x").body == b""


def test_trouble_that_the_caller_is_handling_does_not_count(connect):
    """A look-up after a time-out that fails otherwise is not a second time-out."""
    with RawServer(lambda connection, stop: stop.wait()) as server:
        slow = connect(server, read_timeout=0.1)
        try:
            slow.post("/x")
        except TransientError:
            error = failure(connect(f"http://{HOST}:{free_port()}"), "GET")
    assert str(error) == "The provider cannot be reached."


def test_status_that_nobody_knows_is_a_broken_contract(connect):
    with RawServer(answer_raw(b"HTTP/1.1 101 Switching\r\n\r\n")) as server:
        with pytest.raises(ContractError, match="unknown status") as caught:
            connect(server).post("/x")
        assert caught.value.outcome_unknown
