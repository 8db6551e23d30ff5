"""Days on which versions count, and decisions that need a reason."""

from datetime import date, timedelta

from odoo import fields
from odoo.addons.finance_sync.models.internal import Internal
from odoo.exceptions import AccessError, UserError

from .mapping_case import MappingCase

REASON = "The bank has renamed its codes."


class TestCalendar(MappingCase):
    def setUp(self):
        super().setUp()
        self.today = fields.Date.context_today(self.mappings)

    def day(self, offset):
        return self.today + timedelta(days=offset)

    def test_a_version_for_later_waits_for_its_day(self):
        first = self.make_active({"A": self.usd})
        later = self.new_version(first, date_from=self.day(5))
        later.line_ids.currency_id = self.eur
        self.approve(later)
        self.assertEqual((first.state, later.state), ("active", "approved"))
        self.mappings._cron_mapping()
        self.assertEqual(later.state, "approved")
        later._step().date_from = self.today
        self.mappings._cron_mapping()
        self.assertEqual((first.state, later.state), ("retired", "active"))
        self.assertEqual(first.date_to, self.day(-1))
        self.assertEqual(self.translate("A").values["A"], self.eur)
        earlier = self.translate("A", on_date=self.day(-1))
        self.assertEqual(earlier.values["A"], self.usd)
        self.assertEqual(earlier.mappings, first)

    def test_a_correction_counts_for_the_past_too(self):
        first = self.make_active({"A": self.usd}, date_from=date(2020, 1, 1))
        fixed = self.new_version(first)
        self.assertEqual(fixed.date_from, date(2020, 1, 1))
        fixed.line_ids.currency_id = self.eur
        self.approve(fixed)
        result = self.translate("A", on_date=date(2020, 6, 1))
        self.assertEqual(result.values["A"], self.eur)
        self.assertFalse(self.translate("A", on_date=date(2019, 6, 1)).values)

    def test_what_is_over_retires(self):
        mapping = self.make_active({"A": self.usd}, date_to=self.today)
        self.mappings._cron_mapping()
        self.assertEqual(mapping.state, "active")
        mapping._step().date_to = self.day(-1)
        self.mappings._cron_mapping()
        self.assertEqual(mapping.state, "retired")
        self.assertFalse(self.translate("A").values)
        self.assertTrue(self.translate("A", on_date=self.day(-1)).values)

    def test_an_approval_is_of_what_it_was_compared_with(self):
        first = self.make_active({"A": self.usd})
        later = self.new_version(first, date_from=self.day(5))
        self.approve(later)
        self.approve(self.new_version(first, {"B": self.eur}))
        later._step().date_from = self.today
        self.mappings._cron_mapping()
        self.assertEqual(later.state, "submitted")
        self.assertTrue(self.translate("B").values)
        later.with_user(self.approver).action_approve()
        self.assertEqual(later.state, "active")

    def test_two_in_a_row_follow_each_other(self):
        first = self.make_active({"A": self.usd})
        second = self.approve(self.new_version(first, date_from=self.day(5)))
        third = self.approve(self.new_version(first, date_from=self.day(9)))
        self.assertEqual(third.predecessor_id, second)
        same_day = self.new_version(first, date_from=self.day(9))
        same_day.action_submit()
        with self.assertRaisesRegex(UserError, "same first day"):
            same_day.with_user(self.approver).action_approve()
        second._step().date_from = self.day(-1)
        third._step().date_from = self.today
        self.mappings._cron_mapping()
        self.assertEqual(
            (first.state, second.state, third.state), ("retired", "retired", "active")
        )
        self.assertEqual(second.date_to, self.day(-1))

    def test_retired_by_hand(self):
        mapping = self.make_active({"A": self.usd})
        with self.assertRaises(AccessError):
            mapping.with_user(self.manager)._retire_by_hand(REASON)
        with self.assertRaises(UserError):
            mapping.with_user(self.approver)._retire_by_hand("x")
        mapping.with_user(self.approver)._retire_by_hand(REASON)
        self.assertEqual(mapping.state, "retired")
        self.assertFalse(self.translate("A").values)
        self.assertTrue(self.translate("A", on_date=self.day(-3)).values)

    def test_roll_back(self):
        first = self.make_active({"A": self.usd})
        second = self.new_version(first)
        second.line_ids.currency_id = self.eur
        self.approve(second)
        with self.assertRaises(AccessError):
            first.with_user(self.accountant)._roll_back(REASON)
        with self.assertRaises(UserError):
            second.with_user(self.approver)._roll_back(REASON)
        third = first.with_user(self.approver)._roll_back(REASON)
        self.assertEqual((third.version, third.state), (3, "active"))
        self.assertEqual(second.state, "retired")
        self.assertEqual(self.translate("A").values["A"], self.usd)
        self.assertEqual(third.reason, REASON)

    def test_a_contributor_does_not_roll_back(self):
        first = self.make_active({"A": self.usd})
        second = self.new_version(first)
        second.with_user(self.both).line_ids.currency_id = self.eur
        self.approve(second)
        with self.assertRaises(AccessError):
            first.with_user(self.both)._roll_back(REASON)

    def test_a_forged_context_opens_nothing(self):
        mapping = self.make_active()
        for value in (True, {"value": True}, [True]):
            with self.assertRaises(AccessError):
                mapping.with_context(finance_sync_mapping_step=value).write(
                    {"state": "draft"}
                )
        self.assertEqual(Internal(True), Internal(True))
