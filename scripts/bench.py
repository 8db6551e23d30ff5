"""``./dev bench NAME``: measure, print each ratio beside its goal.

``tests/bench/NAME.py`` has ``main(series_list, options) -> list[Ratio]``.
"""

import importlib
import os
from dataclasses import dataclass
from pathlib import Path

from . import cache, postgres
from . import series as series_module
from .console import DevError

FOLDER = cache.CHECKOUT / "tests" / "bench"


@dataclass(frozen=True)
class Ratio:
    """One measured number and what it should be.

    :param detail: the figures behind it: medians, rates, peak memory
    """

    name: str
    value: float
    goal: float
    higher_is_better: bool = False
    detail: str = ""

    @property
    def reached(self) -> bool:
        """Whether the goal is met; not-a-number never is."""
        if self.higher_is_better:
            return self.value >= self.goal
        return self.value <= self.goal

    @property
    def line(self) -> str:
        sign = "≥" if self.higher_is_better else "≤"
        verdict = "ok" if self.reached else "MISSED"
        return (
            f"{verdict:6}  {self.name:<44} {self.value:>7.2f}  "
            f"(goal {sign} {self.goal:g})  {self.detail}"
        )


@dataclass(frozen=True)
class Options:
    """What a benchmark gets beside the series.

    :param server: PostgreSQL; its variables are in the environment too
    :param arguments: what the command line had beyond our own options
    """

    server: postgres.Server
    arguments: list[str]


def run(name: str, wanted: str | None, arguments: list[str]) -> int:
    """Run one benchmark; 0 if it measured something and every goal is met.

    ``--durable`` measures with PostgreSQL's own durability instead of the test
    cluster's, which may lose data with the machine.
    """
    if not (FOLDER / f"{name}.py").is_file():
        known = sorted(Path(path).stem for path in FOLDER.glob("[a-z]*.py"))
        raise DevError(
            f"no benchmark {name!r}; there are: {', '.join(known) or 'none'}"
        )
    durable = "--durable" in arguments
    rest = [one for one in arguments if one != "--durable"]
    chosen = series_module.choose(wanted, one=False)
    with postgres.serving("bench", durable=durable) as server:
        os.environ.update(server.environment)
        module = importlib.import_module(f"tests.bench.{name}")
        ratios = module.main(chosen, Options(server, rest))
    for ratio in ratios:
        print(ratio.line, flush=True)
    missed = sum(not ratio.reached for ratio in ratios)
    print(f"{len(ratios)} ratios, {missed} missed")
    return 0 if ratios and not missed else 1
