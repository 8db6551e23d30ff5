"""``./dev db NAME``: a database with every addon and the sample group."""

from . import postgres, samplegroup
from . import series as series_module
from .console import say
from .databases import Databases


def run(name: str, wanted: str | None, *, update: str | None, bare: bool) -> int:
    """Make the database anew, or update addons in the one that is there."""
    series = series_module.choose(wanted, one=True)[0]
    with postgres.serving() as server:
        databases = Databases(series, server)
        if update and databases.exists(name):
            databases.install(name, update.split(","), update=True)
        else:
            origin = databases.template() if bare else samplegroup.template(databases)
            databases.drop(name)
            databases.clone(origin, name)
    say(f"database {name} (Odoo {series.name}) is ready")
    return 0
