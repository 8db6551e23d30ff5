"""Hard case 9 of accounts payable: a foreign currency, parts, and a return."""

from odoo import fields
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.tests.common import tagged

from .hard_case import HardCase


@tagged("post_install", "-at_install")
class TestForeignPayment(HardCase):
    def setUp(self):
        super().setUp()
        self.euro = self.env.ref("base.EUR")
        self.euro.active = True
        # Euros for a dollar: each part is paid at another rate than the bill's.
        for date, rate in (("03-01", 0.8), ("03-10", 0.9), ("03-15", 0.75)):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": self.euro.id,
                    "company_id": self.company_us.id,
                    "name": f"2026-{date}",
                    "rate": rate,
                }
            )

    def pay(self, euros, date, lines):
        """Euros off the bank's account in dollars."""
        dollars = self.euro._convert(
            euros,
            self.company_us.currency_id,
            self.company_us,
            fields.Date.to_date(date),
        )
        return self.on_statement(
            dollars,
            lines,
            date=date,
            foreign_currency_id=self.euro.id,
            amount_currency=-euros,
        )

    def told(self):
        return [(one["state"], float(one["paid"])) for one in self.sent("ap.payment")]

    def test_hard_case_9_foreign_parts_one_returned_while_the_platform_fails(self):
        order = self.order(currency_id=self.euro.id)
        content = self.content(order, BT_5="EUR")
        self.side.put("1001", content)
        self.read_bills()
        bill = self.bills()
        self.assertEqual(bill.state, "matched", bill.finance_sync_hold_ids)
        bill.with_user(self.clerk).action_stage()
        self.run_pending()
        bill.with_user(self.clerk).action_post_bill()
        self.run_pending()
        entry, there = bill.move_id, self.side.documents["1001"]
        self.assertEqual((entry.currency_id, entry.state), (self.euro, "posted"))
        total = bill.amount_total
        half = round(total / 2, 2)

        self.pay(half, "2026-03-10", self.payable(entry))
        self.run_pending()
        self.assertEqual(self.told(), [("partial", half)])
        self.assertEqual(entry.payment_state, "partial")
        second = self.pay(total - half, "2026-03-15", self.payable(entry))
        self.run_pending()
        self.assertEqual(self.told()[-1], ("settled", total))
        self.assertIn(entry.payment_state, ("paid", "in_payment"))
        self.assertEqual(there["state"], "paid")

        # The bank sends the second one back, and the platform is out of order.
        self.simulator.fault("bill_rest", kind="error", status=500, times=3)
        paid = self.payable(second.move_id)
        paid.remove_move_reconcile()
        self.pay(half - total, "2026-03-16", paid)
        self.run_into_a_fault()
        comparison = self.compare()
        self.assertEqual(comparison.state, "failed")
        self.assertFalse(comparison.line_ids)
        worker = self.poll.with_user(self.worker)
        worker.with_context(allowed_company_ids=self.company_us.ids)._job_poll()
        self.assertEqual(self.poll.state, "failed")
        self.assert_reopened(bill, total - half)
        self.assertEqual(there["state"], "paid", "It has not been told yet")

        self.run_pending()
        self.assertEqual(self.told()[-1], ("returned", half))
        self.assertEqual(float(there["payments"][-1]["paid"]), half)
        self.assertEqual(there["state"], "transferred")
        self.assertEqual(self.compare().equal_count, 1)
        self.assert_reopened(bill, total - half)
        self.assertFalse(bill.finance_sync_hold_ids)

        # Paid once more, it is settled.
        self.pay(total - half, "2026-03-16", self.payable(entry))
        self.run_pending()
        self.assertEqual(self.told()[-1], ("settled", total))
        self.assertEqual(there["state"], "paid")

    def assert_reopened(self, bill, amount):
        """Partly paid, still booked, and nothing voided or reversed."""
        entry = bill.move_id
        self.assertEqual((bill.state, entry.state), ("posted", "posted"))
        self.assertEqual(entry.payment_state, "partial")
        self.assertEqual(self.euro.compare_amounts(entry.amount_residual, amount), 0)
        self.assertEqual(self.entries(), entry)
        reversed_by = [("reversed_entry_id", "=", entry.id)]
        self.assertFalse(self.env["account.move"].search(reversed_by))

    def compare(self):
        with trap_jobs():
            found = self.env["finance.sync.ap.comparison"]._begin(self.platform)
        found = found.filtered(lambda one: one.company_id == self.company_us)
        found.with_user(self.worker).with_context(
            allowed_company_ids=self.company_us.ids
        )._job_compare()
        return found
