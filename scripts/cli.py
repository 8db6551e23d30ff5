"""The command line of ``./dev``: verbs, their options, and who does the work."""

import argparse
import os
import signal
import sys

from . import cache, venvs
from .console import DevError, say

MARKER = "FINANCE_SYNC_TOOLS"


def main(arguments: list[str]) -> int:
    """Run one verb; return the exit code."""
    keep_to_the_cache()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        _enter_tools(arguments)
        options, rest = _parse(arguments)
        return options.run(options, rest)
    except DevError as error:
        say(f"dev: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def _terminate(_number, _frame) -> None:
    """End as Ctrl-C does, so that servers and scratch databases are cleaned up."""
    raise KeyboardInterrupt


def keep_to_the_cache() -> None:
    """Point everything that caches by itself into our cache."""
    root = cache.root()
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(root / "pycache"))
    os.environ.setdefault("UV_CACHE_DIR", str(root / "uv"))
    os.environ.setdefault("PIP_CACHE_DIR", str(root / "pip"))
    os.environ.setdefault("PRE_COMMIT_HOME", str(root / "pre-commit"))
    os.environ.setdefault("npm_config_cache", str(root / "npm"))
    os.environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    os.environ["PIP_ROOT_USER_ACTION"] = "ignore"


def _enter_tools(arguments: list[str]) -> None:
    """Go on in the tools' environment, where psycopg2, polib and pre-commit are."""
    tools = venvs.tools()
    if os.environ.get(MARKER) == str(tools.path):
        return
    os.environ[MARKER] = str(tools.path)
    python = str(tools.python)
    command = [python, str(cache.CHECKOUT / "dev"), *arguments]
    os.execv(python, command)  # noqa: S606 - no shell is wanted


def _parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    from . import verbs

    parser = argparse.ArgumentParser(prog="./dev", description=__doc__)
    parsers = parser.add_subparsers(required=True, metavar="VERB")
    for verb in verbs.VERBS:
        one = parsers.add_parser(verb.name, help=verb.help, description=verb.help)
        one.set_defaults(run=verb.run, parser=one)
        for names, settings in verb.options:
            one.add_argument(*names, **settings)
    options, rest = parser.parse_known_args(arguments)
    if rest and not getattr(options.run, "passes_on", False):
        options.parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return options, rest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
