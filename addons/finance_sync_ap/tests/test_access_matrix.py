"""What each group may do with each model of this addon, in whose company."""

from odoo import fields
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
    # Created by messages and files alone; people choose vendors and say fields.
    "finance.sync.bill": {**READ, "clerk": "rw", "accountant": "rw"},
    "finance.sync.bill.line": READ,
    "finance.sync.bill.link": READ,
    "finance.sync.bill.deviation": READ,
    "finance.sync.bill.key": {"auditor": "r"},
    "finance.sync.bill.report": READ,
    "finance.sync.bill.file": {**READ, "clerk": "rw", "accountant": "rw"},
    "finance.sync.bill.file.term": {**READ, "clerk": "rw", "accountant": "rw"},
    "finance.sync.bill.file.rate": {**READ, "clerk": "rwcu", "accountant": "rwcu"},
    "finance.sync.bill.file.line": {**READ, "clerk": "rwcu", "accountant": "rwcu"},
    "finance.sync.bill.template": {**READ, "manager": "rwcu"},
    "finance.sync.bill.template.line": {**READ, "manager": "rwcu"},
    # Bookkeeping of the looks into folders.
    "finance.sync.bill.folder": READ,
    "finance.sync.bill.mailbox": {"manager": "rwcu", "auditor": "r"},
    "finance.sync.bill.upload": {"clerk": "rwcu", "accountant": "rwcu"},
    "finance.sync.bill.upload.line": {"clerk": "rwcu", "accountant": "rwcu"},
    "finance.sync.ap.limit": {**READ, "manager": "rwcu"},
    # Noticed, and decided on by their buttons.
    "finance.sync.bank.change": READ,
    "finance.sync.bank.confirm": {"approver": "rwcu"},
    "finance.sync.bill.approval": READ,
    "finance.sync.bill.approver": {**READ, "manager": "rwcu"},
    "finance.sync.bill.delegation": {**READ, "manager": "rwcu", "approver": "rwcu"},
    "finance.sync.bill.reject": {"approver": "rwcu"},
    # Messages alone make them.
    "finance.sync.ap.received": READ,
    # Found, and decided on by their buttons.
    "finance.sync.vendor.pair": READ,
    "finance.sync.vendor.differ": {"clerk": "rwcu", "accountant": "rwcu"},
    "finance.sync.payment.stop": {
        "clerk": "rwcu",
        "accountant": "rwcu",
        "approver": "rwcu",
    },
}
# Screens of their own user belong to nobody else.
WIZARDS = (
    "finance.sync.bank.confirm",
    "finance.sync.bill.reject",
    "finance.sync.bill.upload",
    "finance.sync.bill.upload.line",
    "finance.sync.payment.stop",
    "finance.sync.vendor.differ",
)


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessMatrixCase):
    addon = "finance_sync_ap"
    rights = RIGHTS
    of_a_company = tuple(model for model in RIGHTS if model not in WIZARDS)

    def row_finance_sync_bill(self):
        connection = self.make_connection(key="capture")
        return self.env["finance.sync.bill"].create(
            {
                "connection_id": connection.id,
                "company_id": self.company_us.id,
                "external_id": "B-1",
                "version": 1,
                "number": "R-1",
                "date": fields.Date.to_date("2026-03-02"),
                "currency_id": self.company_us.currency_id.id,
            }
        )

    def row_finance_sync_bill_report(self):
        bill = self.row("finance.sync.bill")
        self.env.flush_all()
        return self.env["finance.sync.bill.report"].browse(bill.id)

    def row_finance_sync_bill_file(self):
        connection = self.make_connection(key="bill-files", provider="bill_file")
        return self.env["finance.sync.bill.file"].create(
            {
                "name": "bill.xml",
                "connection_id": connection.id,
                "company_id": self.company_us.id,
                "source": "upload",
            }
        )

    def row_finance_sync_bill_mailbox(self):
        return self.env["finance.sync.bill.mailbox"].create(
            {"alias_name": "matrix-bills", "company_id": self.company_us.id}
        )

    def vals_finance_sync_bill_mailbox(self):
        return {"alias_name": "matrix-other", "alias_id": False}

    def row_finance_sync_bill_link(self):
        product = self.env["product.product"].create({"name": "Paper"})
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Ott"}).id,
                "company_id": self.company_us.id,
                "order_line": [(0, 0, {"product_id": product.id, "product_qty": 1})],
            }
        )
        return self.env["finance.sync.bill.link"].create(
            {
                "bill_id": self.row("finance.sync.bill").id,
                "order_line_id": order.order_line.id,
            }
        )

    def row_finance_sync_bank_change(self):
        partner = self.env["res.partner"].create(
            {"name": "Ott", "company_id": self.company_us.id}
        )
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "DE02120300000000202051", "partner_id": partner.id}
        )
        return bank.finance_sync_change_ids

    def row_finance_sync_bill_approver(self):
        return self.env["finance.sync.bill.approver"].create(
            {
                "company_id": self.company_us.id,
                "user_id": self.approver.id,
                "amount_limit": 100.0,
            }
        )

    def row_finance_sync_bill_delegation(self):
        return self.env["finance.sync.bill.delegation"].create(
            self.vals_of_a_delegation()
        )

    def vals_of_a_delegation(self):
        return {
            "company_id": self.company_us.id,
            "giver_id": self.approver.id,
            "user_id": self.worker.id,
            "date_from": "2026-01-01",
            "date_to": "2026-12-31",
        }

    vals_finance_sync_bill_delegation = vals_of_a_delegation

    def row_finance_sync_payment_stop(self):
        return self.env["finance.sync.payment.stop"].create({"reason": "Wait"})

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
