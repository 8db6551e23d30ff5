"""promtool, which checks alert rules and figures: the machine's, or Debian's."""

import shutil
from pathlib import Path

from . import cache, debian
from .console import DevError, step, warn


def promtool() -> Path | None:
    """Where it is; None (said aloud) where it cannot be had."""
    try:
        found = shutil.which("promtool")
        return Path(found) if found else _unpacked()
    except DevError as error:
        warn(f"no promtool, alert rules are checked without it: {error}")
        return None


def _unpacked() -> Path:
    suite = debian.this_release()
    target = cache.root() / f"debian-prometheus-{suite.name}"
    if not cache.is_complete(target):
        with step("promtool from Debian"):
            cache.build(target, lambda path: suite.unpack(["prometheus"], path))
    return target / "usr" / "bin" / "promtool"
