"""One side of the benchmark: an Odoo process that does what it is told.

Commands come as lines of JSON, answers go back the same way. Each side has a process
and a database of its own, so that neither memory nor caches are another side's.
"""

from __future__ import annotations

import contextlib
import cProfile
import gc
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import odoo
import odoo.api
import odoo.modules.registry
import odoo.tools
from odoo import Command

from . import seed
from .documents import Document, documents

# As imports and interfaces run: nothing is tracked, nobody is told. On every side.
CONTEXT = {"tracking_disable": True}
PARKED, WAITING = "wait_dependencies", "pending"


class Worker:
    def __init__(self, registry: Any) -> None:
        self._registry = registry

    @contextlib.contextmanager
    def _env(self, login: str | None = None) -> Iterator[Any]:
        with self._registry.cursor() as cursor:
            env = odoo.api.Environment(cursor, odoo.SUPERUSER_ID, CONTEXT)
            if login:
                user = env["res.users"].search([("login", "=", login)])
                context = {**CONTEXT, "allowed_company_ids": user.company_ids.ids}
                env = odoo.api.Environment(cursor, user.id, context)
            yield env

    def do_seed(self, side: str, simulator: str) -> dict[str, Any]:
        with self._env() as env:
            seed.seed(env, side, simulator)
        return {}

    def do_round(
        self, count: int, number: int, profile: str = "", parked: bool = False
    ) -> dict[str, Any]:
        """Create, determine and post ``count`` invoices; how long that took, in s.

        :param number: seed of the invoices
        :param profile: a file for cProfile's statistics
        :param parked: jobs wait until they are released
        """
        made = documents(count, number)
        gc.collect()
        with self._env("bench-accountant") as env, _profiled(profile):
            vals = _prepare_vals(env, made)
            processor = _processor_seconds(env)
            started = time.perf_counter()
            moves = env["account.move"].create(vals)
            env.flush_all()
            created = time.perf_counter()
            moves.action_post()
            env.flush_all()
            if parked:
                _move_jobs(env, WAITING, PARKED)
            env.cr.commit()
            ended = time.perf_counter()
            processor = _processor_seconds(env) - processor
            outcome = _outcome(moves)
        return {
            "create": created - started,
            "post": ended - created,
            "processor": processor,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            **outcome,
        }

    def do_release(self) -> dict[str, Any]:
        """Let the parked jobs run."""
        with self._env() as env:
            _move_jobs(env, PARKED, WAITING)
        return {}


def _prepare_vals(env: Any, made: list[Document]) -> list[dict[str, Any]]:
    products = env["product.product"].search(
        [("default_code", "=like", "BENCH-%")], order="id"
    )
    customers = env["res.partner"].search([("ref", "=like", "bench-%")], order="id")
    return [
        {
            "move_type": "out_invoice",
            "partner_id": customers[document.customer].id,
            "invoice_date": date.today(),  # noqa: DTZ011 - as a person would
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": products[line.product].id,
                        "price_unit": float(line.price),
                        "quantity": line.quantity,
                    }
                )
                for line in document.lines
            ],
        }
        for document in made
    ]


def _outcome(moves: Any) -> dict[str, Any]:
    """What came of the documents, to see that the sides have done the same."""
    moves.invalidate_recordset()
    return {
        "posted": len(moves.filtered(lambda move: move.state == "posted")),
        "tax": f"{sum(moves.mapped('amount_tax')):.2f}",
        "tax_lines": len(moves.line_ids.filtered("tax_line_id")),
    }


def _processor_seconds(env: Any) -> float:
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


def _move_jobs(env: Any, state: str, target: str) -> None:
    env.cr.execute("UPDATE queue_job SET state = %s WHERE state = %s", [target, state])


@contextlib.contextmanager
def _profiled(path: str) -> Iterator[None]:
    if not path:
        yield
        return
    with cProfile.Profile(time.process_time) as profile:
        yield
    profile.dump_stats(path)


def main(config: str, database: str) -> None:
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
    worker = Worker(odoo.modules.registry.Registry(database))
    for line in sys.stdin:
        command = json.loads(line)
        answer = getattr(worker, f"do_{command.pop('do')}")(**command)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
