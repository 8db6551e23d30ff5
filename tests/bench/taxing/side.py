"""The sides of the benchmark, with what they need in their databases."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from scripts.databases import Databases
from tests.bench.odoo_process import Side, side

SIDES = ("plain", "table", "engine")
WORKER = "tests.bench.taxing.worker"


@contextlib.contextmanager
def running(databases: Databases, name: str, simulator: str) -> Iterator[Side]:
    """A seeded side. The plain one has none of our addons in its database."""
    with side(databases, name, WORKER, ours=name != "plain") as one:
        one.ask("seed", side=name, simulator=simulator)
        yield one
