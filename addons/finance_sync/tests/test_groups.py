"""Which groups bring which, and which duties are apart."""

from odoo.tests.common import tagged

from .common import make_user
from .sample_rows import RowsCase


@tagged("post_install", "-at_install")
class TestGroups(RowsCase):
    def test_lock_dates_are_for_billing_administrators(self):
        access = self.env["ir.model.access"]
        for user, may in ((self.worker, True), (self.accountant, False)):
            found = access.with_user(user).check(
                "finance.sync.lock.date", "create", False
            )
            self.assertEqual(bool(found), may)

    def test_accounting_groups_bring_theirs(self):
        self.assertTrue(self.clerk.has_group("finance_sync.group_user"))
        self.assertFalse(self.clerk.has_group("finance_sync.group_resolver"))
        self.assertTrue(self.accountant.has_group("finance_sync.group_resolver"))
        self.assertFalse(self.accountant.has_group("finance_sync.group_manager"))
        user = make_user(
            self.env,
            "books",
            self.company_us,
            self.company_us,
            "finance_sync.group_accountant",
        )
        self.assertTrue(user.has_group("account.group_account_user"))

    def test_duties_are_apart(self):
        for login, not_these in {
            "manager": ("approver", "auditor"),
            "approver": ("resolver", "manager", "auditor"),
            "auditor": ("user", "resolver", "manager", "approver"),
            "service": ("user", "resolver", "manager", "approver", "auditor"),
        }.items():
            for group in not_these:
                with self.subTest(login=login, group=group):
                    user = getattr(self, login)
                    self.assertFalse(user.has_group(f"finance_sync.group_{group}"))
