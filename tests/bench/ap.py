"""``./dev bench ap``: what taking bills in costs.

*pace*: the same files become drafts by Odoo's own import and by ours: one bill of five
lines each, for an order of its own that is received. Each side has a process and a
database of its own with the same vendors, items and orders; plain Odoo's has none of
our addons. Both end with committed drafts, whose number, totals and taxes have to be
those of the files; ours have to be linked to the order lines, Odoo's are counted.

Odoo's side does what happens to a file that is dropped on the journal: an attachment,
``create_document_from_attachment``, a commit, file by file. Ours does all that happens
to files that a clerk uploads: each is kept with its hash, read, delivered as a message,
validated, compared with other bills, matched with orders and receipts, and drafts are
made of those. Our jobs run in the process itself as the job runner runs them, with
their commits, but without its HTTP request for each. Tracking is off where Odoo's
import runs, and on in our jobs, which nobody can tell to leave it out. The ratio is the
median of the rounds' ratios of bills a second.

*matcher*: the matching itself, without Odoo: the seconds of processor time that 10,000
bill lines need against 50,000 open order lines, beside those for a tenth of both. Half
of the bills name their order, half are found by their items alone. Once there are ten
times as many vendors as well, once the same ones, each with ten times as many orders.

*memory*: a process takes 10,000 bills in, in batches, as on our side of *pace*: its
resident memory over the last quarter beside that over the first.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

from scripts.bench import Options, Ratio
from scripts.console import DevError, say
from scripts.databases import Databases
from scripts.series import Series
from tests.bench.billing import documents, matcher
from tests.bench.odoo_process import Side, side

PACE_GOAL, MATCHER_GOAL, MEMORY_GOAL = 3.0, 12.0, 1.1
WORKER = "tests.bench.billing.worker"
WARMING = 20


def main(series_list: list[Series], options: Options) -> list[Ratio]:
    chosen = _parse(options.arguments)
    ratios = []
    for series in series_list:
        for part in chosen.parts:
            ratios += PARTS[part](Databases(series, options.server), chosen)
    return ratios


def _pace(databases: Databases, chosen: Any) -> list[Ratio]:
    with contextlib.ExitStack() as stack:
        sides = {
            name: stack.enter_context(_seeded(databases, name))
            for name in ("core", "ours")
        }
        rates: dict[str, list[float]] = {name: [] for name in sides}
        processor: dict[str, list[float]] = {name: [] for name in sides}
        peaks = {}
        first = 0
        for number in range(chosen.rounds + 1):
            count = chosen.bills if number else WARMING
            for name in list(sides) if number % 2 else list(sides)[::-1]:
                sides[name].ask("orders", first=first, count=count)
                answer = _round(sides[name], name, first, count, chosen.profile)
                _tell(databases, name, count, answer)
                peaks[name] = answer["peak_mib"]
                if number:
                    rates[name].append(count / answer["seconds"])
                    processor[name].append(answer["processor"])
            first += count
    return [
        Ratio(
            f"{databases.series.name} bills/s from file to draft: ours / core",
            _paired(rates["ours"], rates["core"]),
            PACE_GOAL,
            higher_is_better=True,
            detail=f"{median(rates['ours']):.1f} / {median(rates['core']):.1f} a "
            "second, processor time "
            f"{1 / _paired(processor['ours'], processor['core']):.2f}, peak memory "
            f"{peaks['ours']:.0f} / {peaks['core']:.0f} MiB",
        )
    ]


@contextlib.contextmanager
def _seeded(databases: Databases, name: str):
    ours = name == "ours"
    with side(databases, name, WORKER, ours=ours) as one:
        one.ask("seed", ours=ours)
        yield one


def _round(
    one: Side, name: str, first: int, count: int, profiles: Path | None
) -> dict[str, Any]:
    """:raises DevError: other drafts were made than the files ask for"""
    profile = str(profiles / f"{one.name}-{first}.prof") if profiles else ""
    answer = one.ask(name, first=first, count=count, profile=profile)
    made = documents.orders(first, count)
    tax = sum(order.tax for order in made)
    expected = {
        "drafts": count,
        "tax": f"{tax:.2f}",
        "total": f"{sum(order.net for order in made) + tax:.2f}",
    }
    if name == "ours":
        expected["linked"] = count * documents.LINES
    if any(answer[key] != value for key, value in expected.items()):
        raise DevError(f"the side {name} did something else: {answer}, not {expected}")
    return answer


def _tell(databases: Databases, name: str, count: int, answer: dict[str, Any]) -> None:
    say(
        f"  {databases.series.name} {name} {count / answer['seconds']:6.1f} bills/s, "
        f"processor {answer['processor'] / count * 1000:6.1f} ms and "
        f"{answer['statements'] / count:6.1f} statements each, "
        f"{answer['linked'] / count:.1f} lines linked to orders"
    )


def _matcher(databases: Databases, chosen: Any) -> list[Ratio]:
    """The same code on all series, by the interpreter of ``./dev``."""
    found = []
    for title, vendors in (("more vendors", 10), ("the same vendors", 1)):
        pairs = [
            (
                matcher.seconds(chosen.lines, matcher.VENDORS),
                matcher.seconds(chosen.lines // 10, matcher.VENDORS // vendors),
            )
            for _ in range(matcher.PAIRS)
        ]
        many, few = zip(*pairs, strict=True)
        found.append(
            Ratio(
                f"{databases.series.name} matcher, ten times as much, {title}",
                _paired(many, few),
                MATCHER_GOAL,
                detail=f"{median(many):.2f} / {median(few):.2f} s, {chosen.lines} bill "
                f"lines against {chosen.lines * matcher.ORDERED} order lines",
            )
        )
    return found


def _memory(databases: Databases, chosen: Any) -> list[Ratio]:
    """The batches after the first, which fills what is never larger afterwards."""
    resident = []
    with _seeded(databases, "ours") as one:
        for first in range(0, chosen.memory_bills + chosen.batch, chosen.batch):
            one.ask("orders", first=first, count=chosen.batch)
            answer = _round(one, "ours", first, chosen.batch, None)
            _tell(databases, "ours", chosen.batch, answer)
            resident.append(answer["resident_mib"])
    quarter = max(len(resident) // 4, 1)
    early, late = mean(resident[1 : quarter + 1]), mean(resident[-quarter:])
    return [
        Ratio(
            f"{databases.series.name} resident memory over {chosen.memory_bills} bills",
            late / early,
            MEMORY_GOAL,
            detail=f"{late:.0f} / {early:.0f} MiB, last quarter / first, batches of "
            f"{chosen.batch}",
        )
    ]


def _paired(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


PARTS: dict[str, Callable[[Databases, Any], list[Ratio]]] = {
    "pace": _pace,
    "matcher": _matcher,
    "memory": _memory,
}


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench ap", description=__doc__)
    parser.add_argument("--bills", type=int, default=100, help="a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lines", type=int, default=10_000, help="of bills, matched")
    parser.add_argument("--memory-bills", type=int, default=10_000)
    parser.add_argument("--batch", type=int, default=500, help="bills, for memory")
    parser.add_argument("--quick", action="store_true", help="a trial: one short round")
    parser.add_argument("--part", dest="parts", action="append", choices=list(PARTS))
    parser.add_argument("--profile", type=Path, help="a folder for cProfile's files")
    chosen = parser.parse_args(arguments)
    chosen.parts = chosen.parts or list(PARTS)
    if chosen.quick:
        chosen.bills, chosen.rounds = 40, 1
        chosen.memory_bills, chosen.batch = 200, 20
    if chosen.profile:
        chosen.profile.mkdir(parents=True, exist_ok=True)
    return chosen
