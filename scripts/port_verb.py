"""``./dev port SERIES DIR``: write our addons as a later series wants them."""

from pathlib import Path

from . import series as series_module
from .console import DevError, say


def run(name: str, directory: str) -> int:
    target = Path(directory).absolute()
    if target.exists() and any(target.iterdir()):
        raise DevError(f"{target} is not empty")
    series_module.run_port(series_module.load(name), target)
    say(f"the addons for {name} are in {target}")
    return 0
