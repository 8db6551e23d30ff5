"""``./dev test``: three layers of tests, on every series there is.

*unit* needs no Odoo: ``addons/*/tests/unit``, the simulator's own tests and those of
``scripts``. *orm* runs the addons' other tests, and ``tests/corpora``, with pytest-odoo
on a clone of the template. *e2e* runs the rest of ``tests/`` against real servers. Each
layer is a process of its own; paths choose the layers. The first two run on all series
at once; the last starts servers, kills them and looks at the clock, so one series has
the machine at a time.
"""

import concurrent.futures
import contextlib
import datetime
import json
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import (
    addons,
    cache,
    chromium,
    conf,
    corpora,
    openssh,
    postgres,
    rabbitmq,
    tesseract,
)
from . import series as series_module
from .console import say
from .databases import Databases
from .run import Beside, attached
from .series import Series, environment

NO_TESTS = 5
NOT_E2E = ("bench", "corpora", "simulator", "unit_scripts")
CORPORA = cache.CHECKOUT / "tests" / "corpora"
COUNTED = ("passed", "failed", "errors", "skipped")


@dataclass
class Selection:
    """What the arguments choose: paths per layer, and the rest for pytest."""

    unit: list[Path] = field(default_factory=list)
    orm: list[Path] = field(default_factory=list)
    e2e: list[Path] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    everything: bool = False


@dataclass(frozen=True)
class Faults:
    """How often ``tests/faults`` tries each fault, and the seed of its choices."""

    repeats: int = 2
    seed: int | None = None

    @property
    def environment(self) -> dict[str, str]:
        told = {"FINANCE_SYNC_FAULT_REPEATS": str(self.repeats)}
        if self.seed is not None:
            told["FINANCE_SYNC_FAULT_SEED"] = str(self.seed)
        return told


def run(wanted, arguments, *, database=None, update=None, faults=None) -> int:
    """Run the chosen tests on the chosen series; return the exit code."""
    faults = faults or Faults()
    selection = select(arguments)
    chosen = series_module.choose(wanted, one=False)
    needs_server = selection.orm or selection.e2e
    with postgres.serving() if needs_server else contextlib.nullcontext() as server:
        outcomes = _outcomes(
            [
                Runner(series, server, selection, database, update, faults)
                for series in chosen
            ]
        )
    for outcome in outcomes:
        print(outcome.line, flush=True)
    total = {key: sum(one.counts[key] for one in outcomes) for key in COUNTED}
    failed = total["failed"] + total["errors"]
    print(f"{total['passed']} passed, {failed} failed, {total['skipped']} skipped")
    return max(one.exit_code for one in outcomes)


def _outcomes(runners: "list[Runner]") -> "list[Outcome]":
    """What the runners come to: first without servers, side by side, then with."""
    with contextlib.ExitStack() as stack:
        for runner in runners:
            stack.enter_context(runner.scratch_folder())
        if len(runners) > 1:
            _side_by_side(runners)
        else:
            runners[0].without_servers()
        for runner in runners:
            runner.with_servers()
    return [runner.outcome() for runner in runners]


def _side_by_side(runners: "list[Runner]") -> None:
    beside = Beside()
    with concurrent.futures.ThreadPoolExecutor(len(runners)) as pool:
        try:
            running = [pool.submit(one.without_servers, beside) for one in runners]
            for one in concurrent.futures.as_completed(running):
                one.result()
        except BaseException:
            beside.stop()
            raise


def select(arguments: list[str]) -> Selection:
    """Sort arguments into paths by layer and options of pytest."""
    selection = Selection()
    for argument in arguments:
        path = Path(argument.split("::")[0])
        if argument.startswith("-") or not path.exists():
            selection.options.append(argument)
        else:
            _place(selection, path.resolve(), argument.partition("::")[2])
    if not (selection.unit or selection.orm or selection.e2e):
        selection.everything = not selection.options
        _place_all(selection)
    return selection


