"""``./dev shell``: run Python with ``env`` in scope, in Odoo's own shell."""

import sys
import tempfile
from pathlib import Path

from . import cache, conf, postgres
from . import series as series_module
from .databases import Databases
from .postgres import Server
from .run import attached, quiet
from .series import Series, environment


def run(wanted: str | None, database: str | None, rest: list[str]) -> int:
    """Feed standard input to Odoo's shell; without ``--db`` a clone is used.

    Nothing is committed unless the script calls ``env.cr.commit()``.
    """
    series = series_module.choose(wanted, one=True)[0]
    with postgres.serving() as server:
        if database:
            return _attached(series, server, database, rest)
        with Databases(series, server).scratch("shell") as scratch:
            return _attached(series, server, scratch, rest)


def script(series: Series, server: Server, database: str, source: str) -> str:
    """Run ``source`` in ``database`` and return what it printed.

    :raises DevError: it raised
    """
    with tempfile.TemporaryDirectory(dir=cache.folder("tmp")) as folder:
        path = Path(folder) / "script.py"
        path.write_text(source)
        return quiet(
            _command(series, server, database, Path(folder), path),
            what="the script",
            env=_environment(server),
            cwd=cache.CHECKOUT,
        )


def _attached(series, server, database, rest) -> int:
    with tempfile.TemporaryDirectory(dir=cache.folder("tmp")) as folder:
        path = None
        if not sys.stdin.isatty():
            path = Path(folder) / "script.py"
            path.write_text(sys.stdin.read())
        command = _command(series, server, database, Path(folder), path)
        return attached([*command, *rest], cwd=cache.CHECKOUT, env=_environment(server))


def _command(series, server, database, folder, path) -> list[str]:
    config = conf.write(folder / "odoo.conf", series, server, database=database)
    command = [series.python, "-m", "scripts.odoo_script", config, database]
    return [str(part) for part in (*command, *([path] if path else []))]


def _environment(server: Server) -> dict[str, str]:
    return {
        **environment(),
        **server.environment,
        "PYTHONPATH": str(cache.CHECKOUT),
    }
