"""What each group may do with each model of this addon, in whose company."""

from odoo.addons.finance_sync.tests.access_matrix import AccessMatrixCase
from odoo.tests.common import tagged

READ = {
    "clerk": "r",
    "accountant": "r",
    "manager": "r",
    "approver": "r",
    "auditor": "r",
}
RIGHTS = {
    "finance.sync.ap.poll": READ,
    "finance.sync.ap.comparison": READ,
    "finance.sync.ap.comparison.line": READ,
    "finance.sync.ap.told": READ,
    "finance.sync.ap.push": READ,
    "finance.sync.ap.refuse": {"clerk": "rwc", "accountant": "rwc"},
}


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessMatrixCase):
    addon = "finance_sync_ap_platform"
    rights = RIGHTS
    of_a_company = (
        "finance.sync.ap.poll",
        "finance.sync.ap.comparison",
        "finance.sync.ap.comparison.line",
        "finance.sync.ap.told",
        "finance.sync.ap.push",
    )

    def test_every_model_is_in_the_table(self):
        self.check_every_model_is_in_the_table()

    def test_rights(self):
        self.check_rights()

    def test_own_company_is_seen(self):
        self.check_own_company_is_seen()

    def test_another_company_sees_nothing(self):
        self.check_another_company_sees_nothing()