def _place_all(selection: Selection) -> None:
    tests = cache.CHECKOUT / "tests"
    for name in addons.names():
        _place(selection, addons.ADDONS / name, "")
    for layer in ("simulator", "unit_scripts"):
        if (tests / layer).is_dir():
            selection.unit.append(tests / layer)
    if CORPORA.is_dir():
        selection.orm.append(CORPORA)
    if tests.is_dir():
        selection.e2e.append(tests)


def _place(selection: Selection, path: Path, node: str) -> None:
    target = Path(f"{path}::{node}") if node else path
    inner = path.relative_to(cache.CHECKOUT).parts
    if inner == ("addons",):
        for name in addons.names():
            _place(selection, path / name, "")
    elif inner[0] == "addons":
        if "unit" in inner:
            selection.unit.append(target)
            return
        selection.orm.append(target)
        below = path / "tests" if len(inner) == 2 else path
        if (below / "unit").is_dir():
            selection.unit.append(below / "unit")
    elif inner[:2] in (("tests", "simulator"), ("tests", "unit_scripts")):
        selection.unit.append(target)
    elif inner[:2] == ("tests", "corpora"):
        selection.orm.append(target)
    else:
        selection.e2e.append(target)


@dataclass
class Outcome:
    """What one series' run came to."""

    series: str
    exit_code: int
    counts: dict[str, int]

    @property
    def line(self) -> str:
        shown = ", ".join(f"{value} {key}" for key, value in self.counts.items())
        return f"Odoo {self.series}: {shown}"


