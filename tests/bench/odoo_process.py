"""A side of a benchmark, seen from ``./dev``: an Odoo process on a database of its own.

The other end is :mod:`tests.bench.odoo_worker`.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts import cache, conf
from scripts.console import DevError
from scripts.databases import Databases
from scripts.series import environment

STOP_SECONDS = 30


class Side:
    """A process that works in a database of its own when it is told to."""

    def __init__(self, name: str, database: str, process: subprocess.Popen) -> None:
        self.name = name
        self.database = database
        self._process = process

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Do something and wait for the answer.

        :raises DevError: the process has ended
        """
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise DevError(f"the side {self.name} failed at {do!r}; see above")
        return json.loads(line)


@contextlib.contextmanager
def side(databases: Databases, name: str, worker: str, *, ours: bool) -> Iterator[Side]:
    """A process of the module ``worker`` on a fresh database.

    :param ours: whether our addons are in that database
    """
    modules = None if ours else []
    with databases.scratch(f"bench_{name}", modules) as database:  # noqa: SIM117
        with _process(databases, database, worker) as process:
            yield Side(name, database, process)


@contextlib.contextmanager
def _process(
    databases: Databases, database: str, worker: str
) -> Iterator[subprocess.Popen]:
    series, server = databases.series, databases.server
    with tempfile.TemporaryDirectory(dir=cache.folder("tmp")) as folder:
        config = conf.write(
            Path(folder) / "odoo.conf", series, server, database=database
        )
        command = [series.python, "-m", worker, config, database]
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cache.CHECKOUT,
            env={**environment(), **server.environment, "PYTHONPATH": cache.CHECKOUT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
