"""``./dev simulator``: the other side alone, for trying things by hand."""

import os

from . import cache
from . import series as series_module
from .run import attached


def run(arguments: list[str]) -> int:
    """Run ``python -m tests.simulator`` by the Python of a series that is there."""
    series = series_module.choose(None, one=True)[0]
    command = [series.python, "-m", "tests.simulator", *arguments]
    return attached(command, cwd=cache.CHECKOUT, env=dict(os.environ))
