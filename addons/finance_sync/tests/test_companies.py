"""What users of a branch, and of other companies, see."""

from odoo.tests.common import tagged

from .common import make_user
from .sample_rows import RowsCase


@tagged("post_install", "-at_install")
class TestCompanies(RowsCase):
    def test_a_company_that_is_not_selected_is_not_seen(self):
        seen = self.seen("finance.sync.exchange", self.auditor, self.company_de)
        self.assertNotIn(self.exchange, seen.sudo())

    def test_a_branch_uses_its_parents_connection(self):
        user = make_user(
            self.env, "boston", self.branch, self.branch, "account.group_account_user"
        )
        seen = self.seen("finance.sync.connection", user, self.branch)
        self.assertIn(self.connection, seen.sudo())
        lines = self.seen("finance.sync.connection.user", user, self.branch)
        self.assertIn(self.connection.user_line_ids, lines.sudo())

    def test_a_branch_sees_its_own_exchanges_only(self):
        of_branch = self._exchange(self.branch)
        user = make_user(
            self.env, "boston", self.branch, self.branch, "account.group_account_user"
        )
        seen = self.seen("finance.sync.exchange", user, self.branch).sudo()
        self.assertIn(of_branch, seen)
        self.assertNotIn(self.exchange, seen)

    def test_what_was_not_routed_is_seen_by_whom_its_connection_serves(self):
        lost = self._exchange(None, direction="in")
        seen = self.seen("finance.sync.exchange", self.auditor, self.company_us)
        self.assertIn(lost, seen.sudo())
        stranger = self.stranger("account.group_account_user")
        seen = self.seen("finance.sync.exchange", stranger, self.company_de)
        self.assertNotIn(lost, seen.sudo())
