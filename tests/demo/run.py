"""Set the stage, play, show the table, and stay up until Ctrl-C."""

from __future__ import annotations

import contextlib

from scripts import postgres, samplegroup
from scripts import series as series_module
from scripts.console import say, step
from scripts.databases import Databases
from scripts.server import OdooServer
from tests.samplegroup.connection import ACCOUNT, AVATAX, LICENCE
from tests.samplegroup.data import USERS
from tests.support import faulty, table
from tests.support.group import Group
from tests.support.ordered_bills import Bills
from tests.support.simulated import simulator as simulator_process
from tests.support.waiting import wait_for

from . import bills, outage
from .stage import HEAD, RIGHT, Row, Stage, attempt
from .stories import STORIES

WORKERS = 4


def main(series: str | None, once: bool) -> int:
    """Play on one series; the exit code says whether every row is right."""
    chosen = series_module.choose(series, one=True)[0]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(postgres.serving())
        databases = Databases(chosen, server)
        sample = samplegroup.template(databases)
        database = stack.enter_context(databases.scratch("demo", template=sample))
        with step("Odoo, the job runner and the simulator start"):
            simulator = stack.enter_context(simulator_process(chosen.python))
            odoo = stack.enter_context(
                OdooServer(chosen, database, workers=WORKERS, server=server)
            )
        rows = _play(odoo, databases, simulator, chosen.name)
        print(f"\n{table.render(HEAD, [row.cells for row in rows], right=RIGHT)}\n")
        wrong = sum(bool(row.wrong) for row in rows)
        print(f"Odoo {chosen.name}: {len(rows)} rows, {wrong} wrong", flush=True)
        if not once:
            _stay(odoo, simulator.url)
    return 1 if wrong else 0


def _play(odoo: OdooServer, databases: Databases, simulator, series: str) -> list[Row]:
    group = Group(odoo.url, odoo.db)
    group.point_to(AVATAX, f"{simulator.url}/avatax", user=ACCOUNT, secret=LICENCE)
    with contextlib.closing(databases.connect(odoo.db)) as connection:

        def kill_worker(exchange_uuid: str) -> bool:
            cursor = connection.cursor()
            pid = wait_for(
                "the worker at the exchange",
                lambda: faulty.worker_pid(cursor, exchange_uuid),
                seconds=10,
            )
            odoo.kill_worker(pid)
            return True

        stage = Stage(group, simulator, kill_worker, Bills(group, series))
        stories = (*STORIES, *bills.STORIES)
        with step(f"{len(stories)} stories, documents created and posted"):
            endings = [attempt(title, story, stage) for title, story in stories]
        with step("their jobs end"):
            rows = [row for end in endings for row in end()]
        for title, story in outage.STORIES:
            with step(title):
                rows += attempt(title, story, stage)()
    return rows


def _stay(odoo: OdooServer, simulator_url: str) -> None:
    logins = ", ".join(role for role in ("admin", *USERS) if "-" not in role)
    say(f"\n{odoo.url} is Odoo; {simulator_url}/avatax is the tax engine.")
    say(f"Logins, each with its name as password: {logins}")
    say("Ctrl-C ends it.")
    try:
        odoo.wait()
    except KeyboardInterrupt:
        say("")
