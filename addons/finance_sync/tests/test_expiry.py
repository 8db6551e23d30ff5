"""What expires is told in time, once at each threshold, and closes when renewed."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import FinanceSyncCase

KINDS = {
    "credential_expiring": "secret_expires_on",
    "consent_expiring": "consent_expires_on",
}


@tagged("post_install", "-at_install")
class TestExpiry(FinanceSyncCase):
    def setUp(self):
        super().setUp()
        self.connection = self.make_connection(
            escalation_user_id=self.manager.id, secret="x"
        )

    def expires(self, name, days):
        day = fields.Date.context_today(self.connection) + timedelta(days=days)
        self.connection.write({name: day})

    def open_holds(self, code):
        return self.env["finance.sync.hold"].search(
            [
                ("connection_id", "=", self.connection.id),
                ("code", "=", code),
                ("state", "=", "open"),
            ]
        )

    def test_far_off_is_not_told(self):
        for code, name in KINDS.items():
            self.expires(name, 31)
            self.assertFalse(self.open_holds(code))

    def test_each_kind_has_its_hold(self):
        for code, name in KINDS.items():
            with self.subTest(code):
                self.expires(name, 30)
                hold = self.open_holds(code)
                self.assertEqual(len(hold), 1)
                self.assertIn(str(self.connection[name]), hold.summary)
                self.assertEqual(hold.activity_ids.user_id, self.accountant)
                self.assertFalse(hold.blocking)

    def test_reminds_once_at_each_threshold(self):
        reminded = []
        for days in (30, 20, 14, 13, 7, 5, 1, 0, -1):
            self.expires("secret_expires_on", days)
            hold = self.open_holds("credential_expiring")
            mine = hold.activity_ids.filtered(lambda a: a.user_id == self.accountant)
            self.env["finance.sync.connection"]._cron_expiry()
            again = hold.activity_ids.filtered(lambda a: a.user_id == self.accountant)
            self.assertEqual(mine, again)
            reminded.append(mine.id)
        # The same reminder until the next threshold is reached: 30, 14, 7, 1, past.
        self.assertEqual(len(set(reminded)), 5)
        self.assertIn("has expired", hold.summary)

    def test_the_last_week_goes_higher(self):
        self.expires("secret_expires_on", 14)
        hold = self.open_holds("credential_expiring")
        self.assertFalse(hold.escalated_at)
        self.expires("secret_expires_on", 7)
        self.assertTrue(hold.escalated_at)
        self.assertIn(self.manager, hold.activity_ids.user_id)

    def test_closes_when_renewed(self):
        self.expires("secret_expires_on", 3)
        hold = self.open_holds("credential_expiring")
        self.expires("secret_expires_on", 365)
        self.assertEqual(hold.state, "resolved")
        self.expires("secret_expires_on", 3)
        self.assertTrue(self.open_holds("credential_expiring"))

    def test_drafts_are_left_alone(self):
        draft = self.env["finance.sync.connection"].create(
            {
                "name": "Draft",
                "key": "draft",
                "secret_expires_on": fields.Date.context_today(self.connection),
            }
        )
        self.env["finance.sync.connection"]._cron_expiry()
        self.assertFalse(draft.hold_ids)
