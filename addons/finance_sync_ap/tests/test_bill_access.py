"""Who may see and do what with received bills."""

from odoo.addons.finance_sync.tests.common import make_user
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import ApCase

MODELS = (
    "finance.sync.bill",
    "finance.sync.bill.line",
    "finance.sync.bill.link",
    "finance.sync.bill.deviation",
)


@tagged("post_install", "-at_install")
class TestAccess(ApCase):
    def setUp(self):
        super().setUp()
        # Received in part, so that there is a deviation.
        self.bill = self.deliver(self.content(self.order(received=4.0)))

    def test_a_user_of_another_company_sees_nothing(self):
        other = make_user(
            self.env,
            "other",
            self.company_de,
            self.company_de,
            "account.group_account_user",
        )
        theirs = self.env(
            user=other.id, context={"allowed_company_ids": self.company_de.ids}
        )
        for model in MODELS:
            with self.subTest(model=model):
                self.assertTrue(self.env[model].search([]))
                self.assertFalse(theirs[model].search([]))
        with self.assertRaises(AccessError):
            self.bill.with_env(theirs).read(["number"])

    def test_an_auditor_reads_and_does_nothing(self):
        bill = self.bill.with_user(self.auditor)
        self.assertEqual(bill.number, "R-2026-0007")
        for call in (bill.action_process, bill.action_stage):
            with self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            bill.write({"partner_id": self.vendor.id})

    def test_nobody_makes_bills_by_hand(self):
        for user in (self.clerk, self.accountant, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["finance.sync.bill"].with_user(user).create(
                    {
                        "connection_id": self.connection.id,
                        "company_id": self.company_us.id,
                        "external_id": "x",
                        "version": 1,
                    }
                )

    def test_only_a_manager_sets_limits(self):
        limits = self.env["finance.sync.ap.limit"]
        with self.assertRaises(AccessError):
            limits.with_user(self.clerk).create({"company_id": self.company_us.id})
        made = limits.with_user(self.manager).create({"company_id": self.company_us.id})
        self.assertEqual(made.display_name, self.company_us.name)

    def test_every_view_opens(self):
        for model in (MODELS[0], "finance.sync.ap.limit"):
            for kind in ("form", "search"):
                with self.subTest(model=model, kind=kind):
                    found = self.env[model].with_user(self.manager)
                    self.assertTrue(found.get_view(view_type=kind)["arch"])
