"""The rules of “Transactions, precisely”, on real cursors and committed data."""

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import psycopg2
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.tools import mute_logger

from . import provider
from .transactions import MINUTE, TransactionsCase


class TestJobs(TransactionsCase):
    def test_two_racing_jobs(self):
        """The second one meets the first in its call, and calls nothing."""
        exchange = self.enqueue()
        refused = []

        def second():
            try:
                self.run_job(exchange)
            except RetryableJobError as error:
                refused.append(error)

        self.provider.script.append(second)
        self.run_job(exchange)
        self.assertEqual(len(refused), 1)
        self.assertEqual(self.provider.count, 1)
        self.assertEqual(self.attempts(exchange), ["succeeded"])
        self.assertIn("Nothing to do", self.run_job(exchange))

    def test_many_racing_jobs(self):
        exchange = self.enqueue()

        def run(turn):
            try:
                return self.run_job(exchange)
            except (RetryableJobError, psycopg2.OperationalError) as error:
                return error

        with mute_logger("odoo.sql_db"):
            self.race(6, run)
        if self.look(exchange, "state") != ("done",):
            self.run_job(exchange)
        self.assertEqual(self.look(exchange, "state"), ("done",))
        self.assertEqual(self.provider.count, 1)

    def test_a_racer_with_an_old_view_opens_no_attempt(self):
        """Even when the call that it did not see has ended by now."""
        exchange = self.enqueue()
        values = {
            "exchange_uuid": self.look(exchange, "uuid")[0],
            "connection_ref": self.connection_id,
            "company_ref": self.company_id,
            "operation": "echo.find",
            "number": 1,
        }

        def begin(turn):
            with self.committed() as env:
                return env["finance.sync.attempt"]._begin(values, MINUTE)

        won = [attempt for attempt in self.race(8, begin) if attempt]
        self.assertEqual(len(won), 1)
        with self.committed() as env:
            self.assertFalse(
                env["finance.sync.attempt"]._begin({**values, "number": 2}, 9)
            )
            env["finance.sync.attempt"]._succeed(won[0], "x", 1)
            self.assertFalse(env["finance.sync.attempt"]._begin(values, MINUTE))

    def test_the_attempt_is_committed_before_the_call(self):
        exchange = self.enqueue()
        seen = []
        self.provider.script.append(lambda: seen.append(self.attempts(exchange)))
        self.run_job(exchange)
        self.assertEqual(seen, [["open"]])

    def test_a_rollback_after_the_call(self):
        """Somebody else commits to the document: the answer is applied, not asked."""
        exchange = self.enqueue()

        def write_elsewhere():
            with self.committed() as env:
                env["account.move"].browse(self.move_id).narration = "elsewhere"

        self.provider.script.append(write_elsewhere)
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.OperationalError):
            self.run_job(exchange)
        self.assertEqual(self.look(exchange, "state"), ("pending",))
        self.assertEqual(self.attempts(exchange), ["succeeded"])
        self.run_job(exchange)
        self.assertEqual(self.look(exchange, "state"), ("done",))
        self.assertEqual(len(self.provider.requests), 1)

    def test_killed_between_answer_and_apply(self):
        exchange = self.enqueue()
        uuid = self.look(exchange, "uuid")[0]
        # The server forgets the worker's connection, as it does when that is killed.
        provider.APPLY[uuid] = lambda x, answer: x.env.cr.connection.close()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error):
            self.run_job(exchange)
        provider.APPLY.clear()
        self.assertEqual(self.look(exchange, "state"), ("pending",))
        self.run_job(exchange)
        self.assertEqual(self.look(exchange, "state", "external_ref"), ("done", "R-1"))
        self.assertEqual(len(self.provider.requests), 1)

    def test_a_void_enqueued_during_the_commits_call(self):
        """It neither waits for the call, nor supersedes it, nor overtakes it."""
        commit = self.enqueue("echo.find")
        voids = []

        def undo():
            voids.append(self.enqueue("echo.undo"))
            self.run_job(voids[0])

        self.provider.script.append(undo)
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.OperationalError):
            # The document has changed meanwhile: queue_job runs it again.
            self.run_job(commit)
        self.run_job(commit)
        (void,) = voids
        self.assertEqual(self.look(commit, "state"), ("done",))
        self.assertEqual(self.look(void, "state", "revision"), ("pending", 2))
        self.assertEqual(len(self.provider.requests), 1)
        with self.committed() as env:
            # Its job ended early; the commit's end has started another.
            jobs = env["queue.job"].search(
                [("identity_key", "=", "finance_sync:" + self.look(void, "uuid")[0])]
            )
            self.assertTrue(jobs.filtered(lambda job: job.state == "pending"))
        self.run_job(void)
        self.assertEqual(self.look(void, "state"), ("done",))

    def test_an_enqueued_void_supersedes_what_was_never_sent(self):
        commit, void = self.enqueue("echo.find"), self.enqueue("echo.undo")
        self.assertEqual(self.look(commit, "state"), ("superseded",))
        self.run_job(commit)
        self.run_job(void)
        self.assertEqual(self.provider.count, 1)

    def test_a_failed_run_leaves_its_hold_after_the_rollback(self):
        exchange = self.enqueue()

        def broken(self, handler, answer):
            self.env["account.move"].browse(self.res_id).ref = "never committed"
            raise ValueError("a mistake of ours")

        model = self.registry["finance.sync.exchange"]
        with patch.object(model, "_finish", broken), self.assertRaises(ValueError):
            self.run_job(exchange)
        state, holds = self.look(exchange, "state", "hold_ids")
        self.assertEqual(state, "held")
        self.assertTrue(holds)
        with self.committed() as env:
            move = env["account.move"].browse(self.move_id)
            self.assertFalse(move.ref)
            self.assertEqual(
                move.finance_sync_hold_ids.mapped("code"), ["apply_failed"]
            )

    def test_two_transactions_never_share_a_revision(self):
        started, may_commit = threading.Event(), threading.Event()

        def first():
            with self.committed() as env:
                env["finance.sync.exchange"]._enqueue(*self.message(env, "echo.find"))
                env.flush_all()
                started.set()
                may_commit.wait(MINUTE)

        def second():
            started.wait(MINUTE)
            with self.committed() as env:
                # The snapshot is older than the first one's commit.
                env.cr.execute("SELECT 1")
                may_commit.set()
                env["finance.sync.exchange"]._enqueue(*self.message(env, "echo.ask"))

        with ThreadPoolExecutor(2) as pool, mute_logger("odoo.sql_db"):
            one, two = pool.submit(first), pool.submit(second)
            one.result(MINUTE)
            # What Odoo repeats by itself, unlike a violated unique key.
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                two.result(MINUTE)
        self.assertEqual(self.look(self.enqueue("echo.ask"), "revision"), (2,))

    def test_one_hold_when_two_transactions_raise_it(self):
        def raise_hold(turn):
            with self.committed() as env:
                connection = env["finance.sync.connection"].browse(self.connection_id)
                try:
                    env["finance.sync.hold"]._raise(
                        "configuration", connection=connection, summary="Twice."
                    )
                except psycopg2.errors.SerializationFailure:
                    return None
                return True

        with mute_logger("odoo.sql_db"):
            self.race(4, raise_hold)
        with self.committed() as env:
            connection = env["finance.sync.connection"].browse(self.connection_id)
            self.assertEqual(len(connection.hold_ids), 1)
