"""One side of the benchmark, which makes the documents."""

from __future__ import annotations

import gc
import resource
import sys
import time
from datetime import date
from typing import Any

from odoo import Command

from .. import odoo_worker
from ..odoo_worker import processor_seconds, profiled
from . import seed
from .documents import Document, documents

PARKED, WAITING = "wait_dependencies", "pending"


class Worker(odoo_worker.Worker):
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
        with self._env("bench-accountant") as env, profiled(profile):
            vals = _prepare_vals(env, made)
            processor = processor_seconds(env)
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
            processor = processor_seconds(env) - processor
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


def _move_jobs(env: Any, state: str, target: str) -> None:
    env.cr.execute("UPDATE queue_job SET state = %s WHERE state = %s", [target, state])


if __name__ == "__main__":
    odoo_worker.serve(Worker, *sys.argv[1:])
