"""The main job on the sample group, for people to look at: ``./dev demo``."""

from __future__ import annotations

import subprocess

from scripts import cache
from scripts import series as series_module


def main(series: str | None, once: bool) -> int:
    """Play the demo by the Python of a series, which has what the simulator needs.

    :param series: which one; by default the first there is
    :param once: end after the table
    :return: 0 if every row is right
    """
    chosen = series_module.choose(series, one=True)[0]
    command = [str(chosen.python), "-m", "tests.demo", chosen.name]
    process = subprocess.Popen(
        [*command, "--once"] if once else command, cwd=cache.CHECKOUT
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal has told both; the demo cleans up after itself.
            continue
