from odoo.addons.finance_sync.core.errors import ConfigurationError
from odoo.exceptions import AccessError, UserError

from .common import EchoCase, conf


class TestLive(EchoCase):
    """Law 10: a copy of the database does nothing outside."""

    def held(self, exchange):
        self.run_job(exchange)
        self.assertEqual(exchange.state, "pending")
        self.assertFalse(self.provider.requests)
        self.assertFalse(self.attempts(exchange))
        hold = self.connection.hold_ids.filtered(lambda h: h.state == "open")
        self.assertEqual(hold.code, "not_this_database")
        return hold

    def test_elsewhere_than_production(self):
        exchange = self.enqueue()
        with conf(self.env, environment="staging"):
            hold = self.held(exchange)
            self.held(exchange)
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(hold.state, "resolved")

    def test_no_configuration_at_all(self):
        with conf(self.env, environment="", database=""):
            self.held(self.enqueue())

    def test_another_database(self):
        with conf(self.env, database="production"):
            self.held(self.enqueue())

    def test_a_copy_under_the_same_name(self):
        exchange = self.enqueue()
        self.connection.sudo().database_fingerprint = "of another database"
        self.held(exchange)
        with self.assertRaises(UserError):
            self.env["finance.sync.connection"].with_user(self.service).receive(
                "echo", "echo.in", "1", 1, {}
            )
        self.connection.with_user(self.manager).action_activate()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")

    def test_another_uuid_of_the_database(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.held(self.enqueue())

    def test_a_neutralised_copy(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        self.held(self.enqueue())

    def test_test_connections_work_everywhere(self):
        connection = self.make_connection(
            key="sandbox", environment="test", base_url=self.provider.url
        )
        with conf(self.env, environment=""):
            self.assertEqual(connection._is_live(), (True, ""))

    def test_the_janitor_starts_nothing_in_a_copy(self):
        exchange = self.enqueue()
        self.job_of(exchange).unlink()
        with conf(self.env, environment="staging"):
            self.env["finance.sync.exchange"]._cron_janitor()
        self.assertFalse(self.job_of(exchange))

    def test_decisions_ask_nothing_in_a_copy(self):
        asked = []
        with (
            conf(self.env, environment="staging"),
            self.assertRaises(ConfigurationError),
        ):
            self.connection._decide(
                "echo.read",
                {},
                document_uuid="",
                company=self.company_us,
                call=asked.append,
            )
        self.assertFalse(asked)

    # -- Activation

    def test_activation_is_refused_elsewhere(self):
        self.connection.action_pause()
        with conf(self.env, environment="staging"), self.assertRaises(UserError):
            self.connection.with_user(self.manager).action_activate()

    def test_activation_needs_an_execution_user_for_each_company(self):
        self.connection.action_pause()
        self.connection.user_line_ids[0].unlink()
        with self.assertRaisesRegex(UserError, "execution user"):
            self.connection.action_activate()

    def test_activation_needs_execution_users_who_can_work(self):
        self.connection.action_pause()
        self.connection.user_line_ids[0].user_id = self.service
        with self.assertRaisesRegex(UserError, "accounting role"):
            self.connection.action_activate()

    def test_production_needs_tls(self):
        with self.assertRaisesRegex(UserError, "https"):
            self.make_connection(key="plain", base_url="http://example.com")

    def test_only_managers_activate_and_pause(self):
        for user in (self.clerk, self.accountant, self.approver, self.auditor):
            for action in ("action_pause", "action_activate"):
                with self.assertRaises(AccessError):
                    getattr(self.connection.with_user(user), action)()
        self.connection.with_user(self.manager).action_pause()
        self.assertEqual(self.connection.state, "paused")

    def test_state_is_not_written_by_hand(self):
        for name, value in (("state", "active"), ("database_fingerprint", "x")):
            with self.assertRaises(UserError):
                self.connection.with_user(self.manager).write({name: value})

    def test_the_connection_can_be_tested(self):
        manager = self.connection.with_user(self.manager)
        self.provider.effects[""] = [{}]
        good = manager.action_test_connection()
        self.assertEqual(good["params"]["type"], "success")
        self.provider.script.append(401)
        bad = manager.action_test_connection()
        self.assertEqual(bad["params"]["type"], "danger")
        self.assertIn("credentials", bad["params"]["message"])
        self.assertEqual(self.connection.state, "active")
