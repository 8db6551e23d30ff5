"""Putting a hold off, and being reminded."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from .hold_case import HoldCase

at = fields.Datetime.to_datetime


class TestSnooze(HoldCase):
    def snooze(self, hold, user=None, **values):
        values.setdefault("choice", "other")
        values.setdefault("until", fields.Datetime.now() + timedelta(days=2))
        values.setdefault("reason", "They answer on Thursday")
        wizard = self.env["finance.sync.hold.snooze"].with_user(user or self.accountant)
        wizard.create({"hold_ids": [Command.set(hold.ids)], **values}).action_snooze()

    def seen(self):
        domain = [("state", "=", "open"), ("snoozed", "=", False)]
        return self.holds.with_user(self.accountant).search(domain)

    def test_it_leaves_the_list_and_comes_back_by_itself(self):
        hold = self.raise_hold()
        due = hold.due
        self.snooze(hold)
        self.assertTrue(hold.snoozed)
        self.assertNotIn(hold, self.seen())
        self.assertEqual(hold.due, due)
        self.assertEqual(len(self.events(hold, "snoozed")), 1)
        hold.snoozed_until = fields.Datetime.now() - timedelta(seconds=1)
        hold.invalidate_recordset(["snoozed"])
        self.assertFalse(hold.snoozed)
        self.assertIn(hold, self.seen())

    def test_reason_and_time_are_asked_for(self):
        hold = self.raise_hold()
        with self.assertRaisesRegex(UserError, "what you wait for"):
            self.snooze(hold, reason="  ")
        with self.assertRaisesRegex(UserError, "still to come"):
            self.snooze(hold, until=fields.Datetime.now())

    def test_critical_blocking_ones_not_for_long(self):
        hold = self.raise_hold("contract")
        latest = hold._latest_snooze()
        with self.assertRaisesRegex(UserError, "at most"):
            self.snooze(hold, until=latest + timedelta(minutes=1))
        self.snooze(hold, until=latest - timedelta(minutes=1))
        self.assertTrue(hold.snoozed)

    def test_others_as_long_as_the_company_says(self):
        self.company_us.finance_sync_snooze_days = 3
        hold = self.raise_hold()
        with self.assertRaises(UserError):
            self.snooze(hold, until=fields.Datetime.now() + timedelta(days=4))

    def test_clerks_snooze_nothing(self):
        hold = self.raise_hold()
        with self.assertRaises(AccessError):
            hold.with_user(self.clerk)._snooze(
                fields.Datetime.now() + timedelta(days=1), "Later"
            )

    def test_more_at_stake_wakes_it(self):
        hold = self.raise_hold(subject="a", amount=10)
        self.snooze(hold)
        self.raise_hold(subject="a", amount=10)
        self.assertTrue(hold.snoozed)
        self.raise_hold(subject="a", amount=900)
        hold.invalidate_recordset(["snoozed"])
        self.assertFalse(hold.snoozed)
        self.assertEqual(len(self.events(hold, "woken")), 1)

    def test_take_up_again(self):
        hold = self.raise_hold()
        self.snooze(hold)
        hold.with_user(self.accountant).action_wake()
        self.assertFalse(hold.snoozed_until)

    def test_tomorrow_is_in_the_morning(self):
        self.accountant.tz = "America/New_York"
        wizard = (
            self.env["finance.sync.hold.snooze"]
            .with_user(self.accountant)
            .create(
                {
                    "hold_ids": [Command.set(self.raise_hold().ids)],
                    "choice": "tomorrow",
                    "reason": "Later",
                }
            )
        )
        local = fields.Datetime.context_timestamp(
            wizard.with_context(tz="America/New_York"), wizard.until
        )
        self.assertEqual((local.hour, local.minute), (8, 0))
