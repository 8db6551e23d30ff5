"""``./dev bench control``: what the control plane costs.

On one server with workers and the job runner, in a database of its own:

*jobs*: an exchange whose call and booking do nothing, beside a job of queue_job that
does nothing; and many such exchanges drained by batches.

*webhook*: signed messages that are taken in beside an empty route, while jobs run.

*seal*: events that are sealed beside events that are recorded one after the other.

*scrape*: the metrics with a million exchanges beside ten thousand.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from scripts.bench import Options, Ratio
from scripts.databases import Databases
from scripts.series import Series
from tests.bench.controlling import jobs, scrape, seal, webhook
from tests.bench.controlling.stage import Stage, staged


def _jobs(stage: Stage, chosen: argparse.Namespace) -> list[Ratio]:
    return jobs.measure(stage, chosen.jobs, chosen.rounds)


def _webhook(stage: Stage, chosen: argparse.Namespace) -> list[Ratio]:
    return webhook.measure(stage, chosen.seconds, chosen.rounds)


def _seal(stage: Stage, chosen: argparse.Namespace) -> list[Ratio]:
    return seal.measure(stage, chosen.events, chosen.rounds)


def _scrape(stage: Stage, chosen: argparse.Namespace) -> list[Ratio]:
    return scrape.measure(stage, FEW, chosen.exchanges, chosen.scrapes)


PARTS: dict[str, Callable[[Stage, argparse.Namespace], list[Ratio]]] = {
    "jobs": _jobs,
    "webhook": _webhook,
    "seal": _seal,
    "scrape": _scrape,
}
FEW = 10_000


def main(series_list: list[Series], options: Options) -> list[Ratio]:
    chosen = _parse(options.arguments)
    ratios = []
    for series in series_list:
        with staged(Databases(series, options.server)) as stage:
            for part in chosen.parts:
                ratios += PARTS[part](stage, chosen)
    return ratios


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench control", description=__doc__)
    parser.add_argument("--jobs", type=int, default=300, help="a round")
    parser.add_argument("--seconds", type=float, default=8.0, help="of webhooks")
    parser.add_argument("--events", type=int, default=5000, help="a round")
    parser.add_argument("--exchanges", type=int, default=1_000_000)
    parser.add_argument("--scrapes", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a trial: one short round")
    parser.add_argument("--part", dest="parts", action="append", choices=list(PARTS))
    chosen = parser.parse_args(arguments)
    chosen.parts = chosen.parts or list(PARTS)
    if chosen.quick:
        chosen.jobs, chosen.rounds, chosen.seconds = 100, 1, 3.0
        chosen.events, chosen.exchanges, chosen.scrapes = 1000, 100_000, 10
    return chosen
