from datetime import timedelta

from odoo import fields
from odoo.addons.finance_sync.core.errors import RejectedError
from odoo.exceptions import AccessError, UserError

from .common import EchoCase, make_user

REASON = "Confirmed with the provider by phone."


class TestHold(EchoCase):
    def setUp(self):
        super().setUp()
        self.provider.script.append(422)
        self.exchange = self.enqueue()
        self.run_job(self.exchange)
        self.open_hold = self.hold(self.exchange)

    def raise_hold(self, code="rejected", **values):
        values.setdefault("summary", "Something waits.")
        values.setdefault("connection", self.connection)
        return self.env["finance.sync.hold"]._raise(code, **values)

    def test_is_about_the_document(self):
        hold = self.open_hold
        self.assertEqual(hold.document_uuid, self.document.finance_sync_uuid)
        self.assertEqual(hold.company_id, self.company_us)
        self.assertEqual(hold.currency_id, self.company_us.currency_id)
        self.assertEqual(hold.action_open_document()["res_id"], self.document.id)
        start = hold.create_date.replace(microsecond=0)
        self.assertEqual(hold.due, hold._due(self.company_us, 24.0, start))
        self.assertEqual(hold.activity_ids.user_id, self.accountant)

    def test_a_reason_is_said_once_and_a_line_each(self):
        error = RejectedError(
            "Other amounts: Total tax 1.52", details=("Total tax 1.52", "Line 1: 0.2")
        )
        self.exchange._hold(self.exchange._handler(), "rejected", error)
        self.assertEqual(
            self.open_hold.summary, "Other amounts: Total tax 1.52\nLine 1: 0.2"
        )
        self.document.invalidate_recordset()
        lines = str(self.document.finance_sync_banner).split("<br/>")
        self.assertIn("Line 1: 0.2", lines)
        self.assertIn("Accountant looks after it.", lines)

    def test_operations_are_told_in_words(self):
        exchange = self.exchange.with_user(self.accountant)
        self.assertEqual(exchange.operation_label, "Echo find")
        for term, found in (("find", True), ("nothing", False)):
            domain = [("operation_label", "ilike", term), ("id", "=", exchange.id)]
            self.assertEqual(bool(exchange.search(domain)), found)

    def test_is_raised_once(self):
        exchange = self.exchange
        again = self.raise_hold(exchange=exchange, summary="Still.", amount=7)
        self.assertEqual(again, self.open_hold)
        self.assertEqual(again.summary, "Still.")
        self.assertEqual(again.materiality, 7)
        again._close("resolved", "done")
        self.assertNotEqual(self.raise_hold(exchange=exchange), again)

    def test_an_unchanged_hold_is_not_written(self):
        self.env.flush_all()
        before = self.open_hold.write_date
        self.raise_hold(exchange=self.exchange, summary=self.open_hold.summary)
        self.env.flush_all()
        self.assertEqual(self.open_hold.write_date, before)

    def test_retry_after_correction(self):
        self.open_hold.with_user(self.accountant).action_retry()
        self.run_job(self.exchange)
        self.assertEqual(self.open_hold.state, "resolved")
        self.assertEqual(self.open_hold.resolution, "A later attempt succeeded.")
        self.assertFalse(self.open_hold.activity_ids)

    def test_clerks_only_look(self):
        hold = self.open_hold.with_user(self.clerk)
        self.assertEqual(hold.code, "rejected")
        for action in ("action_retry", "action_resolve", "action_override"):
            with self.assertRaises(AccessError):
                getattr(hold, action)()

    def test_blocking_is_not_resolved_by_hand(self):
        with self.assertRaises(UserError):
            self.open_hold.with_user(self.accountant).action_resolve()

    def test_an_owner_without_access_is_no_obstacle(self):
        outsider = make_user(
            self.env, "outsider", self.company_us, self.companies, "base.group_user"
        )
        self.connection.owner_id = outsider
        with self.assertLogs("odoo.addons.finance_sync", "WARNING"):
            hold = self.raise_hold(document=self.make_entry())
        self.assertEqual(hold.state, "open")
        self.assertFalse(hold.activity_ids)

    def test_take(self):
        self.open_hold.with_user(self.manager).action_take()
        self.assertEqual(self.open_hold.user_id, self.manager)
        self.assertEqual(self.open_hold.activity_ids.user_id, self.manager)

    # -- Override

    def test_override_needs_a_second_person(self):
        hold = self.open_hold
        hold.with_user(self.accountant)._override(REASON)
        self.assertEqual(hold.state, "open")
        with self.assertRaises(AccessError):
            hold.with_user(self.manager)._approve_override()
        hold.with_user(self.approver)._approve_override()
        self.assertEqual(hold.state, "overridden")
        self.assertEqual(hold.override_by, self.approver)
        self.assertEqual(hold.override_requested_by, self.accountant)
        self.assertEqual(self.exchange.state, "cancelled")

    def test_the_second_person_is_another_one(self):
        self.approver.write(
            {
                "groups_id" if "groups_id" in self.approver else "group_ids": [
                    (4, self.env.ref("finance_sync.group_resolver").id)
                ]
            }
        )
        self.open_hold.with_user(self.approver)._override(REASON)
        with self.assertRaisesRegex(UserError, "second person"):
            self.open_hold.with_user(self.approver)._approve_override()

    def test_the_superuser_approves_nothing(self):
        self.open_hold.with_user(self.accountant)._override(REASON)
        with self.assertRaises(AccessError):
            self.open_hold._approve_override()

    def test_refused_override(self):
        self.open_hold.with_user(self.accountant)._override(REASON)
        self.open_hold.with_user(self.approver)._refuse_override("Ask again first.")
        self.assertEqual(self.open_hold.state, "open")
        self.assertFalse(self.open_hold.override_requested_by)

    def test_override_needs_a_reason(self):
        with self.assertRaises(UserError):
            self.open_hold.with_user(self.accountant)._override("ok")

    def test_some_are_never_overridable(self):
        hold = self.raise_hold("contract")
        with self.assertRaisesRegex(UserError, "never"):
            hold.with_user(self.accountant)._override(REASON)
        with self.assertRaises(UserError):
            hold.with_user(self.accountant).action_override()

    def test_without_a_second_person_it_goes_on_at_once(self):
        self.open_hold.type_id.second_person = False
        self.open_hold.with_user(self.accountant)._override(REASON)
        self.assertEqual(self.open_hold.state, "overridden")

    # -- Escalation

    def test_material_holds_go_higher_at_once(self):
        self.connection.write(
            {"escalation_user_id": self.manager.id, "materiality": 1000}
        )
        small = self.raise_hold(document=self.make_entry(), amount=999)
        large = self.raise_hold(document=self.make_entry(), amount=-1000)
        self.assertFalse(small.escalated_at)
        self.assertEqual(large.activity_ids.user_id, self.accountant | self.manager)
        order = self.env["finance.sync.hold"].search(
            [("id", "in", (small | large).ids)]
        )
        self.assertEqual(order[0], large)

    def test_overdue_holds_go_higher(self):
        self.connection.escalation_user_id = self.manager
        self.open_hold.due = fields.Datetime.now() - timedelta(minutes=1)
        self.open_hold._plan_escalation()
        self.assertTrue(self.open_hold.overdue)
        found = self.env["finance.sync.hold"].search([("overdue", "=", True)])
        self.assertIn(self.open_hold, found)
        for _turn in range(2):
            self.env["finance.sync.hold"]._cron_escalate()
        self.assertEqual(
            self.open_hold.activity_ids.mapped("user_id"),
            self.accountant | self.manager,
        )
        self.assertEqual(len(self.open_hold.activity_ids), 2)

    # -- On the document

    def test_banner_says_why_who_and_what(self):
        document = self.document.with_user(self.clerk)
        self.assertEqual(document.finance_sync_banner_level, "danger")
        self.assertIn("Accountant looks after it.", document.finance_sync_banner)
        self.assertIn("press Retry", document.finance_sync_banner)
        self.assertEqual(document.finance_sync_hold_count, 1)

    def test_banner_while_sending_and_paused(self):
        document = self.make_entry()
        self.enqueue(document=document)
        self.assertEqual(document.finance_sync_banner_level, "info")
        self.connection.action_pause()
        document.invalidate_recordset()
        self.assertEqual(document.finance_sync_banner_level, "warning")
        self.assertIn("paused", document.finance_sync_banner)

    def test_no_banner_without_anything(self):
        self.assertFalse(self.make_entry().finance_sync_banner_level)
        self.assertFalse(self.env["account.move"].new({}).finance_sync_banner_level)

    def test_banner_escapes_what_others_wrote(self):
        self.open_hold.summary = "<script>alert(1)</script>"
        self.document.invalidate_recordset()
        self.assertNotIn("<script>", self.document.finance_sync_banner)
