"""A side of the benchmark ``ap``: what becomes of files, by us or by plain Odoo."""

from __future__ import annotations

import gc
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from odoo import SUPERUSER_ID, api
from odoo.sql_db import Cursor

from .. import odoo_worker
from ..odoo_worker import processor_seconds, profiled
from . import documents, seed

CLERK = f"bench-{seed.CLERK}"
# Files that a clerk brings by one upload, and drafts made by one press of a button.
AT_ONCE = 100


class Worker(odoo_worker.Worker):
    def do_seed(self, ours: bool) -> dict[str, Any]:
        with self._env() as env:
            seed.seed(env, ours)
        return {}

    def do_orders(self, first: int, count: int) -> dict[str, Any]:
        with self._env() as env:
            seed.add_orders(env, first, count)
            # What autovacuum would do in a while.
            env.cr.commit()
            env.cr.execute("ANALYZE")
        return {}

    def do_core(self, first: int, count: int, profile: str = "") -> dict[str, Any]:
        """As a file that is dropped on the journal: one call and one commit each."""
        return self._timed(self._import_by_core, first, count, profile)

    def do_ours(self, first: int, count: int, profile: str = "") -> dict[str, Any]:
        """Uploaded, read and received by jobs, and made drafts of by a clerk."""
        return self._timed(self._import_by_us, first, count, profile)

    def _timed(
        self, work: Callable, first: int, count: int, profile: str
    ) -> dict[str, Any]:
        made = documents.orders(first, count)
        files = [(f"{one.name}.xml", documents.ubl(one)) for one in made]
        gc.collect()
        with self._env() as env:
            processor = processor_seconds(env)
        statements = _Statements()
        started = time.perf_counter()
        with profiled(profile), statements:
            work(files)
        elapsed = time.perf_counter() - started
        with self._env() as env:
            processor = processor_seconds(env) - processor
            outcome = _outcome(env, made)
        return {
            "seconds": elapsed,
            "processor": processor,
            "statements": statements.count,
            "resident_mib": _resident_mib(),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            **outcome,
        }

    def _import_by_core(self, files: list[tuple[str, bytes]]) -> None:
        for name, data in files:
            with self._env(CLERK) as env:
                attachment = env["ir.attachment"].create({"name": name, "raw": data})
                journals = env["account.journal"].with_context(
                    default_move_type="in_invoice"
                )
                journals.create_document_from_attachment(attachment.ids)

    def _import_by_us(self, files: list[tuple[str, bytes]]) -> None:
        for start in range(0, len(files), AT_ONCE):
            with self._env(CLERK) as env:
                for name, data in files[start : start + AT_ONCE]:
                    env["finance.sync.bill.file"]._take_in(
                        env.company, name, data, "upload"
                    )
        self._run_jobs()
        while True:
            with self._env(CLERK) as env:
                matched = env["finance.sync.bill"].search(
                    [("state", "=", "matched")], order="id", limit=AT_ONCE
                )
                if not matched:
                    break
                matched.action_stage()

    def _run_jobs(self) -> None:
        """As the job runner does, but for its HTTP request: two commits each."""
        while True:
            with self._env() as env:
                env.cr.execute(
                    "SELECT uuid FROM queue_job WHERE state = 'pending'"
                    " ORDER BY date_created, id"
                )
                waiting = [row[0] for row in env.cr.fetchall()]
            if not waiting:
                return
            for uuid in waiting:
                self._run_job(uuid)

    def _run_job(self, uuid: str) -> None:
        from odoo.addons.queue_job.job import Job

        with self._registry.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            job = Job.load(env, uuid)
            job.set_started()
            job.store()
            cursor.commit()
            job.lock()
            job.perform()
            env.flush_all()
            job.set_done()
            job.store()
            env.flush_all()
            cursor.commit()


class _Statements:
    """How many statements all cursors have executed meanwhile."""

    def __enter__(self) -> _Statements:
        self.count = 0
        self._execute = Cursor.execute

        def execute(cursor: Any, *args: Any, **named: Any) -> Any:
            self.count += 1
            return self._execute(cursor, *args, **named)

        Cursor.execute = execute
        return self

    def __exit__(self, *exc_info: object) -> None:
        Cursor.execute = self._execute


def _outcome(env: Any, made: list[Any]) -> dict[str, Any]:
    """What came of the files, to see that the sides have done the same."""
    numbers = [documents.bill_number(order) for order in made]
    moves = env["account.move"].search(
        [("move_type", "=", "in_invoice"), ("ref", "in", numbers)]
    )
    return {
        "drafts": len(moves),
        "total": f"{sum(moves.mapped('amount_total')):.2f}",
        "tax": f"{sum(moves.mapped('amount_tax')):.2f}",
        "linked": len(moves.invoice_line_ids.purchase_line_id),
    }


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    odoo_worker.serve(Worker, *sys.argv[1:])
