"""What survives a rollback, and what racing callers get, on real cursors."""

from unittest.mock import patch

import psycopg2
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    RejectedError,
    TransientError,
)
from odoo.addons.finance_sync.models import own_cursor as own
from odoo.tools import mute_logger

from .transactions import TransactionsCase

OUTAGE = TransientError("The provider has a problem.", status=503)


class TestOwnCursor(TransactionsCase):
    def test_it_is_read_committed_and_leaves_no_trace(self):
        with self.committed() as env:
            for _turn in range(3):
                with own.own_cursor(env) as cr:
                    cr.execute(
                        "SELECT current_setting('transaction_isolation'),"
                        " current_setting('lock_timeout')"
                    )
                    self.assertEqual(cr.fetchone(), ("read committed", "5s"))
                    self.assertTrue(cr.connection.autocommit)
        with self.committed() as env:
            env.cr.execute(
                "SELECT current_setting('transaction_isolation'),"
                " current_setting('lock_timeout')"
            )
            self.assertEqual(env.cr.fetchone(), ("repeatable read", "0"))
            self.assertFalse(env.cr.connection.autocommit)

    def test_a_kept_one_is_opened_once_and_when_it_is_wanted(self):
        def session(env):
            with own.own_cursor(env) as cr:
                cr.execute("SELECT pg_backend_pid()")
                return cr, cr.fetchone()[0]

        with (
            self.committed() as env,
            patch.object(own, "db_connect", wraps=own.db_connect) as opened,
        ):
            with own.kept_own_cursor(env):
                self.assertFalse(opened.called)
                kept, pid = session(env)
                with own.kept_own_cursor(env):
                    self.assertEqual(session(env), (kept, pid))
                self.assertEqual(session(env), (kept, pid))
                self.assertEqual(opened.call_count, 1)
            self.assertTrue(kept.closed)
            self.assertIsNot(session(env)[0], kept)

    def test_a_kept_one_is_closed_by_an_error(self):
        with self.committed() as env:
            with self.assertRaises(ZeroDivisionError), own.kept_own_cursor(env):
                with own.own_cursor(env) as kept:
                    kept.execute("SELECT 1")
                raise ZeroDivisionError
            self.assertTrue(kept.closed)
            with own.own_cursor(env) as cr:
                self.assertIsNot(cr, kept)

    def test_it_never_waits_for_its_own_request(self):
        with self.committed() as env:
            connection = env["finance.sync.connection"].browse(self.connection_id)
            states = env["finance.sync.connection.state"]
            states._succeeded(connection)
        with (
            patch.object(own, "LOCK_TIMEOUT", "200ms"),
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.LockNotAvailable),
            self.committed() as env,
        ):
            env.cr.execute(
                "SELECT 1 FROM finance_sync_connection_state"
                " WHERE connection_id = %s FOR UPDATE",
                [self.connection_id],
            )
            connection = env["finance.sync.connection"].browse(self.connection_id)
            env["finance.sync.connection.state"]._failed(
                connection, RejectedError("no")
            )

    def test_a_decision_survives_a_rollback(self):
        asked = []

        def quote(env):
            connection = env["finance.sync.connection"].browse(self.connection_id)

            def call(adapter):
                asked.append(adapter)
                return {"tax": "7.00"}

            return connection._decide(
                "echo.read",
                {"n": 1},
                document_uuid="",
                company=env.company,
                call=call,
            )

        with self.assertRaises(ZeroDivisionError), self.committed() as env:
            quote(env)
            env.flush_all()
            # PostgreSQL numbers a transaction when it first writes.
            env.cr.execute("SELECT txid_current_if_assigned()")
            self.assertEqual(env.cr.fetchone(), (None,))
            raise ZeroDivisionError
        with self.committed() as env:
            self.assertEqual(quote(env), {"tax": "7.00"})
        self.assertEqual(len(asked), 1)

    def test_calls_in_a_row_share_a_connection_to_the_provider(self):
        def ask(env, number):
            connection = env["finance.sync.connection"].browse(self.connection_id)
            connection._decide(
                "echo.read",
                {"n": number},
                document_uuid="",
                company=env.company,
                call=lambda adapter: {"ok": adapter.ping().ok},
            )

        with self.committed() as env:
            with env["finance.sync.connection"]._calling_often():
                for number in range(3):
                    ask(env, number)
            self.assertEqual(len(self.provider.clients), 1)
            ask(env, 3)
            self.assertEqual(len(self.provider.clients), 2)
        self.assertEqual(len(self.provider.requests), 4)

    def test_wrong_credentials_pause_the_connection_after_a_rollback(self):
        self.provider.script.append(401)
        with self.assertRaises(ConfigurationError), self.committed() as env:
            connection = env["finance.sync.connection"].browse(self.connection_id)
            connection._decide(
                "echo.read",
                {"n": 1},
                document_uuid="",
                company=env.company,
                call=lambda adapter: adapter.send("quote", {}),
            )
        with self.committed() as env:
            connection = env["finance.sync.connection"].browse(self.connection_id)
            self.assertEqual(connection.state, "paused")
            self.assertEqual(connection.hold_ids.mapped("code"), ["configuration"])


