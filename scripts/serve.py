"""``./dev serve``: serve one database until Ctrl-C."""

from . import postgres
from . import series as series_module
from .console import say
from .server import OdooServer


def run(wanted: str | None, database: str, *, port: int, production: bool) -> int:
    """Serve ``database`` with workers, websocket and the job runner."""
    environment = "production" if production else None
    series = series_module.choose(wanted, one=True)[0]
    with (
        postgres.serving() as server,
        OdooServer(
            series, database, server=server, environment=environment, port=port
        ) as odoo,
    ):
        say(f"{odoo.url} serves {database} (log: {odoo.log_path}); Ctrl-C ends it")
        return odoo.wait()
