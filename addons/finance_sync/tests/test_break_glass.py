"""Emergency access: timed, reasoned, announced, and reviewed by somebody else."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.finance_sync import compat
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.break_glass_check import ended_in
from .common import FinanceSyncCase, make_user

WHY = "The tax engine refuses our key since 02:10; I enter the new one."
FOUND = "Read the events of that half hour: one credential was entered."


@tagged("post_install", "-at_install")
class TestBreakGlass(FinanceSyncCase):
    def setUp(self):
        super().setUp()
        self.glasses = self.env["finance.sync.break.glass"]
        # Tests share a cursor, and its cache with it.
        self.addCleanup(ended_in(self.env.cr).clear)

    def take(self, user=None, duty="manager", minutes="30", reason=WHY):
        wizard = self.env["finance.sync.break.glass.request"].with_user(
            user or self.accountant
        )
        wizard.create(
            {"duty": duty, "minutes": minutes, "reason": reason}
        ).action_take()
        return self.glasses.search([], limit=1)

    def groups(self, user):
        user.invalidate_recordset()
        return user[compat.GROUPS_FIELD]

    def is_manager(self, user=None):
        user = user or self.accountant
        return user.with_user(user).has_group("finance_sync.group_manager")

    def late(self, glass):
        """Its time is up and no cron has looked yet."""
        glass.ends_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        self.env.registry.clear_cache()

    def assert_ended(self, call, *args):
        """Not by ``assertRaises``, which would roll back what own cursors committed."""
        try:
            call(*args)
        except AccessError as error:
            self.assertIn("has ended", str(error))
        else:
            self.fail("The access goes on beyond its time.")

    def next_request(self):
        """A new transaction: the one that noticed the end is refused for good."""
        self.assertTrue(ended_in(self.env.cr))
        ended_in(self.env.cr).clear()
        self.env.invalidate_all()

    def events(self, what):
        return self.env["finance.sync.event"].search(
            [("type", "=", f"finance_sync.break_glass.{what}")]
        )

    def review_hold(self, glass):
        return self.env["finance.sync.hold"].search(
            [("document_uuid", "=", glass.finance_sync_uuid)]
        )

    # -- Taken

    def test_gives_the_duty_for_a_while(self):
        connection = self.make_connection()
        with self.assertRaises(AccessError):
            connection.with_user(self.accountant).write({"name": "Mine"})
        glass = self.take()
        self.assertEqual(glass.user_id, self.accountant)
        self.assertEqual(glass.ends_at - glass.started_at, timedelta(minutes=30))
        self.assertTrue(self.is_manager())
        connection.with_user(self.accountant).write({"name": "Mine"})

    def test_is_announced_to_approvers_and_auditors(self):
        glass = self.take()
        reminded = glass.activity_ids.user_id
        self.assertEqual(reminded, self.approver | self.auditor)
        told = self.env["mail.message"].search(
            [
                ("model", "=", glass._name),
                ("res_id", "=", glass.id),
                ("message_type", "=", "user_notification"),
                ("subject", "like", "Emergency access"),
            ]
        )
        self.assertEqual(told.partner_ids, reminded.partner_id)
        self.assertIn("02:10", str(told.body))
        hold = self.review_hold(glass)
        self.assertEqual((hold.code, hold.state), ("break_glass_review", "open"))

    def test_is_recorded_without_its_words(self):
        self.take()
        event = self.events("opened")
        self.assertEqual(event.actor_ref, self.accountant.id)
        data = json.loads(event.data)
        self.assertEqual((data["duty"], data["user"]), ("manager", self.accountant.id))
        self.assertNotIn("02:10", event.data)

    def test_its_user_sees_a_banner(self):
        banner = self.glasses.with_user(self.accountant)._banner_text
        self.assertFalse(banner())
        glass = self.take()
        self.assertIn("Emergency access as Manager", banner())
        self.assertFalse(self.glasses.with_user(self.clerk)._banner_text())
        glass.with_user(self.accountant).action_end()
        self.assertFalse(banner())

    def test_needs_a_reason_and_a_limit(self):
        for values in ({"reason": "urgent"}, {"reason": "   "}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "what happen"):
                self.take(**values)
        with self.assertRaisesRegex(UserError, "four hours"):
            self.glasses.with_user(self.accountant)._take("manager", "600", WHY)
        with self.assertRaisesRegex(UserError, "no such duty"):
            self.glasses.with_user(self.accountant)._take("system", "30", WHY)

    def test_who_may_not_take_it(self):
        for user in (
            self.clerk,
            self.auditor,
            self.service,
            self.env.ref("base.user_root"),
        ):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                self.glasses.with_user(user)._take("manager", "30", WHY)

    def test_one_at_a_time(self):
        self.take()
        with self.assertRaisesRegex(UserError, "End it first"):
            self.take(duty="approver")

    def test_duties_that_conflict_stay_apart(self):
        for duty in ("approver", "auditor"):
            with self.subTest(duty), self.assertRaisesRegex(UserError, "stay apart"):
                self.take(user=self.manager, duty=duty)

    def test_the_login_of_jobs_takes_none(self):
        self.make_connection()
        self.worker.write(
            {compat.GROUPS_FIELD: [(4, self.env.ref("finance_sync.group_resolver").id)]}
        )
        with self.assertRaisesRegex(UserError, "runs jobs"):
            self.take(user=self.worker)

    def test_nobody_makes_one_by_hand(self):
        with self.assertRaises(AccessError):
            self.glasses.with_user(self.accountant).create({"reason": WHY})
        glass = self.take()
        with self.assertRaises(AccessError):
            glass.with_user(self.accountant).write({"ends_at": "2099-01-01"})
        with self.assertRaisesRegex(UserError, "history"):
            glass.unlink()

    # -- Ended

    def test_takes_back_all_that_it_gave(self):
        before = self.groups(self.accountant)
        glass = self.take()
        self.assertTrue(self.groups(self.accountant) - before)
        glass.with_user(self.accountant).action_end()
        self.assertEqual(self.groups(self.accountant), before)
        self.assertFalse(self.is_manager())
        self.assertEqual((glass.state, glass.ended_how), ("ended", "user"))
        self.assertEqual(self.events("ended").actor_ref, self.accountant.id)

    def test_keeps_what_somebody_gave_for_good_meanwhile(self):
        clerk = make_user(
            self.env,
            "junior",
            self.company_us,
            self.companies,
            "finance_sync.group_resolver",
        )
        glass = self.take(user=clerk)
        lasting = self.env.ref("account.group_account_user")
        clerk.write({compat.GROUPS_FIELD: [(4, lasting.id)]})
        glass.with_user(clerk).action_end()
        self.assertIn(lasting, self.groups(clerk))
        self.assertTrue(clerk.with_user(clerk).has_group("finance_sync.group_resolver"))
        self.assertFalse(self.is_manager(clerk))

    def test_the_cron_ends_it(self):
        glass = self.take()
        self.glasses._cron_end()
        self.assertEqual(glass.state, "active")
        self.late(glass)
        self.glasses._cron_end()
        self.assertEqual((glass.state, glass.ended_how), ("ended", "time"))
        self.assertFalse(self.is_manager())

    def test_a_late_cron_lengthens_nothing(self):
        connection = self.make_connection()
        glass = self.take()
        self.late(glass)
        for _turn in range(2):
            self.assert_ended(connection.with_user(self.accountant).read, ["name"])
        self.next_request()
        self.assertEqual((glass.state, glass.ended_how), ("ended", "time"))
        self.assertFalse(self.is_manager())
        connection.invalidate_recordset()
        connection.with_user(self.accountant).read(["name"])
        with self.assertRaises(AccessError):
            connection.with_user(self.accountant).write({"name": "Mine"})

    def test_a_button_checks_the_time_too(self):
        glass = self.take()
        self.late(glass)
        for _turn in range(2):
            self.assert_ended(self.is_manager)
        self.next_request()
        self.assertFalse(self.is_manager())

    def test_it_is_refused_even_if_it_cannot_be_ended(self):
        connection = self.make_connection()
        glass = self.take()
        self.late(glass)
        with (
            patch.object(type(glass), "_end", side_effect=RuntimeError),
            self.assertLogs("odoo.addons.finance_sync.models.break_glass", "ERROR"),
            self.assertRaises(AccessError),
        ):
            connection.with_user(self.accountant).write({"name": "Mine"})
        self.assertEqual(glass.state, "active")

    def test_who_may_end_it(self):
        glass = self.take()
        with self.assertRaises(AccessError):
            glass.with_user(self.clerk).action_end()
        glass.with_user(self.approver).action_end()
        self.assertEqual((glass.ended_how, glass.ended_by), ("other", self.approver))

    # -- Reviewed

    def review(self, glass, user, verdict="justified", note=FOUND):
        self.env["finance.sync.break.glass.review"].with_user(user).create(
            {"glass_id": glass.id, "verdict": verdict, "note": note}
        ).action_review()

    def test_the_review_closes_it(self):
        glass = self.take()
        with self.assertRaisesRegex(UserError, "after it has ended"):
            self.review(glass, self.auditor)
        glass.with_user(self.accountant).action_end()
        self.review(glass, self.auditor)
        self.assertEqual((glass.state, glass.reviewed_by), ("reviewed", self.auditor))
        self.assertFalse(glass.activity_ids)
        self.assertEqual(self.review_hold(glass).state, "resolved")
        self.assertEqual(
            json.loads(self.events("reviewed").data)["verdict"], "justified"
        )
        with self.assertRaisesRegex(UserError, "once"):
            self.review(glass, self.approver)

    def test_nobody_reviews_their_own(self):
        glass = self.take(duty="approver")
        glass.with_user(self.accountant).action_end()
        self.accountant.write(
            {compat.GROUPS_FIELD: [(4, self.env.ref("finance_sync.group_approver").id)]}
        )
        for user in (self.accountant, self.clerk, self.env.ref("base.user_root")):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                glass.with_user(user)._review("justified", FOUND)

    def test_the_hold_is_closed_by_the_review_alone(self):
        glass = self.take()
        hold = self.review_hold(glass)
        with self.assertRaisesRegex(UserError, "Review the emergency access"):
            hold.with_user(self.manager).action_resolve()

    def test_what_was_done_is_found(self):
        glass = self.take()
        self.make_connection().with_user(self.accountant).action_pause()
        action = glass.with_user(self.auditor).action_open_events()
        found = self.env["finance.sync.event"].search(action["domain"])
        self.assertIn("finance_sync.break_glass.opened", found.mapped("type"))
