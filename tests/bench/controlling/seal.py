"""Sealing events beside recording them by the ORM's objects, one after the other."""

from __future__ import annotations

from statistics import median

from scripts.bench import Ratio
from scripts.console import say

from .stage import Stage

GOAL = 50.0


def measure(stage: Stage, events: int, rounds: int) -> list[Ratio]:
    made, sealed = [], []
    stage.call("probe_events", events // 10)
    stage.call("probe_seal")
    for _ in range(rounds):
        made.append(events / stage.call("probe_events", events))
        count, seconds = stage.call("probe_seal")
        assert count >= events, f"{count} of {events} events were sealed"
        sealed.append(count / seconds)
        say(
            f"  {stage.series} {made[-1]:9.1f} events a second recorded,"
            f" {sealed[-1]:9.1f} sealed"
        )
    return [
        Ratio(
            f"{stage.series} events sealed/s / recorded/s",
            median(one / other for one, other in zip(sealed, made, strict=True)),
            GOAL,
            higher_is_better=True,
            detail=f"{median(sealed):.0f} / {median(made):.0f} a second",
        )
    ]
