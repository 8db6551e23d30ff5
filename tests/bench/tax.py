"""``./dev bench tax``: what determining, posting and recording tax costs.

Plain Odoo, in a database without our addons, and ours make the same invoices of three
lines in turns, the order changing from round to round: create all in one call, then
confirm all in one call, as an ordinary accountant, with tracking off on every side.
Each side has a process and a database of its own. A ratio is the median of the
rounds' ratios.

*table*: ours with the rate table against plain Odoo with an ordinary tax of the same
rate. *engine*: ours with AvaTax, played by the simulator, whose tax on every line is
a cent more than Odoo's own, so that every amount is forced; everything that belongs to
it is measured (requests, recorded decisions, jobs put into the queue), less the time
that the simulator itself took to answer. Beside the ratio of the clock stands that of
processor time, the database's included, which a busy machine disturbs less. *jobs*:
invoices posted before are recorded by a real server with workers and job runner; how
many a second when each of the engine's answers takes 100 ms, against an engine that
answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from scripts.bench import Options, Ratio
from scripts.console import DevError, say
from scripts.databases import Databases
from scripts.series import Series
from tests.bench.odoo_process import Side
from tests.bench.taxing import pipeline
from tests.bench.taxing.documents import documents, engine_case, engine_total
from tests.bench.taxing.side import SIDES, running
from tests.support.simulated import simulator as simulator_process

TABLE_GOAL = 1.3
ENGINE_GOALS = {"17.0": 1.4, "19.0": 2.0}
JOBS_GOAL = 0.8
LATENCY = 0.1
PARTS = ("table", "engine", "jobs")


@dataclass
class Sides:
    """The sides of one series and what was measured of them, by name."""

    series: str
    simulator: Any
    profiles: Path | None
    by_name: dict[str, Side] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)

    def measure(self, name: str, count: int, number: int, *, counts: bool) -> str:
        """One round of one side; ``counts``: it is no warming up.

        :return: the tax on all its documents
        """
        self.simulator.reset()
        self.simulator.script(engine_case())
        profile = str(self.profiles / f"{self.series}-{name}") if self.profiles else ""
        answer = self.by_name[name].ask(
            "round", count=count, number=number, profile=profile
        )
        self._check(name, count, number, answer)
        waited = sum(one["elapsed"] for one in self.simulator.requests)
        say(
            f"  {self.series} {name:6} create {answer['create']:6.2f} s, determine and "
            f"post {answer['post']:6.2f} s, of it the engine {waited:5.2f} s; "
            f"processor {answer['processor']:6.2f} s"
        )
        if counts:
            spent = answer["create"] + answer["post"] - waited
            self.seconds.setdefault(name, []).append(spent)
            self.processor.setdefault(name, []).append(answer["processor"])
        self.peaks[name] = answer["peak_mib"]
        return answer["tax"]

    def _check(self, name: str, count: int, number: int, answer: dict) -> None:
        """Both sides have to have done the same, or the ratio means nothing."""
        if answer["posted"] != count or answer["tax_lines"] != count:
            raise DevError(f"the side {name} did something else: {answer}")
        total = engine_total(documents(count, number))
        if name == "engine" and answer["tax"] != f"{total:.2f}":
            raise DevError(f"the engine's tax is {total}, booked was {answer['tax']}")

    def ratio(self, name: str, goal: float) -> Ratio:
        plain, ours = median(self.seconds["plain"]), median(self.seconds[name])
        processor = _paired(self.processor[name], self.processor["plain"])
        return Ratio(
            f"{self.series} create, determine, post: {name} / plain",
            _paired(self.seconds[name], self.seconds["plain"]),
            goal,
            detail=f"{ours:.2f} s / {plain:.2f} s, processor time {processor:.2f}, "
            "peak memory "
            f"{self.peaks[name]:.0f} / {self.peaks['plain']:.0f} MiB",
        )


def _paired(ours: list[float], theirs: list[float]) -> float:
    """The median of the rounds' ratios."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def main(series_list: list[Series], options: Options) -> list[Ratio]:
    chosen = _parse(options.arguments)
    ratios = []
    for series in series_list:
        databases = Databases(series, options.server)
        with simulator_process(series.python) as simulator:
            if {"table", "engine"} & set(chosen.parts):
                ratios += _posting(databases, simulator, chosen)
            if "jobs" in chosen.parts:
                ratios.append(_jobs(databases, simulator, chosen))
    return ratios


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench tax", description=__doc__)
    parser.add_argument("--documents", type=int, default=500, help="a round")
    parser.add_argument("--jobs", type=int, default=300, help="a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a trial: one short round")
    parser.add_argument("--part", dest="parts", action="append", choices=PARTS)
    parser.add_argument("--profile", type=Path, help="a folder for cProfile's files")
    chosen = parser.parse_args(arguments)
    chosen.parts = chosen.parts or list(PARTS)
    if chosen.quick:
        chosen.documents, chosen.jobs, chosen.rounds = 30, 30, 1
    if chosen.profile:
        chosen.profile.mkdir(parents=True, exist_ok=True)
    return chosen


def _posting(databases: Databases, simulator: Any, chosen: Any) -> list[Ratio]:
    names = ["plain", *(name for name in SIDES if name in chosen.parts)]
    with _sides(databases, simulator, names, chosen.profile) as sides:
        for name in names:
            sides.measure(name, 10, 0, counts=False)
        for number in range(1, chosen.rounds + 1):
            order = names if number % 2 else names[::-1]
            taxes = {
                name: sides.measure(name, chosen.documents, number, counts=True)
                for name in order
            }
            if taxes.get("table", taxes["plain"]) != taxes["plain"]:
                raise DevError(f"the sides disagree about the tax: {taxes}")
    goals = {"table": TABLE_GOAL, "engine": ENGINE_GOALS[sides.series]}
    return [sides.ratio(name, goals[name]) for name in names[1:]]


@contextlib.contextmanager
def _sides(
    databases: Databases, simulator: Any, names: list[str], profiles: Path | None
) -> Iterator[Sides]:
    sides = Sides(databases.series.name, simulator, profiles)
    with contextlib.ExitStack() as stack:
        for name in names:
            side = running(databases, name, simulator.url)
            sides.by_name[name] = stack.enter_context(side)
        yield sides


def _jobs(databases: Databases, simulator: Any, chosen: Any) -> Ratio:
    at_once, delayed = [], []
    name = databases.series.name
    with (
        running(databases, "engine", simulator.url) as side,
        pipeline.running(databases, side, simulator) as line,
    ):
        simulator.reset()
        simulator.script(engine_case())
        line.rate(max(chosen.jobs // 10, pipeline.LANE), 0, 0)
        for number in range(1, chosen.rounds + 1):
            pair = [(0.0, at_once), (LATENCY, delayed)]
            for latency, rates in pair if number % 2 else pair[::-1]:
                rates.append(line.rate(chosen.jobs, number, latency))
                say(f"  {name} {latency * 1000:3.0f} ms: {rates[-1]:.1f} jobs/s")
    return Ratio(
        f"{name} jobs/s at 100 ms / at once",
        _paired(delayed, at_once),
        JOBS_GOAL,
        higher_is_better=True,
        detail=f"{median(delayed):.1f} / {median(at_once):.1f} jobs/s, "
        f"{pipeline.LANE} at a time, {pipeline.WORKERS} workers",
    )
