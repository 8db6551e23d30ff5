"""Write odoo.conf files, for tests, for servers and for setting databases up."""

from collections.abc import Mapping
from pathlib import Path

from . import cache, keys
from .postgres import Server
from .series import Series


def write(
    path: Path,
    series: Series,
    server: Server,
    *,
    database: str | None = None,
    options: Mapping[str, object] | None = None,
    environment: str | None = None,
    sections: Mapping[str, Mapping[str, object]] | None = None,
    settings: Mapping[str, object] | None = None,
) -> Path:
    """Write an odoo.conf for one database.

    :param options: more for ``[options]``; wins over what is set here
    :param environment: ``production`` allows calls outside from ``database``
    :param settings: more for ``[finance_sync]``
    :param sections: whole sections beside ``[options]``, such as ``queue_job``
    """
    known = {
        "addons_path": ",".join(str(one) for one in series.addons_paths),
        "data_dir": cache.folder("data", series.name),
        "db_host": server.host,
        "db_port": server.port,
        "db_user": server.user,
        "db_password": server.password,
        "db_maxconn": 64,
        "server_wide_modules": ",".join(series.server_wide_modules),
        "http_interface": "127.0.0.1",
        "max_cron_threads": 0,
        "admin_passwd": "finance-sync-development",
        "list_db": False,
        # The limits guard a production server; a loaded test machine trips them.
        "limit_time_cpu": 3600,
        "limit_time_real": 3600,
        "limit_memory_soft": 0,
        "limit_memory_hard": 0,
    }
    if database:
        known["db_name"] = database
        known["dbfilter"] = f"^{database}$"
    ours = {
        "keys": keys.development_key(),
        "signing_key": keys.development_signing_key(),
        **(settings or {}),
    }
    if environment:
        ours |= {"environment": environment, "database": database}
    content = {
        "options": {**known, **(options or {})},
        "finance_sync": ours,
        **(sections or {}),
    }
    path.write_text(ini(content))
    path.chmod(0o600)
    return path


def ini(content: Mapping[str, Mapping[str, object]]) -> str:
    """Sections and their values as the text of a configuration file."""
    sections = []
    for section, values in content.items():
        lines = [
            f"[{section}]",
            *(f"{name} = {value}" for name, value in values.items()),
        ]
        sections.append("\n".join(lines) + "\n")
    return "\n".join(sections)