class Runner:
    """The tests of one series."""

    def __init__(self, series, server, selection, database, update, faults):
        self.series: Series = series
        self.server: postgres.Server | None = server
        self.selection: Selection = selection
        self.database = database
        self.update = update
        self.faults: Faults = faults
        self.browser: dict[str, str] = {}
        self.beside: Beside | None = None
        self.documents: dict[str, str] = {}
        self.programs: dict[str, str] = {}
        self.counts = dict.fromkeys(COUNTED, 0)
        self.exit_codes: list[int] = []

    @contextlib.contextmanager
    def scratch_folder(self):
        """Have a folder for configurations and reports, as long as this lasts."""
        with tempfile.TemporaryDirectory(dir=cache.folder("tmp")) as scratch:
            self.scratch = Path(scratch)
            yield

    def without_servers(self, beside: Beside | None = None) -> None:
        """Run the layers that start no server, ``beside`` those of other series."""
        self.beside = beside
        paths = [*self.selection.unit, *self.selection.orm]
        for program in (tesseract, openssh):
            if program.is_wanted(paths):
                self.programs |= program.environment()
        self._unit()
        self._orm()
        self.beside = None

    def with_servers(self) -> None:
        """Run the layer that starts servers."""
        self._e2e()

    def outcome(self) -> Outcome:
        """What was run came to; recorded if it was everything."""
        bad = [one for one in self.exit_codes if one not in (0, NO_TESTS)]
        code = abs(bad[0]) if bad else 0
        executed = sum(self.counts.values()) - self.counts["skipped"]
        if not code and not executed:
            say(f"Odoo {self.series.name}: no test was run")
            code = NO_TESTS
        outcome = Outcome(self.series.name, code, self.counts)
        if self.selection.everything:
            self._record(outcome)
        return outcome

    def _unit(self) -> None:
        if self.selection.unit:
            self._pytest(
                "unit",
                self.selection.unit,
                ["-p", "no:odoo", "-p", "scripts.pytest_unit"],
            )

    def _orm(self) -> None:
        paths = self.selection.orm
        if not paths:
            return
        if any(path.is_relative_to(CORPORA) for path in paths):
            self.documents = corpora.environment()
        chosen = None if self.selection.everything else _addons_of(paths)
        databases = Databases(self.series, self.server)
        with self._orm_database(databases, chosen) as name:
            config = conf.write(
                self.scratch / "odoo.conf",
                self.series,
                self.server,
                database=name,
                options={"log_level": "critical"},
            )
            self._pytest(
                "orm",
                _files_of(paths),
                [
                    f"--odoo-config={config}",
                    f"--odoo-database={name}",
                    "--odoo-http",
                ],
            )

    def _e2e(self) -> None:
        if self.selection.e2e:
            self.browser = {**chromium.environment(), **rabbitmq.environment()}
            self._pytest(
                "e2e",
                self.selection.e2e,
                ["-p", "no:odoo", *(f"--ignore=tests/{one}" for one in NOT_E2E)],
            )

    @contextlib.contextmanager
    def _orm_database(self, databases: Databases, chosen: list[str] | None):
        """A scratch clone of the template, or the database the caller keeps."""
        if not self.database:
            with databases.scratch("orm", chosen) as name:
                yield name
            return
        if not databases.exists(self.database):
            databases.clone(databases.template(chosen), self.database)
        elif self.update:
            databases.install(self.database, self.update.split(","), update=True)
        yield self.database

    def _pytest(self, layer: str, paths: list[Path], options: list[str]) -> None:
        say(f"--- Odoo {self.series.name}: {layer} tests")
        report = self.scratch / f"{layer}.json"
        command = [self.series.python, "-m", "pytest"]
        command += ["-c", cache.CHECKOUT / "pyproject.toml"]
        command += ["--rootdir", cache.CHECKOUT, "--import-mode=importlib"]
        command += ["-p", "scripts.pytest_report", *options]
        command += [*self.selection.options, *map(self._ported, paths)]
        where = {"cwd": cache.CHECKOUT, "env": self._environment(report)}
        if self.beside:
            code = self.beside.attached(command, label=self.series.name, **where)
        else:
            code = attached(command, **where)
        self.exit_codes.append(code)
        if report.exists():
            for key, value in json.loads(report.read_text()).items():
                self.counts[key] += value

    def _ported(self, path: Path) -> str:
        """Where a test lies in the addons of this series."""
        if not path.is_relative_to(addons.ADDONS):
            return str(path)
        return str(self.series.addons_folder / path.relative_to(addons.ADDONS))

    def _environment(self, report: Path) -> Mapping[str, str]:
        return {
            **environment(),
            **(self.server.environment if self.server else {}),
            "PYTHONPATH": str(cache.CHECKOUT),
            "FINANCE_SYNC_SERIES": self.series.name,
            "FINANCE_SYNC_ADDONS": str(self.series.addons_folder),
            "FINANCE_SYNC_REPORT": str(report),
            **self.programs,
            **self.browser,
            **self.documents,
            **self.faults.environment,
        }

    def _record(self, outcome: Outcome) -> None:
        """Keep what a full run came to, for whoever asks what is green."""
        path = cache.folder("results") / f"{self.series.name}.json"
        state = {
            "commit": _git("rev-parse", "HEAD"),
            "dirty": bool(_git("status", "--porcelain")),
            **outcome.counts,
            "exit_code": outcome.exit_code,
            "when": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        }
        path.write_text(json.dumps(state, indent=2) + "\n")


def _files_of(paths: list[Path]) -> list[Path]:
    """ORM tests by file: of a folder, pytest would import the unit tests' conftest.

    On 19.0 that fails, as addons are not imported from ``odoo.addons`` then.
    """
    files = []
    for path in paths:
        below = sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
        files += [file for file in below if "unit" not in file.parts]
    return files


def _addons_of(paths: list[Path]) -> list[str] | None:
    """What the tests need installed; None, which is everything, for documents."""
    if any(path.is_relative_to(CORPORA) for path in paths):
        return None
    return sorted({path.relative_to(addons.ADDONS).parts[0] for path in paths})


def _git(*arguments: str) -> str | None:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=cache.CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
