"""Batches on real cursors and committed data."""

import threading
from unittest.mock import patch

import psycopg2
from odoo.tools import mute_logger

from . import provider
from .transactions import TransactionsCase

OPERATION = "echo.small"


class TestBatches(TransactionsCase):
    def setUp(self):
        super().setUp()
        with self.committed() as env:
            entry = {"move_type": "entry", "journal_id": self.journal_id}
            self.move_ids = env["account.move"].create([entry] * 3).ids
        self.addCleanup(self.drop_moves)

    def drop_moves(self):
        with self.committed() as env:
            env["account.move"].browse(self.move_ids).unlink()

    def enqueue_all(self):
        with self.committed() as env:
            return self.put(env)

    def put(self, env):
        connection = env["finance.sync.connection"].browse(self.connection_id)
        return (
            env["finance.sync.exchange"]
            ._enqueue_many(
                [
                    {
                        "document": move,
                        "operation": OPERATION,
                        "connection": connection,
                        "request": {"number": "INV/1"},
                    }
                    for move in env["account.move"].browse(self.move_ids)
                ]
            )
            .ids
        )

    def drain(self, turn=0):
        with self.committed(self.admin_id) as env:
            exchanges = env["finance.sync.exchange"]
            return exchanges._job_drain(self.connection_id, OPERATION, self.company_id)

    def states(self, exchanges):
        return [self.look(exchange, "state")[0] for exchange in exchanges]

    def jobs(self, env):
        return env["queue.job"].search(
            [("identity_key", "like", "finance_sync:drain:")], order="id"
        )

    def own_jobs(self, exchanges):
        with self.committed() as env:
            uuids = env["finance.sync.exchange"].browse(exchanges).mapped("uuid")
            keys = [f"finance_sync:{uuid}" for uuid in uuids]
            return env["queue.job"].search_count([("identity_key", "in", keys)])

    def test_racing_batches(self):
        exchanges = self.enqueue_all()

        def drain(turn):
            try:
                return self.drain()
            except psycopg2.OperationalError as error:
                return error

        with mute_logger("odoo.sql_db"):
            self.race(4, drain)
        self.drain()
        self.assertEqual(self.states(exchanges), ["done"] * 3)
        self.assertEqual(self.provider.count, 3)
        self.assertEqual(len(self.provider.requests), 3)

    def test_killed_before_it_books(self):
        """All answers are stored: the next run books them without a call."""
        exchanges = self.enqueue_all()
        uuid = self.look(exchanges[1], "uuid")[0]
        provider.APPLY[uuid] = lambda x, answer: x.env.cr.connection.close()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error):
            self.drain()
        provider.APPLY.clear()
        self.assertEqual(self.states(exchanges), ["pending"] * 3)
        self.drain()
        self.assertEqual(self.states(exchanges), ["done"] * 3)
        self.assertEqual(len(self.provider.requests), 3)

    def test_killed_between_two_calls(self):
        """Nothing is lost, and what was called is looked up, not sent again."""
        exchanges = self.enqueue_all()
        calls = self.registry["finance.sync.handler.echo"]

        def call(self, adapter, key, request):
            answer = adapter.send(key, request)
            if len(seen) == 1:
                raise Killed
            seen.append(key)
            return answer

        class Killed(BaseException):
            """As if the process were gone: nothing below handles it."""

        seen = []
        forget = self.registry["finance.sync.attempt"]
        with (
            patch.object(calls, "_adapter_call", call),
            patch.object(forget, "_succeed_many", lambda self, rows: None),
            self.assertRaises(Killed),
        ):
            self.drain()
        self.assertEqual(self.provider.count, 2)
        self.assertEqual([self.attempts(x) for x in exchanges], [["open"]] * 3)
        # Calls may still be on their way: each gets a job that waits for its lease.
        self.drain()
        self.assertEqual(self.own_jobs(exchanges), 3)
        with self.committed() as env:
            env.cr.execute(
                "UPDATE finance_sync_attempt SET lease_until = started_at"
                " WHERE connection_ref = %s",
                [self.connection_id],
            )
        for exchange in exchanges:
            self.run_job(exchange)
        self.assertEqual(self.states(exchanges), ["done"] * 3)
        self.assertEqual(self.provider.count, 3)
        self.assertEqual({len(x) for x in self.provider.effects.values()}, {1})

    def test_somebody_else_writes_to_one_of_the_documents(self):
        exchanges = self.enqueue_all()

        def write_elsewhere():
            with self.committed() as env:
                env["account.move"].browse(self.move_ids[1]).narration = "elsewhere"

        self.provider.script.append(write_elsewhere)
        with mute_logger("odoo.sql_db"):
            self.drain()
        self.assertEqual(self.states(exchanges), ["done", "pending", "done"])
        self.assertEqual(self.own_jobs(exchanges), 1)
        self.run_job(exchanges[1])
        self.assertEqual(self.states(exchanges), ["done"] * 3)
        self.assertEqual(len(self.provider.requests), 3)

    def test_a_job_that_begins_before_the_message_is_committed(self):
        """It cannot see the message, so another one is started afterwards."""
        with self.committed() as env:
            env["finance.sync.exchange"]._start_drains(
                [(self.connection_id, OPERATION, self.company_id)]
            )
        with self.committed() as env:
            exchanges = self.put(env)
            self.assertEqual(len(self.jobs(env)), 1)
            begin = threading.Thread(target=self.begin)
            begin.start()
            begin.join()
        with self.committed() as env:
            self.assertEqual(self.jobs(env).mapped("state"), ["done", "pending"])
        self.drain()
        self.assertEqual(self.states(exchanges), ["done"] * 3)

    def begin(self):
        with self.committed() as env:
            self.jobs(env).state = "done"
        self.drain()

    def test_a_job_that_waits_on_needs_no_other(self):
        self.enqueue_all()
        self.enqueue_all()
        with self.committed() as env:
            self.assertEqual(len(self.jobs(env)), 1)
