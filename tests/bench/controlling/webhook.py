"""Taking in webhooks beside an empty route of the same server, while jobs run.

Clients that keep their connections send as fast as they are answered. Meanwhile bare
jobs fill the lane, for both alike; accepted messages add jobs of their own.
"""

from __future__ import annotations

import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median, quantiles

from scripts.bench import Ratio
from scripts.console import say
from tests.support.webhooks import SECRET, Message, Sender

from .stage import CONNECTION, LANE, Stage

RATE_GOAL, P95_GOAL = 0.5, 3.0
CLIENTS = 3
# More than can run in a second.
JOBS_A_SECOND = 150
EMPTY = "/finance_sync_probe/empty"
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Load:
    """Requests answered a second, and the time within which 95 % of them were."""

    rate: float
    p95: float


def measure(stage: Stage, seconds: float, rounds: int) -> list[Ratio]:
    stage.call("probe_webhook", CONNECTION, SECRET)
    kinds = {"empty": _send_nothing, "webhook": _send_message}
    loads: dict[str, list[Load]] = {kind: [] for kind in kinds}
    for send in kinds.values():
        _load(stage, send, min(seconds, 2.0))
    for number in range(rounds):
        for kind in list(kinds) if number % 2 else list(kinds)[::-1]:
            load = _load(stage, kinds[kind], seconds)
            loads[kind].append(load)
            say(
                f"  {stage.series} {kind:7} {load.rate:7.1f} a second, 95 % within"
                f" {load.p95 * 1000:.1f} ms"
            )
    return [_rate_ratio(stage, loads), _p95_ratio(stage, loads)]


def _rate_ratio(stage: Stage, loads: dict[str, list[Load]]) -> Ratio:
    ours = [load.rate for load in loads["webhook"]]
    theirs = [load.rate for load in loads["empty"]]
    return Ratio(
        f"{stage.series} webhooks/s / empty requests/s",
        median(one / other for one, other in zip(ours, theirs, strict=True)),
        RATE_GOAL,
        higher_is_better=True,
        detail=f"{median(ours):.1f} / {median(theirs):.1f} a second, {CLIENTS} clients",
    )


def _p95_ratio(stage: Stage, loads: dict[str, list[Load]]) -> Ratio:
    ours = [load.p95 for load in loads["webhook"]]
    theirs = [load.p95 for load in loads["empty"]]
    return Ratio(
        f"{stage.series} webhook p95 / empty request p95",
        median(one / other for one, other in zip(ours, theirs, strict=True)),
        P95_GOAL,
        detail=f"{median(ours) * 1000:.1f} / {median(theirs) * 1000:.1f} ms",
    )


def _load(stage: Stage, send, seconds: float) -> Load:
    """Send for so long; the jobs are gone afterwards."""
    backlog = int(JOBS_A_SECOND * seconds) + 10
    stage.call("probe_jobs", LANE, backlog, parked=True)
    stage.release()
    deadline = time.perf_counter() + seconds
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = pool.map(lambda _n: _client(stage, send, deadline), range(CLIENTS))
        times = [one for share in shares for one in share]
    elapsed = time.perf_counter() - started
    assert stage.drop_bare_jobs(), "the jobs were done before the clients were"
    stage.settle()
    return Load(len(times) / elapsed, quantiles(times, n=20)[-1])


def _client(stage: Stage, send, deadline: float) -> list[float]:
    """Seconds that each of one client's requests took."""
    sender, times = Sender(stage.server.url), []
    try:
        while time.perf_counter() < deadline:
            started = time.perf_counter()
            status = send(sender)
            times.append(time.perf_counter() - started)
            assert status == 202, f"answered {status}"
    finally:
        sender.close()
    return times


def _send_message(sender: Sender) -> int:
    number = next(NUMBERS)
    return sender.send(CONNECTION, Message(f"bench-{number}", _payload(number)))


def _send_nothing(sender: Sender) -> int:
    body = json.dumps(_payload(next(NUMBERS))).encode()
    return sender.post(EMPTY, body, {"Content-Type": "application/json"})


def _payload(number: int) -> dict[str, object]:
    lines = [{"sku": f"SKU-{n}", "quantity": n, "price": "19.90"} for n in range(5)]
    return {"type": "bench", "number": number, "lines": lines}
