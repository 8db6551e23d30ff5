from odoo.addons.finance_sync.core import registry
from odoo.addons.finance_sync.core.errors import ConfigurationError, TransientError
from odoo.exceptions import UserError, ValidationError

from .common import EchoCase, FinanceSyncCase
from .provider import EchoAdapter

UNIQUE = {
    "finance_sync_attempt": ["(exchange_uuid, number)", "(exchange_uuid) WHERE"],
    "finance_sync_connection": ["(key)"],
    "finance_sync_connection_state": ["(connection_id)"],
    "finance_sync_connection_user": ["(connection_id, company_id)"],
    "finance_sync_exchange": [
        "(uuid)",
        "(idempotency_key)",
        "(document_uuid, revision) WHERE",
    ],
    "finance_sync_hold": ["(dedupe_key) WHERE"],
    "finance_sync_hold_type": ["(code)"],
}


class TestModels(FinanceSyncCase):
    def test_unique_keys_are_in_the_database(self):
        """Odoo 19 takes ``_sql_constraints`` with but a warning: ask PostgreSQL."""
        for table, keys in UNIQUE.items():
            self.env.cr.execute(
                "SELECT indexdef FROM pg_indexes WHERE tablename = %s"
                " AND indexdef LIKE 'CREATE UNIQUE%%'",
                [table],
            )
            found = [definition for (definition,) in self.env.cr.fetchall()]
            for key in keys:
                self.assertTrue(
                    any(key in definition for definition in found), (table, key)
                )

    def test_every_provider_has_an_adapter(self):
        """Whatever can be chosen can be done, and the other way round."""
        connections = self.env["finance.sync.connection"]
        kinds = connections._provider_kinds()
        choices = dict(connections._fields["provider"]._description_selection(self.env))
        self.assertEqual(set(choices), set(kinds))
        for code, kind in kinds.items():
            self.assertTrue(registry.adapter_class(kind, code).operations)

    def test_attempts_have_no_foreign_keys(self):
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN ("
            "'finance_sync_attempt'::regclass, 'finance_sync_decision'::regclass,"
            " 'finance_sync_connection_state'::regclass)"
        )
        self.assertFalse(self.env.cr.fetchall())

    def test_keys_are_checked(self):
        for key in ("", "A B", "x" * 65, "drop;table"):
            with self.assertRaises(ValidationError):
                self.make_connection(key=key)

    def test_fallback_needs_another_connection(self):
        connection = self.make_connection()
        with self.assertRaises(ValidationError):
            connection.copy({"key": "other", "outage_policy": "fallback"})
        connection.copy(
            {
                "key": "another",
                "outage_policy": "fallback",
                "fallback_connection_id": connection.id,
            }
        )


class TestDecide(EchoCase):
    def decide(self, request=None, **values):
        return self.connection._decide(
            "echo.read",
            request or {"n": 1},
            document_uuid=self.document.finance_sync_uuid,
            company=self.company_us,
            call=lambda adapter: adapter.send("quote", {}),
            **values,
        )

    def decisions(self):
        return self.env["finance.sync.decision"].search(
            [("connection_ref", "=", self.connection.id)], order="id"
        )

    def test_an_unchanged_question_is_not_asked_again(self):
        first = self.decide()
        self.assertEqual(self.decide(), first)
        self.assertEqual(len(self.provider.requests), 1)
        self.decide({"n": 2})
        self.assertEqual(len(self.provider.requests), 2)
        self.decide(max_age=0)
        self.assertEqual(len(self.provider.requests), 3)

    def test_failures_are_recorded_too(self):
        self.provider.script.append(503)
        try:
            self.decide()
        except TransientError as error:
            self.assertEqual(error.status, 503)
        decision = self.decisions()
        self.assertEqual(decision.state, "failed")
        self.assertEqual(decision.error_class, "transient")
        self.decide()
        self.assertEqual(self.decisions().mapped("state"), ["failed", "ok"])

    def test_the_breaker_refuses_without_asking(self):
        self.connection._as_approved().write({"breaker_threshold": 1})
        self.provider.script.append(503)
        for _turn in range(2):
            try:
                self.decide()
                self.fail("Nothing was to be had.")
            except TransientError as error:
                last = error
        self.assertEqual(last.code, "not_admitted")
        self.assertGreater(last.retry_after, 30)
        self.assertEqual(len(self.provider.requests), 1)

    def test_a_paused_connection_is_not_asked(self):
        self.connection.action_pause()
        with self.assertRaises(ConfigurationError):
            self.decide()
        self.assertFalse(self.provider.requests)


class TestHistory(EchoCase):
    def test_exchanges_are_not_deleted(self):
        exchange = self.enqueue()
        with self.assertRaises(UserError):
            exchange.unlink()
        with self.assertRaises(UserError):
            self.connection.unlink()

    def test_the_test_adapter_is_complete(self):
        for operation in EchoAdapter.operations:
            self.assertIn(f"finance.sync.handler.{operation}", self.env)
