"""What each group may do with each model of this addon, in whose company."""

from odoo.addons.finance_sync.tests.access_matrix import AccessMatrixCase
from odoo.tests.common import tagged

_READ = {"clerk": "r", "approver": "r", "auditor": "r"}
KEPT = {**_READ, "accountant": "rwcu", "manager": "rwcu"}
ENGINE = {**_READ, "accountant": "r", "manager": "r"}
IMPORT = {"accountant": "rwcu", "manager": "rwcu"}
OF_INVOICES = {"clerk": "rwc", "accountant": "rwc"}
RIGHTS = {
    "finance.sync.tax.category": KEPT,
    "finance.sync.tax.rate": KEPT,
    "finance.sync.tax.registration": KEPT,
    "finance.sync.tax.exemption": KEPT,
    "finance.sync.tax.template": {**_READ, "accountant": "r", "manager": "rwcu"},
    "finance.sync.tax.key": ENGINE,
    "finance.sync.tax.detail": ENGINE,
    "finance.sync.tax.import": IMPORT,
    "finance.sync.tax.import.line": IMPORT,
    "finance.sync.tax.rebill": OF_INVOICES,
    "finance.sync.tax.void": OF_INVOICES,
    "finance.sync.setup.tax": {"manager": "rwcu"},
    "finance.sync.setup.tax.result": {"manager": "rwcu"},
}


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessMatrixCase):
    addon = "finance_sync_tax"
    charts = True
    rights = RIGHTS
    of_a_company = (
        "finance.sync.tax.registration",
        "finance.sync.tax.exemption",
        "finance.sync.tax.template",
        "finance.sync.tax.key",
        "finance.sync.tax.detail",
    )

    def vals_finance_sync_tax_template(self):
        return {"tax_id": self._tax().id}

    def row_finance_sync_tax_template(self):
        vals = self.vals_finance_sync_tax_template()
        return self.env["finance.sync.tax.template"].create(
            self.generate_vals("finance.sync.tax.template", **vals)
        )

    def row_finance_sync_tax_key(self):
        vals = self.generate_vals("finance.sync.tax.key", tax_id=self._tax().id)
        return self.env["finance.sync.tax.key"].create(vals)

    def row_finance_sync_tax_detail(self):
        vals = self.generate_vals(
            "finance.sync.tax.detail", move_id=self.make_entry().id
        )
        return self.env["finance.sync.tax.detail"].create(vals)

    def _tax(self):
        return self.env["account.tax"].search(
            [
                ("company_id", "=", self.company_us.id),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
            ],
            limit=1,
        )

    def test_every_model_is_in_the_table(self):
        self.check_every_model_is_in_the_table()

    def test_rights(self):
        self.check_rights()

    def test_own_company_is_seen(self):
        self.check_own_company_is_seen()

    def test_another_company_sees_nothing(self):
        self.check_another_company_sees_nothing()

    def test_another_company_changes_nothing(self):
        self.check_another_company_changes_nothing()

    def test_nothing_is_made_for_another_company(self):
        self.check_nothing_is_made_for_another_company()
