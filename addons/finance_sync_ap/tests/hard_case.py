"""What the hard cases of accounts payable share."""

from odoo.addons.finance_sync.tests.common import make_user

from .file_case import FileCase

OTHER_VAT = "FR78500000005"


class HardCase(FileCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.partner"].create(
            {"name": "Encre Martin", "is_company": True, "vat": OTHER_VAT}
        )
        cls.second = make_user(
            cls.env,
            "second",
            cls.company_us,
            cls.companies,
            "base.group_user",
            "finance_sync.group_approver",
        )

    def stage(self, bill):
        bill.with_user(self.clerk).action_stage()
        return bill.move_id

    def post(self, bill):
        bill.with_user(self.clerk).action_post_bill()
        self.assertEqual(bill.state, "posted", bill.finance_sync_hold_ids)

    def override(self, hold, reason="Agreed with the vendor by telephone."):
        hold.with_user(self.accountant)._override(reason)
        if hold.state == "open":
            hold.with_user(self.second)._approve_override()
        self.assertEqual(hold.state, "overridden")
        hold._document().with_user(self.clerk).action_process()

    def payables(self, partners):
        return self.env["account.move"].search(
            [("partner_id", "in", partners.ids), ("state", "!=", "cancel")]
        )

    def linked(self, bill):
        """{order: quantity matched}"""
        found = {}
        for link in bill.link_ids:
            order = link.order_line_id.order_id
            found[order] = found.get(order, 0.0) + link.quantity
        return found
