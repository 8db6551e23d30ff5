"""``./dev lint``: every pre-commit hook on every file."""

import os
import shutil

from . import cache, venvs
from .console import warn
from .run import attached

NODE_HOOKS = ("prettier",)


def run(arguments: list[str]) -> int:
    """Run pre-commit from the tools' environment; hooks' names may be passed."""
    environment = dict(os.environ)
    if not (shutil.which("node") and shutil.which("npm")):
        warn("there is no Node here: prettier is NOT checked")
        skipped = [environment.get("SKIP", ""), *NODE_HOOKS]
        environment["SKIP"] = ",".join(filter(None, skipped))
    pre_commit = venvs.tools().path / "bin" / "pre-commit"
    return attached(
        [pre_commit, "run", "--all-files", "--show-diff-on-failure", *arguments],
        cwd=cache.CHECKOUT,
        env=environment,
    )
