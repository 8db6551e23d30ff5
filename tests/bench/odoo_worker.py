"""One side of a benchmark: an Odoo process that does what it is told.

Commands come as lines of JSON, answers go back the same way. Each side has a process
and a database of its own, so that neither memory nor caches are another side's.
"""

from __future__ import annotations

import contextlib
import cProfile
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import odoo
import odoo.api
import odoo.modules.registry
import odoo.tools

# As imports and interfaces run: nothing is tracked, nobody is told. On every side.
CONTEXT = {"tracking_disable": True}


class Worker:
    """Its methods ``do_…`` are the commands; each returns what is answered."""

    def __init__(self, registry: Any) -> None:
        self._registry = registry

    @contextlib.contextmanager
    def _env(self, login: str | None = None) -> Iterator[Any]:
        """Committed in the end; of the superuser, or of a user in their companies."""
        with self._registry.cursor() as cursor:
            env = odoo.api.Environment(cursor, odoo.SUPERUSER_ID, CONTEXT)
            if login:
                user = env["res.users"].search([("login", "=", login)])
                context = {**CONTEXT, "allowed_company_ids": user.company_ids.ids}
                env = odoo.api.Environment(cursor, user.id, context)
            yield env


def user(env: Any, login: str, company: Any, *groups: str) -> Any:
    """A new user, of one company."""
    # Odoo 19 renamed the field.
    field = "group_ids" if "group_ids" in env["res.users"]._fields else "groups_id"
    wanted = [env.ref(group).id for group in ("base.group_user", *groups)]
    return env["res.users"].create(
        {
            "name": login,
            "login": f"bench-{login}",
            "email": f"{login}@bench.example",
            "company_id": company.id,
            "company_ids": [odoo.Command.set(company.ids)],
            field: [odoo.Command.set(wanted)],
        }
    )


def company(env: Any, name: str, **values: Any) -> Any:
    """A new company in US dollars, with the plainest chart of accounts."""
    # Otherwise Odoo 19 installs whatever it knows about the country.
    env = env(context={**env.context, "chart_template_load": True})
    made = env["res.company"].create(
        {"name": name, "currency_id": env.ref("base.USD").id, **values}
    )
    made.currency_id.active = True
    env.user.company_ids |= made
    charts = env["account.chart.template"]
    charts.try_loading("generic_coa", made, install_demo=False)
    return made


def percent_tax(env: Any, company: Any, use: str, rate: float) -> Any:
    """An ordinary tax of the chart, at another rate."""
    tax = env["account.tax"].search(
        [
            ("company_id", "=", company.id),
            ("type_tax_use", "=", use),
            ("amount_type", "=", "percent"),
        ],
        limit=1,
    )
    return tax.copy({"name": f"{rate:g} % {use}", "amount": rate})


def processor_seconds(env: Any) -> float:
    """Of this process and, where they run on this machine, of its database sessions.

    Unlike the clock, it does not count what else the machine is busy with.
    """
    env.cr.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    )
    ticks = 0
    for (pid,) in env.cr.fetchall():
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{pid}/stat").read_text()
            user, system = stat.rpartition(")")[2].split()[11:13]
            ticks += int(user) + int(system)
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def profiled(path: str) -> Iterator[None]:
    """Write cProfile's statistics to a file, if one is given."""
    if not path:
        yield
        return
    with cProfile.Profile(time.process_time) as profile:
        yield
    profile.dump_stats(path)


def serve(worker: type[Worker], config: str, database: str) -> None:
    """Answer commands until there are no more."""
    # Whatever else is printed goes to the errors, answers alone to the output.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    odoo.tools.config.parse_config(
        [
            f"--config={config}",
            f"--database={database}",
            "--no-http",
            "--log-level=error",
            "--log-handler=py.warnings:ERROR",
        ]
    )
    working = worker(odoo.modules.registry.Registry(database))
    for line in sys.stdin:
        command = json.loads(line)
        answer = getattr(working, f"do_{command.pop('do')}")(**command)
        print(json.dumps(answer), file=answers, flush=True)
