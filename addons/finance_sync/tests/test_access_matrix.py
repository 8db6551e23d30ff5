"""What each group may do with each model of this addon, in whose company."""

from odoo.tests.common import tagged

from .access_matrix import AccessMatrixCase
from .access_rights import OF_A_COMPANY, RIGHTS


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessMatrixCase):
    addon = "finance_sync"
    rights = RIGHTS
    only_own = {"finance.sync.break.glass": ("accountant", "manager")}
    of_a_company = OF_A_COMPANY

    def row_finance_sync_mapping_line(self):
        mapping = self.row("finance.sync.mapping")
        vals = {"mapping_id": mapping.id, "external_code": "A", "canonical_code": "1"}
        return self.env["finance.sync.mapping.line"].create(vals)

    def vals_finance_sync_mapping_line(self):
        return {"external_code": "B", "canonical_code": "2"}

    def row_finance_sync_ownership_rule(self):
        # Those of an active connection come in by an approved change only.
        vals = {"what": "partner/", "company_id": self.company_us.id}
        connection = self.row("finance.sync.connection")
        rules = self.env["finance.sync.ownership.rule"]._applying()
        return rules.create({**vals, "connection_id": connection.id})

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
