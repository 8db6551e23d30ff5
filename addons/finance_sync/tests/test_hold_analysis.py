"""Figures of holds."""

from datetime import timedelta

from odoo import fields

from .common import make_user
from .hold_case import HoldCase


class TestAnalysis(HoldCase):
    def test_age_and_lateness(self):
        report = self.env["finance.sync.hold.report"].with_user(self.accountant)
        hold = self.raise_hold(amount=100)
        self.open_since(hold, fields.Datetime.now() - timedelta(days=5))
        hold.due = fields.Datetime.now() - timedelta(days=1)
        self.env.flush_all()
        row = report.search([("hold_id", "=", hold.id)])
        self.assertEqual(row.age_bucket, "03")
        self.assertTrue(row.late)
        self.assertAlmostEqual(row.age_days, 5, places=1)
        self.assertEqual(row.action_open_hold()["res_id"], hold.id)
        hold._close("resolved", "Done")
        self.env.flush_all()
        groups = report._read_group(
            [("hold_id", "=", hold.id)], ["state", "age_bucket"], ["weight:sum"]
        )
        self.assertEqual(groups[0][:2], ("resolved", "03"))

    def test_another_company_sees_nothing(self):
        hold = self.raise_hold()
        self.env.flush_all()
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_user",
        )
        report = (
            self.env["finance.sync.hold.report"]
            .with_user(stranger)
            .with_context(allowed_company_ids=self.company_de.ids)
        )
        self.assertFalse(report.search([("hold_id", "=", hold.id)]))
