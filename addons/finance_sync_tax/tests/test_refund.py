from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AvataxCase, TaxCase


@tagged("post_install", "-at_install")
class TestRefund(TaxCase):
    """Credit notes: the invoice's day, and never more than the invoice."""

    def rate_from(self, day, rate):
        old = self.env["finance.sync.tax.rate"].search(
            [("state_id", "=", self.ca.id), ("category_id", "=", False)]
        )
        old.valid_to = "2026-03-31"
        old.copy({"valid_from": day, "valid_to": False, "rate": rate})

    def test_the_tax_is_that_of_the_invoice_s_day(self):
        move = self.invoice((100.0,))
        move.action_post()
        self.rate_from("2026-04-01", 0.08)
        refund = self.credit(move, invoice_date="2026-05-01")
        self.assertEqual(refund.amount_tax, 7.25)
        self.assertEqual(refund.finance_sync_tax_date, move.invoice_date)
        self.assertEqual(
            refund.invoice_line_ids.finance_sync_origin_line_id, move.invoice_line_ids
        )
        self.assertEqual(
            refund.finance_sync_correlation_id, move.finance_sync_correlation_id
        )
        self.assert_ledger(refund)

    def test_two_partials_are_never_more_than_the_whole(self):
        # 2 × 5.00 at 7.25 % is 0.725, rounded up; one of them is 0.3625, also up.
        move = self.invoice((5.0, 2))
        move.action_post()
        self.assertEqual(move.amount_tax, 0.73)
        first = self.credit(move, 1)
        second = self.credit(move, 1)
        self.assertEqual(first.amount_tax, 0.36)
        self.assertLessEqual(first.amount_tax + second.amount_tax, 0.73)
        move = self.invoice((3.0, 2))  # 0.435 → 0.44 in all; 0.2175 → 0.22 each
        move.action_post()
        self.assertEqual(move.amount_tax, 0.44)
        taxes = [self.credit(move, 1).amount_tax for _ in range(2)]
        self.assertEqual(taxes, [0.22, 0.22])
        move = self.invoice((1.0, 5))  # 0.3625 → 0.36; 0.0725 → 0.07 each
        move.action_post()
        taxes = [self.credit(move, 1).amount_tax for _ in range(5)]
        self.assertEqual(taxes, [0.07] * 5)
        move = self.invoice((1.1, 4))  # 0.319 → 0.32; 0.07975 → 0.08 each
        move.action_post()
        self.assertEqual(sum(self.credit(move, 1).amount_tax for _ in range(4)), 0.32)
        move = self.invoice((0.9, 3))  # 0.19575 → 0.20; 0.06525 → 0.07 each
        move.action_post()
        taxes = [round(self.credit(move, 1).amount_tax, 2) for _ in range(3)]
        self.assertEqual(taxes, [0.07, 0.07, 0.06], "The last one gets what is left")

    def test_more_than_was_invoiced_is_refused(self):
        move = self.invoice((100.0, 2))
        move.action_post()
        self.credit(move, 1)
        refund = self.credit(move, 2, post=False)
        with self.assertRaisesRegex(UserError, "only 100.00 USD"):
            refund.action_post()
        refund.invoice_line_ids.quantity = 1
        refund.action_post()
        self.assertEqual(refund.amount_tax, 7.25)

    def test_lines_of_its_own_count_against_the_whole(self):
        move = self.invoice((100.0,))
        move.action_post()
        refund = self.credit(move, post=False)
        refund.write({"invoice_line_ids": [Command.create(self._line_vals((50.0,)))]})
        with self.assertRaisesRegex(UserError, "takes back"):
            refund.action_post()

    def test_reversing_with_cancel(self):
        move = self.invoice((100.0,), (33.33, 3))
        move.action_post()
        refund = move._reverse_moves([{"invoice_date": move.invoice_date}], cancel=True)
        self.assertEqual(refund.state, "posted")
        self.assertEqual(refund.amount_tax, move.amount_tax)
        self.assertEqual(move.payment_state, "reversed")


@tagged("post_install", "-at_install")
class TestAvataxRefund(AvataxCase):
    def test_a_year_later_at_the_old_rate(self):
        tennessee = self._customer("Tennessee", "TN", "37203")
        move = self.invoice((163.75,), partner=tennessee)
        move.action_post()
        self.run_jobs(move)
        self.simulator.clear_faults()
        refund = self.credit(move, invoice_date="2026-10-01")
        self.assertEqual(refund.amount_tax, 15.14)
        self.assert_ledger(refund)
        body = self.asked()[-1].body
        self.assertEqual(body["type"], "ReturnOrder")
        self.assertEqual(body["date"], "2026-10-01")
        self.assertEqual(body["taxOverride"]["taxDate"], "2026-03-16")
        self.assertEqual(body["referenceCode"], move.finance_sync_tax_code)
        self.run_jobs(refund)
        self.assertEqual(refund.finance_sync_tax_state, "committed")
        recorded = self.simulator.avatax.transactions(refund.finance_sync_tax_code)[-1]
        self.assertEqual(recorded["type"], "ReturnInvoice")
        self.assertEqual(float(recorded["totalTax"]), -15.14)

    def test_the_last_cent_is_told_to_the_engine(self):
        # Jurisdictions of 90.00 are 6.98; a third of it rounds up by jurisdiction.
        move = self.invoice((30.0, 3))
        move.action_post()
        self.run_jobs(move)
        refunds = [self.credit(move, 1) for _ in range(3)]
        total = round(sum(r.amount_tax for r in refunds), 2)
        self.assertLessEqual(total, move.amount_tax)
        for refund in refunds:
            self.assert_ledger(refund)
            self.run_jobs(refund)
            self.assertEqual(refund.finance_sync_tax_state, "committed")
        recorded = [
            self.simulator.avatax.transactions(r.finance_sync_tax_code)[-1]["totalTax"]
            for r in refunds
        ]
        self.assertEqual(round(float(-sum(recorded)), 2), total)

    def test_voiding_a_credit_note_names_its_type(self):
        move = self.invoice((90.0,))
        move.action_post()
        self.run_jobs(move)
        refund = self.credit(move)
        self.run_jobs(refund)
        refund.button_draft()
        self.run_jobs(refund)
        self.assertEqual(refund.finance_sync_tax_state, "voided")
        found = self.simulator.avatax.transactions(refund.finance_sync_tax_code)[-1]
        self.assertEqual(
            (found["type"], found["status"]), ("ReturnInvoice", "Cancelled")
        )
        kept = self.simulator.avatax.transactions(move.finance_sync_tax_code)[-1]
        self.assertEqual(kept["status"], "Committed")
