"""The wizards, by those who use them."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import EchoCase, FinanceSyncCase, make_user
from .sample_rows import RowsCase

REASON = "Agreed with the provider by phone."


@tagged("post_install", "-at_install")
class TestSetup(EchoCase):
    def _wizard(self, **values):
        form = Form(self.env["finance.sync.setup"].with_user(self.manager))
        form.name = "Second echo"
        form.provider = "generic"
        form.base_url = self.provider.url
        form.auth_user = "us"
        form.secret = "open sesame"
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def test_from_the_first_step_to_an_active_connection(self):
        wizard = self._wizard()
        wizard.action_next()
        connection = wizard.connection_id
        self.assertEqual(wizard.step, "test")
        self.assertEqual(connection.state, "draft")
        wizard.action_test()
        self.assertEqual((wizard.test_ok, wizard.test_message), (True, "There."))
        wizard.action_next()
        self.assertEqual(wizard.step, "map")
        wizard.execution_user_id = self.worker
        wizard.owner_id = self.accountant
        wizard.outage_policy = "queue"
        wizard.action_next()
        self.assertEqual(connection.user_line_ids.user_id, self.worker)
        self.assertEqual(connection.user_line_ids.company_id, self.company_us)
        self.assertEqual(connection.outage_policy, "queue")
        self.assertEqual(connection.owner_id, self.accountant)
        wizard.action_dry_run()
        self.assertTrue(wizard.dry_run_ok)
        wizard.action_next()
        action = wizard.action_activate()
        self.assertEqual(connection.state, "active")
        self.assertEqual(action["res_id"], connection.id)

    def test_the_secret_is_kept_by_the_connection_alone(self):
        wizard = self._wizard()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT row_to_json(s)::text FROM finance_sync_setup s WHERE id = %s",
            [wizard.id],
        )
        self.assertNotIn("open sesame", self.env.cr.fetchone()[0])
        self.assertFalse(wizard.read(["secret"])[0]["secret"])
        self.assertTrue(wizard.connection_id.has_secret)
        self.assertEqual(wizard.connection_id.sudo()._secret(), "open sesame")

    def test_a_system_that_refuses_stops_the_wizard(self):
        wizard = self._wizard()
        wizard.action_next()
        self.provider.script.append(401)
        wizard.action_test()
        self.assertFalse(wizard.test_ok)
        self.assertTrue(wizard.test_message)
        with self.assertRaises(UserError):
            wizard.action_next()
        wizard.action_test()
        self.assertTrue(wizard.test_ok)

    def test_a_fallback_is_chosen_where_it_is_asked_for(self):
        wizard = self._wizard()
        wizard.action_next()
        wizard.action_test()
        wizard.action_next()
        wizard.outage_policy = "fallback"
        with self.assertRaises(ValidationError):
            wizard.action_next()
        wizard.fallback_connection_id = self.connection
        wizard.action_next()
        self.assertEqual(wizard.connection_id.fallback_connection_id, self.connection)

    def test_no_activation_without_a_dry_run(self):
        wizard = self._wizard()
        wizard.action_next()
        wizard.action_test()
        wizard.action_next()
        wizard.action_next()
        self.assertEqual(wizard.step, "dry_run")
        with self.assertRaises(UserError):
            wizard.action_next()

    def test_another_address_has_to_be_tested_again(self):
        wizard = self._wizard()
        wizard.action_next()
        wizard.action_test()
        wizard.action_back()
        wizard.base_url = f"{self.provider.url}/other"
        wizard.action_next()
        self.assertFalse(wizard.test_ok)
        self.assertEqual(wizard.connection_id.base_url, f"{self.provider.url}/other")

    def test_only_managers_set_up_connections(self):
        for user in (self.accountant, self.approver, self.auditor):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                self.env["finance.sync.setup"].with_user(user).create(
                    {"name": "Mine", "provider": "generic"}
                )


@tagged("post_install", "-at_install")
class TestOverride(RowsCase):
    def setUp(self):
        super().setUp()
        self.other = make_user(
            self.env,
            "second",
            self.company_us,
            self.companies,
            "finance_sync.group_approver",
            "finance_sync.group_resolver",
        )

    def _wizard(self, user, **values):
        action = self.hold.with_user(user).action_decide()
        wizards = self.env[action["res_model"]].with_user(user)
        return wizards.with_context(**action["context"]).create(values)

    def test_a_second_person_decides(self):
        self.assertTrue(self.hold.second_person)
        wizard = self._wizard(
            self.accountant, reason=REASON, approver_id=self.approver.id
        )
        self.assertFalse(wizard.may_decide)
        wizard.action_ask()
        self.assertEqual(self.hold.state, "open")
        self.assertEqual(self.hold.override_requested_by, self.accountant)
        self.assertIn(self.approver, self.hold.activity_ids.user_id)
        decision = self._wizard(self.approver)
        self.assertTrue(decision.may_decide)
        self.assertEqual(decision.requested_reason, REASON)
        decision.action_approve()
        self.assertEqual(self.hold.state, "overridden")
        self.assertEqual(self.hold.override_by, self.approver)

    def test_nobody_decides_on_the_own_request(self):
        self._wizard(self.other, reason=REASON).action_ask()
        decision = self._wizard(self.other)
        self.assertFalse(decision.may_decide)
        with self.assertRaises(UserError):
            decision.action_approve()
        self.assertEqual(self.hold.state, "open")

    def test_the_form_names_approvers_but_oneself(self):
        wizard = self._wizard(self.other)
        self.assertIn(self.approver, wizard.approver_ids)
        self.assertNotIn(self.other, wizard.approver_ids)

    def test_a_refusal_says_why(self):
        self._wizard(self.accountant, reason=REASON).action_ask()
        with self.assertRaises(UserError):
            self._wizard(self.approver).action_refuse()
        self._wizard(self.approver, reason="Not this quarter.").action_refuse()
        self.assertEqual(self.hold.state, "open")
        self.assertFalse(self.hold.override_requested_by)
        self.assertIn("Not this quarter.", self.hold.message_ids[0].body)

    def test_where_one_person_is_enough(self):
        self.hold.type_id.second_person = False
        self._wizard(self.accountant, reason=REASON).action_ask()
        self.assertEqual(self.hold.state, "overridden")

    def test_a_reason_is_needed(self):
        with self.assertRaises(UserError):
            self._wizard(self.accountant, reason="  ").action_ask()


@tagged("post_install", "-at_install")
class TestLockDate(FinanceSyncCase):
    def setUp(self):
        super().setUp()
        self.yesterday = fields.Date.context_today(self.env.user) - timedelta(days=1)

    def _wizard(self, user, **values):
        wizards = self.env["finance.sync.lock.date"].with_user(user)
        return wizards.with_company(self.company_us).create(
            {"company_id": self.company_us.id, **values}
        )

    def test_a_billing_administrator_locks_and_it_is_recorded(self):
        self._wizard(self.worker, fiscalyear_lock_date=self.yesterday).action_apply()
        self.assertEqual(self.company_us.fiscalyear_lock_date, self.yesterday)
        body = self.company_us.partner_id.message_ids[0].body
        self.assertIn("For Everyone", body)
        account = (
            self.env["account.account"]
            .with_company(self.company_us)
            .create({"name": "Sundry", "code": "999001", "account_type": "income"})
        )
        lines = [
            (0, 0, {"account_id": account.id, "debit": debit, "credit": credit})
            for debit, credit in ((5.0, 0.0), (0.0, 5.0))
        ]
        entry = self.make_entry(date=self.yesterday, line_ids=lines)
        entry.action_post()
        self.assertGreater(entry.date, self.yesterday)

    def test_the_form_begins_with_the_dates_in_force(self):
        self.company_us.tax_lock_date = self.yesterday
        wizards = self.env["finance.sync.lock.date"].with_user(self.worker)
        form = Form(wizards.with_company(self.company_us))
        self.assertEqual(form.tax_lock_date, self.yesterday)
        names = self.env["res.company"]._fields
        self.assertEqual(form.has_period, "period_lock_date" in names)
        self.assertEqual(form.has_hard, "hard_lock_date" in names)

    def test_what_is_unfinished_is_counted(self):
        entry = self.make_entry(date=self.yesterday)
        self.env["finance.sync.hold"]._raise(
            "rejected", document=entry, summary="Refused.", period=self.yesterday
        )
        wizard = self._wizard(self.worker, tax_lock_date=self.yesterday)
        self.assertEqual((wizard.draft_count, wizard.hold_count), (1, 1))
        action = wizard.action_show_drafts()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, entry)

    def test_a_day_that_has_not_ended_stays_open(self):
        tomorrow = self.yesterday + timedelta(days=2)
        with self.assertRaises(ValidationError):
            self._wizard(self.worker, tax_lock_date=tomorrow).action_apply()

    def test_others_may_not(self):
        for user in (self.accountant, self.manager, self.auditor):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                self._wizard(user, tax_lock_date=self.yesterday)

    def test_only_of_a_selected_company(self):
        wizard = self._wizard(self.worker, tax_lock_date=self.yesterday)
        with self.assertRaises(AccessError):
            wizard.with_context(allowed_company_ids=self.company_de.ids).action_apply()


@tagged("post_install", "-at_install")
class TestGroupConflict(FinanceSyncCase):
    def _rows(self, user):
        rows = self.env["finance.sync.group.conflict"].with_user(user)
        rows.action_open()
        return rows.search([])

    def test_whoever_holds_both_is_named_first(self):
        both = make_user(
            self.env,
            "both",
            self.company_us,
            self.companies,
            "finance_sync.group_manager",
            "finance_sync.group_approver",
        )
        rows = self._rows(self.auditor)
        row = rows.filtered(lambda r: r.user_id == both)
        self.assertTrue(row.conflicting and row.manager and row.approver)
        self.assertIn("approve", row.reason)
        self.assertTrue(rows[0].conflicting)

    def test_duties_that_are_apart_are_no_conflict(self):
        rows = self._rows(self.manager)
        named = {row.user_id: row for row in rows}
        for user in (self.manager, self.approver, self.auditor, self.accountant):
            self.assertFalse(named[user].conflicting)
        self.assertTrue(named[self.accountant].resolver)
        self.assertNotIn(self.clerk, named)
        self.assertEqual(len(self._rows(self.manager)), len(rows))

    def test_groups_that_are_implied_count(self):
        admin = make_user(
            self.env,
            "admin-and-approver",
            self.company_us,
            self.companies,
            "base.group_system",
            "finance_sync.group_approver",
        )
        row = self._rows(self.approver).filtered(lambda r: r.user_id == admin)
        self.assertTrue(row.conflicting and row.system)

    def test_a_login_of_a_machine_has_no_duty_of_a_person(self):
        machine = make_user(
            self.env,
            "machine",
            self.company_us,
            self.companies,
            "base.group_user",
            "finance_sync.group_service",
            "finance_sync.group_resolver",
        )
        row = self._rows(self.manager).filtered(lambda r: r.user_id == machine)
        self.assertTrue(row.conflicting)

    def test_not_for_everyone(self):
        with self.assertRaises(AccessError):
            self.env["finance.sync.group.conflict"].with_user(self.clerk).action_open()
