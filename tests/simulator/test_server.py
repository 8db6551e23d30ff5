"""Faults, records, and driving the simulator from another process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from . import Simulator, SimulatorClient

CHECKOUT = Path(__file__).resolve().parents[2]
PING = "/avatax/api/v2/utilities/ping"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def ping(simulator, **kwargs) -> requests.Response:
    return requests.get(simulator.url + PING, timeout=10, **kwargs)


def test_a_fault_happens_as_often_as_told(simulator):
    simulator.fault("avatax", kind="error", times=2, skip=1, status=502)
    codes = [ping(simulator).status_code for _ in range(5)]
    assert codes == [200, 502, 502, 200, 200]
    assert [request.fault for request in simulator.requests] == [
        "",
        "error",
        "error",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("options", "hit"),
    [
        ({"method": "GET"}, True),
        ({"method": "POST"}, False),
        ({"path_prefix": "/api/v2/utilities"}, True),
        ({"path_prefix": "/api/v2/companies"}, False),
        ({"path_suffix": "/ping"}, True),
        ({"path_suffix": "/settle"}, False),
        ({"code": "INV-1"}, False),
        ({"type": "SalesInvoice"}, False),
        ({"on_retry": True}, False),
    ],
)
def test_a_fault_is_for_the_requests_that_match(simulator, options, hit):
    simulator.fault("avatax", kind="error", **options)
    assert (ping(simulator).status_code == 503) is hit


@pytest.mark.parametrize("wrong", [{"kind": "gremlin"}, {"kind": "error", "times": 0}])
def test_a_fault_that_is_none_is_refused(simulator, wrong):
    with pytest.raises(ValueError, match=r"gremlin|once"):
        simulator.fault("avatax", **wrong)


def test_throttling_and_html_and_slowness(simulator):
    simulator.fault("avatax", kind="throttle", retry_after=3)
    throttled = ping(simulator)
    assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "3")
    simulator.fault("avatax", kind="html")
    assert ping(simulator).text.startswith("<!DOCTYPE html>")
    simulator.fault("avatax", kind="slow", seconds=0.3)
    started = time.monotonic()
    assert ping(simulator).status_code == 200
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("kind", ["drop", "drop_after", "cut"])
def test_a_broken_line_is_broken_and_the_next_one_is_not(simulator, kind):
    simulator.fault("avatax", kind=kind)
    with pytest.raises(requests.RequestException):
        ping(simulator)
    assert ping(simulator).status_code == 200


def test_a_huge_answer_is_huge(simulator):
    simulator.fault("avatax", kind="huge")
    assert len(ping(simulator).content) > 10 * 1024 * 1024


def test_requests_are_recorded_without_the_password(simulator):
    headers = {"Idempotency-Key": "k-1", "traceparent": "00-ab-cd-01"}
    ping(simulator, auth=("user", "hunter2"), headers=headers)
    (request,) = simulator.requests
    assert (request.key, request.traceparent, request.user) == (
        "k-1",
        "00-ab-cd-01",
        "user",
    )
    assert request.status == 200
    assert "hunter2" not in str(request.as_dict())


def test_unknown_providers_and_controls_are_not_found(simulator):
    for path in ("/nobody/x", "/_control/nothing", "/"):
        assert requests.get(simulator.url + path, timeout=10).status_code == 404


@pytest.fixture
def client() -> Iterator[SimulatorClient]:
    """A simulator in a process of its own."""
    command = [sys.executable, "-m", "tests.simulator", "--port", "0"]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            url = process.stdout.readline().rpartition(" ")[2].strip()
            client = SimulatorClient(url)
            client.wait()
            yield client
        finally:
            process.terminate()
            process.wait(10)


def test_another_process_is_driven_by_the_client(client):
    client.fault("avatax", kind="error", times=1)
    codes = [ping(client).status_code for _ in range(2)]
    assert codes == [503, 200]
    assert client.faults[0]["hits"] == 1
    assert len(client.requests) == 2
    assert len(client.find_requests(provider="avatax", path="ping")) == 2
    assert client.find_requests(code="INV-1") == []
    assert client.transactions() == []
    client.script({"lines": []})
    client.set_latency(0.2)
    started = time.monotonic()
    ping(client)
    assert time.monotonic() - started >= 0.2
    client.clear_faults()
    assert client.faults == []
    client.reset()
    assert client.requests == []
    with pytest.raises(ValueError, match="400"):
        client.fault("avatax", kind="gremlin")
    with pytest.raises(ValueError, match="Unknown field"):
        client.fault("avatax", kind="error", colour="red")


def test_waiting_for_nobody_ends():
    with pytest.raises(TimeoutError):
        SimulatorClient("http://127.0.0.1:9").wait(0.2)
