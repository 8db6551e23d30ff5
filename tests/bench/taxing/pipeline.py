"""Jobs that record invoices at an engine: how many a second, at which latency."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from scripts.databases import Databases
from scripts.server import OdooServer
from tests.bench.odoo_process import Side
from tests.support.waiting import wait_for

# The same for every latency. A job of two answers at 100 ms waits 0.2 s, so that many
# of them have to wait at once to keep the processors busy.
LANE = 12
WORKERS = LANE + 2
CHANNELS = f"root:{LANE},root.finance_sync:{LANE},root.finance_sync.operational:{LANE}"
SECONDS = 600


class Pipeline:
    """A running server whose jobs are let loose all at once."""

    def __init__(self, side: Side, simulator: Any, cursor: Any) -> None:
        self._side = side
        self._simulator = simulator
        self._cursor = cursor

    def rate(self, jobs: int, number: int, latency: float) -> float:
        """Jobs a second: ``jobs`` invoices, posted before, are recorded.

        :param number: seed of the invoices
        :param latency: seconds that each answer of the engine takes
        """
        self._simulator.set_latency(0)
        self._side.ask("round", count=jobs, number=number, parked=True)
        self._simulator.set_latency(latency)
        before = self._done()
        started = time.perf_counter()
        self._side.ask("release")
        wait_for(
            f"{jobs} jobs",
            lambda: self._done() >= before + jobs,
            seconds=SECONDS,
            interval=0.02,
        )
        return jobs / (time.perf_counter() - started)

    def _done(self) -> int:
        self._cursor.execute(
            "SELECT count(*) FROM finance_sync_exchange WHERE state = 'done'"
        )
        return self._cursor.fetchone()[0]


@contextlib.contextmanager
def running(databases: Databases, side: Side, simulator: Any) -> Iterator[Pipeline]:
    """A server with workers and job runner on the database of ``side``."""
    with (
        OdooServer(
            databases.series,
            side.database,
            workers=WORKERS,
            channels=CHANNELS,
            server=databases.server,
        ),
        contextlib.closing(databases.connect(side.database)) as connection,
    ):
        yield Pipeline(side, simulator, connection.cursor())
