"""Find Odoo's source per series, or fetch it.

17.0 comes from ``ODOO_17`` or ``<cache>/odoo-17.0``; 19.0 from ``ODOO_19``,
``<cache>/odoo-19.0`` or, by itself, Debian's package ``odoo-19``.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from . import cache, debian
from .console import DevError, step

SERIES = ("17.0", "19.0")

# Debian's package links into these instead of carrying its own copies.
DEBIAN_19 = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
)


@dataclass(frozen=True)
class Source:
    """One series' Odoo: what goes on Python's path and where its addons are."""

    series: str
    path: Path

    @property
    def addons_paths(self) -> list[Path]:
        """A checkout keeps most addons in ``addons``; packages have all in one."""
        inner = self.path / "odoo" / "addons"
        if (inner / "account").is_dir():
            return [inner]
        return [inner, self.path / "addons"]

    @property
    def major(self) -> int:
        return int(self.series.split(".")[0])


def find(series: str) -> Source | None:
    """The source of ``series``, fetched when that is possible, else None."""
    variable = f"ODOO_{series.split('.')[0]}"
    named = os.environ.get(variable)
    if named:
        path = Path(named).expanduser().absolute()
        if not _is_odoo(path):
            raise DevError(f"{variable}={named} is no Odoo source tree")
        return Source(series, path)
    lying = cache.root() / f"odoo-{series}"
    if _is_odoo(lying):
        return Source(series, lying)
    if series == "19.0" and debian.is_available():
        return Source(series, _from_debian())
    return None


def missing_message(series: str) -> str:
    """What a person can do about a series that is not there."""
    variable = f"ODOO_{series.split('.')[0]}"
    return (
        f"Odoo {series} is not there: set {variable} to a source tree "
        f"or put one at {cache.root() / f'odoo-{series}'}"
    )


def _is_odoo(path: Path) -> bool:
    return (path / "odoo" / "release.py").is_file()


def _from_debian() -> Path:
    target = cache.root() / "debian-odoo-19"
    if not cache.is_complete(target):
        with step("Odoo 19.0 from Debian"):
            cache.build(
                target, lambda path: debian.Suite("sid").unpack(DEBIAN_19, path)
            )
    return target / "usr" / "lib" / "python3" / "dist-packages"
