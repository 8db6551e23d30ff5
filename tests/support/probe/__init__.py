"""An addon for fault tests and benchmarks, which no other database gets."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from scripts.databases import Databases
from scripts.series import Series

ADDON = "finance_sync_probe"


class _ProbedSeries(Series):
    @property
    def addons_paths(self) -> list[Path]:
        return [*super().addons_paths, Path(__file__).parent]


def probed(databases: Databases) -> Databases:
    """The same databases of a series that knows the addon as well."""
    values = {one.name: getattr(databases.series, one.name) for one in fields(Series)}
    return Databases(_ProbedSeries(**values), databases.server)
