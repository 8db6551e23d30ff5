"""Copies of a database, as people make them for tests."""

from __future__ import annotations

import tempfile
from pathlib import Path

from scripts import cache, conf, run
from scripts.databases import Databases
from scripts.series import environment


def neutralize(databases: Databases, name: str) -> None:
    """Have Odoo's own command neutralise a database.

    :raises DevError: it failed
    """
    with tempfile.TemporaryDirectory(dir=cache.folder("tmp")) as folder:
        path = Path(folder) / "odoo.conf"
        config = conf.write(path, databases.series, databases.server, database=name)
        run.quiet(
            databases.series.odoo(
                "neutralize", f"--config={config}", f"--database={name}"
            ),
            what=f"neutralising {name}",
            env=environment(),
            cwd=Path(folder),
        )
