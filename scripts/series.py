"""One series made ready to run: its source, its environment, its addons folder."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import addons, cache, odoo_source, run, venvs
from .console import DevError, say, step

KEPT_PORTS = 8


@dataclass(frozen=True)
class Series:
    """A series of Odoo that is there, ready to run our addons."""

    source: odoo_source.Source
    venv: venvs.Venv

    @property
    def name(self) -> str:
        return self.source.series

    @property
    def major(self) -> int:
        return self.source.major

    @property
    def python(self) -> Path:
        return self.venv.python

    @cached_property
    def addons_folder(self) -> Path:
        """Our addons as this series wants them: as they are, or ported."""
        if self.name == "17.0":
            return addons.ADDONS
        return _ported(self)

    @property
    def addons_paths(self) -> list[Path]:
        """Ours first, then OCA's from the environment, then Odoo's own."""
        oca = self.venv.site_packages / "odoo" / "addons"
        ours = [self.addons_folder] if addons.names() else []
        return [*ours, oca, *self.source.addons_paths]

    @property
    def server_wide_modules(self) -> list[str]:
        return ["base", "web"] if self.major < 19 else ["base", "rpc", "web"]

    def odoo(self, *arguments: str | Path) -> list[str]:
        """The command line that starts Odoo."""
        launcher = cache.CHECKOUT / "scripts" / "odoo_bin.py"
        return [str(part) for part in (self.python, launcher, *arguments)]


def load(name: str) -> Series:
    """Make series ``name`` ready.

    :raises DevError: it is not there
    """
    source = odoo_source.find(name)
    if source is None:
        raise DevError(odoo_source.missing_message(name))
    return Series(source, venvs.odoo(source))


def choose(wanted: str | None, *, one: bool) -> list[Series]:
    """The series to work on; those that are not there are named.

    :param wanted: ``17.0``, ``19.0``, ``all``, or None for the verb's default
    :param one: the default is the first series there is, not every one
    """
    if wanted and wanted != "all":
        return [load(wanted)]
    found = []
    for name in odoo_source.SERIES:
        if odoo_source.find(name) is None:
            say(odoo_source.missing_message(name))
            continue
        found.append(load(name))
        if one and not wanted:
            break
    if not found:
        raise DevError("no series of Odoo is there")
    return found


def _ported(series: Series) -> Path:
    rules = Path(__file__).with_name("port.py").read_bytes()
    key = cache.short_hash(addons.full_hash(), rules, str(series.source.path))
    target = cache.folder("build", series.name) / key
    if not cache.is_complete(target):
        with step(f"port of the addons to {series.name}"):
            cache.build(target, lambda path: run_port(series, path / "addons"))
        cache.prune(target.parent, KEPT_PORTS, idle_hours=2)
    cache.touch(target)
    return target / "addons"


def run_port(series: Series, target: Path, source: Path = addons.ADDONS) -> None:
    """Port ``source`` into ``target`` with the series' own upgrader."""
    run.quiet(
        [series.python, "-m", "scripts.port", series.name, source, target],
        what=f"the port to {series.name}",
        cwd=cache.CHECKOUT,
    )


def environment() -> dict[str, str]:
    """The environment for Odoo and its tests: nothing of the caller's Python."""
    dropped = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "ODOO_RC", "OPENERP_SERVER"}
    return {k: v for k, v in os.environ.items() if k not in dropped}
