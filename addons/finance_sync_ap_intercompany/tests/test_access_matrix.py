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


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessMatrixCase):
    addon = "finance_sync_ap_intercompany"
    rights = {"finance.sync.ap.pair": READ}
    of_a_company = ("finance.sync.ap.pair",)

    def row_finance_sync_ap_pair(self):
        return self.env["finance.sync.ap.pair"].create(
            {
                "move_id": self.make_entry().id,
                "company_id": self.company_us.id,
                "buyer_id": self.company_us.id,
                "connection_id": self.row("finance.sync.connection").id,
            }
        )

    def test_every_model_is_in_the_table(self):
        self.check_every_model_is_in_the_table()

    def test_rights(self):
        self.check_rights()

    def test_own_company_is_seen(self):
        self.check_own_company_is_seen()

    def test_another_company_sees_nothing(self):
        self.check_another_company_sees_nothing()
