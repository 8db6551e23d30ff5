"""The provider simulator in a process of its own."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.simulator.client import SimulatorClient

CHECKOUT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10


@contextlib.contextmanager
def simulator(python: Path | str) -> Iterator[SimulatorClient]:
    """Run the simulator on a free port; it needs a Python that has Werkzeug.

    :raises RuntimeError: it did not start
    """
    process = subprocess.Popen(
        [str(python), "-m", "tests.simulator", "--port", "0"],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline()
        if not said.startswith("Simulator ready at "):
            raise RuntimeError(f"The simulator did not start: {said!r}")
        yield SimulatorClient(said.split()[-1])
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        process.stdout.close()