class TestAdmission(TransactionsCase):
    def configure(self, **values):
        with self.committed() as env:
            connection = env["finance.sync.connection"].browse(self.connection_id)
            connection._as_approved().write(values)

    def admit(self, turn):
        with self.committed() as env:
            connection = env["finance.sync.connection"].browse(self.connection_id)
            return env["finance.sync.connection.state"]._admit(connection)

    def test_racing_callers_stay_within_the_rate(self):
        self.configure(rate_per_second=0.001, rate_burst=5)
        waits = self.race(12, self.admit)
        self.assertEqual(waits.count(None), 5)
        self.assertTrue(all(wait > 100 for wait in waits if wait is not None))

    def test_one_probe_after_the_cool_down(self):
        self.configure(breaker_threshold=1)
        with self.committed() as env:
            connection = env["finance.sync.connection"].browse(self.connection_id)
            env["finance.sync.connection.state"]._failed(connection, OUTAGE)
        self.assertTrue(all(self.race(4, self.admit)))
        with self.committed() as env:
            env.cr.execute(
                "UPDATE finance_sync_connection_state"
                " SET opened_at = opened_at - 61 WHERE connection_id = %s",
                [self.connection_id],
            )
        self.assertEqual(self.race(8, self.admit).count(None), 1)

    def test_the_clock_is_the_databases(self):
        """A worker whose clock is an hour ahead opens no breaker too early."""
        self.configure(breaker_threshold=1)
        with self.committed() as env:
            connection = env["finance.sync.connection"].browse(self.connection_id)
            env["finance.sync.connection.state"]._failed(connection, OUTAGE)
        with patch("time.time", lambda: 9e9):
            self.assertTrue(self.admit(0))


class TestReceive(TransactionsCase):
    def receive(self, payload):
        with self.committed(self.admin_id) as env:
            return env["finance.sync.connection"].receive(
                "races", "echo.in", "B-1", 1, payload
            )

    def test_the_same_message_races_itself(self):
        answers = self.race(8, lambda turn: self.receive({"number": "B-1"}))
        self.assertEqual(len({answer["uuid"] for answer in answers}), 1)
        self.assertEqual([a["duplicate"] for a in answers].count(False), 1)
        self.assertEqual({answer["state"] for answer in answers}, {"pending"})
        with self.committed() as env:
            exchanges = env["finance.sync.exchange"].search(
                [("connection_id", "=", self.connection_id)]
            )
            self.assertEqual(len(exchanges), 1)
            jobs = env["queue.job"].search(
                [("identity_key", "=", f"finance_sync:{exchanges.uuid}")]
            )
            self.assertEqual(len(jobs), 1)
        self.run_job(exchanges.id)
        self.assertEqual(self.receive({"number": "B-1"})["state"], "done")

    def test_another_content_races(self):
        with mute_logger("odoo.sql_db"):
            answers = self.race(
                4, lambda turn: self.receive({"number": "B-1", "turn": turn})
            )
        self.assertEqual(len({answer["uuid"] for answer in answers}), 1)
        self.assertEqual(
            sorted(answer["state"] for answer in answers),
            ["conflict", "conflict", "conflict", "pending"],
        )
        with self.committed() as env:
            connection = env["finance.sync.connection"].browse(self.connection_id)
            self.assertEqual(connection.hold_ids.mapped("code"), ["payload_conflict"])

    def test_it_is_kept_even_if_the_request_fails_afterwards(self):
        with self.assertRaises(ZeroDivisionError), self.committed(self.admin_id) as env:
            answer = env["finance.sync.connection"].receive(
                "races", "echo.in", "B-2", 1, {"number": "B-2"}
            )
            raise ZeroDivisionError
        with self.committed(self.admin_id) as env:
            status = env["finance.sync.connection"].status("races", "B-2")
        self.assertEqual(status["uuid"], answer["uuid"])
