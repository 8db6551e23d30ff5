"""The engine is slow, refuses, breaks off, or loses the answer after the effect."""

import itertools
import time

import pytest

from tests.support.waiting import wait_for

from .trial import COOL_DOWN, CREATE, IN_TIME, READ_TIMEOUT, SETTLE

AT_ONCE = 3
PROBES = 3
FAULTS = {
    "latency below the timeout": {"kind": "slow", "seconds": IN_TIME},
    "latency above the timeout": {"kind": "slow_after", "seconds": READ_TIMEOUT + 2},
    "429 with Retry-After": {"kind": "throttle", "retry_after": 2},
    "503": {"kind": "error", "status": 503},
    "502 after the effect": {"kind": "error_after", "status": 502},
    "answer cut": {"kind": "cut"},
    "connection reset": {"kind": "drop"},
    "reset after the effect": {"kind": "drop_after"},
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_of_the_network(trial, repeats, name):
    for _ in range(-(-repeats // AT_ONCE)):
        documents = trial.drafts(AT_ONCE)
        for document in documents:
            step = trial.random.choice((CREATE, SETTLE))
            trial.fault(**FAULTS[name], step=step, code=document.code)
        started_at = time.monotonic()
        trial.post(documents)
        trial.recover(name, documents, started_at)


def test_breaker(trial):
    """While the breaker is open nothing gets through but a probe per cool-down."""
    documents = trial.drafts(8)
    trial.simulator.fault("avatax", kind="error", times=1000)
    trial.post(documents)
    trial.wait_breaker("open")
    # After calls that were in flight when it opened, one probe at a time.
    opened = len(trial.simulator.requests) + AT_ONCE
    wait_for(
        f"{PROBES} probes",
        lambda: len(trial.simulator.requests) >= opened + PROBES,
        interval=0.2,
    )
    times = [request["received"] for request in trial.simulator.requests]
    pauses = [later - one for one, later in itertools.pairwise(times[opened:])]
    assert min(pauses) > 0.9 * COOL_DOWN, "a call got through an open breaker"
    trial.simulator.clear_faults()
    trial.recover("breaker opened and closed", documents, time.monotonic())
    trial.wait_breaker("closed")
