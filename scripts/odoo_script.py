"""Run a script with ``env`` in scope, by a series' Python. Used by ``./dev shell``.

Odoo's own shell swallows the exception of a piped script and exits with 0; here a
failing script is a failing command.
"""

import code
import sys
from pathlib import Path

import odoo
import odoo.api
import odoo.modules.registry
import odoo.tools


def main(config: str, database: str, script: str | None = None) -> None:
    odoo.tools.config.parse_config(
        [
            f"--config={config}",
            f"--database={database}",
            "--log-level=warn",
            "--no-http",
        ]
    )
    registry = odoo.modules.registry.Registry(database)
    with registry.cursor() as cursor:
        env = odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})
        env = env(context=dict(env["res.users"].context_get()))
        scope = {"__name__": "__main__", "env": env, "odoo": odoo, "self": env.user}
        if script is None:
            code.interact("env is in scope; env.cr.commit() keeps changes", local=scope)
        else:
            source = Path(script).read_text()
            exec(compile(source, "script", "exec"), scope)  # noqa: S102 - its purpose
        cursor.rollback()


if __name__ == "__main__":
    main(*sys.argv[1:])
