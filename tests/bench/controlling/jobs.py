"""Exchanges beside bare jobs: one job each, and many in one.

The probe's operations answer at once, without a network; a bare job is queue_job's own,
of a method that does nothing. All wait in the queue when the clock starts, which stops
when the last is done.
"""

from __future__ import annotations

from statistics import median

from scripts.bench import Ratio
from scripts.console import say

from .stage import CONNECTION, JOBS_AT_ONCE, LANE, WORKERS, Stage

OVERHEAD_GOAL, DRAIN_GOAL = 1.6, 5.0


def measure(stage: Stage, jobs: int, rounds: int) -> list[Ratio]:
    """Two ratios: of the seconds per job, and of exchanges per second to jobs."""
    kinds = {
        "bare": lambda count: stage.call("probe_jobs", LANE, count, parked=True),
        "one": lambda count: _send(stage, "probe.one", count),
        "many": lambda count: _send(stage, "probe.many", count),
    }
    counts = {"bare": jobs, "one": jobs, "many": 10 * jobs}
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    for prepare in kinds.values():
        prepare(WORKERS * 5)
        stage.timed()
    for number in range(rounds):
        order = list(kinds) if number % 2 else list(kinds)[::-1]
        for kind in order:
            kinds[kind](counts[kind])
            rates[kind].append(counts[kind] / stage.timed())
            say(f"  {stage.series} {kind:5} {rates[kind][-1]:8.1f} a second")
    _check(stage)
    return [
        Ratio(
            f"{stage.series} exchange / bare job, seconds each",
            _paired(rates["bare"], rates["one"]),
            OVERHEAD_GOAL,
            detail=f"{median(rates['one']):.1f} / {median(rates['bare']):.1f} a second,"
            f" {JOBS_AT_ONCE} at a time",
        ),
        Ratio(
            f"{stage.series} drained exchanges/s / bare jobs/s",
            _paired(rates["many"], rates["bare"]),
            DRAIN_GOAL,
            higher_is_better=True,
            detail=f"{median(rates['many']):.1f} / {median(rates['bare']):.1f}"
            " a second",
        ),
    ]


def _send(stage: Stage, operation: str, count: int) -> None:
    stage.call("probe_send", CONNECTION, operation, count, parked=True)


def _check(stage: Stage) -> None:
    left = stage.scalar(
        "SELECT count(*) FROM finance_sync_exchange WHERE state <> 'done'"
    )
    failed = stage.scalar("SELECT count(*) FROM queue_job WHERE state = 'failed'")
    assert not left and not failed, f"{left} exchanges not done, {failed} jobs failed"


def _paired(ours: list[float], theirs: list[float]) -> float:
    """The median of the rounds' ratios."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))
