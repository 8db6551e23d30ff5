"""Hard case 2 of accounts payable: one bill in many spellings and of many vendors."""

from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .hard_case import OTHER_VAT, HardCase
from .unit.paper import page


@tagged("post_install", "-at_install")
class TestDuplicates(HardCase):
    def setUp(self):
        super().setUp()
        self.twin = self.vendor.copy({"name": "Papier Ott (old)"})
        self.assertEqual(self.twin.vat, self.vendor.vat)

    def by_peppol(self, order, vendor, **changes):
        file = self.file(self.bring(self.invoice(order, **changes)))
        return self.of_vendor(file.bill_id, vendor)

    def by_ocr(self, vendor):
        """A bill on paper that was read, and confirmed by a person."""
        self.make_template(vendor, BT_1=r"Invoice (.+?) of")
        tax = f"{self.tax.amount:.2f}".replace(".", ",")
        total = f"{100 + self.tax.amount:.2f}".replace(".", ",")
        file = self.file(
            self.bring(
                page(
                    "Papier Ott GmbH  VAT DE136695976",
                    "Invoice inv 123 of 02.03.2026",
                    "Net 100,00",
                    f"VAT {tax}",
                    f"Total {total}",
                )
            )
        )
        file.with_user(self.clerk).action_confirm()
        self.receive_all()
        return self.of_vendor(file.bill_id, vendor)

    def of_vendor(self, bill, vendor):
        """Of several with its VAT number, a person chooses one."""
        self.assertEqual(self.codes(bill), ["ap_vendor"])
        bill.with_user(self.clerk).partner_id = vendor
        return bill

    def test_hard_case_2_one_bill_by_three_ways_and_two_vendors_is_one_payable(self):
        order = self.order(quantity=20.0)
        first = self.by_peppol(order, self.vendor, BT_1="INV-00123")
        self.assertEqual(first.state, "matched")
        # As another system has it, which does not know whose VAT number it is.
        plain = self.content(order, BT_1="Inv/0123", BT_31=None)
        others = [self.by_ocr(self.twin), self.deliver(plain)]
        self.of_vendor(others[1], self.twin)
        for other in others:
            self.assertEqual(other.state, "held")
            self.assertEqual(self.codes(other), ["ap_duplicate"])
            self.assertEqual(other.similar_ids, first)
            self.assertFalse(other.finance_sync_hold_ids.overridable)
            with self.assertRaises(UserError):
                self.stage(other)
        self.stage(first)
        self.post(first)
        self.assertEqual(self.payables(self.vendor | self.twin), first.move_id)

    def test_hard_case_2_the_same_number_next_year_is_a_warning_only(self):
        order = self.order(quantity=20.0)
        first = self.by_peppol(order, self.vendor, BT_1="INV-00123")
        self.stage(first)
        again = self.by_peppol(order, self.vendor, BT_1="INV-00123", BT_2="2027-03-02")
        self.assertEqual(self.codes(again), ["ap_similar"])
        hold = again.finance_sync_hold_ids
        self.assertEqual(hold.type_id.severity, "warning")
        self.assertIn("another year", hold.summary)
        # One person is enough, as this is nothing unusual.
        self.assertTrue(hold.overridable)
        hold.with_user(self.accountant)._override("They start their numbers anew.")
        again.with_user(self.clerk).action_process()
        self.assertEqual(again.state, "matched")
        self.stage(again)
        self.assertEqual(len(self.payables(self.vendor)), 2)

    def test_hard_case_2_a_bill_booked_by_hand_counts_for_its_year(self):
        def booked(date, ref, partner):
            moves = self.env["account.move"].with_company(self.company_us)
            return moves.create(
                {
                    "move_type": "in_invoice",
                    "partner_id": partner.id,
                    "invoice_date": date,
                    "ref": ref,
                }
            )

        order = self.order(partner_id=self.other.id)
        booked("2025-03-02", "INV-00123", self.other)
        content = self.content(order, BT_1="inv 123", BT_31=OTHER_VAT)
        bill = self.deliver(content)
        self.assertEqual(bill.state, "matched")
        booked("2026-01-31", "INV-00123", self.other.copy())
        bill.with_user(self.clerk).action_process()
        self.assertEqual(self.codes(bill), ["ap_duplicate"])
