"""Many bills at a time: by one job, and as drafts by one press of a button."""

from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ApCase


@tagged("post_install", "-at_install")
class TestBillBatch(ApCase):
    def send(self, *contents):
        """Messages that nothing has been done about; the exchanges."""
        receiver = self.env["finance.sync.connection"].with_user(self.service)
        found = [
            receiver.receive(
                "capture", "ap.invoice", f"B-{n}", 1, {"company": "US", "bill": content}
            )["uuid"]
            for n, content in enumerate(contents)
        ]
        return self.env["finance.sync.exchange"].search(
            [("uuid", "in", found)], order="id"
        )

    def drain(self):
        """As the lane's job does."""
        self.env.flush_all()
        worker = self.env["finance.sync.exchange"].with_user(self.worker)
        worker.with_context(allowed_company_ids=self.company_us.ids)._job_drain(
            self.connection.id, "ap.invoice", self.company_us.id
        )
        self.env.invalidate_all()

    def bills(self):
        return self.env["finance.sync.bill"].search(
            [("connection_id", "=", self.connection.id)], order="external_id"
        )

    def numbered(self, *numbers):
        """Bills of different months, each of an order of its own."""
        return [
            self.content(self.order(), BT_1=f"R-{number}", BT_2=f"2026-0{number}-02")
            for number in numbers
        ]

    def test_one_job_takes_all_that_waits(self):
        exchanges = self.send(*self.numbered(1, 2, 3))
        lane = f"{self.connection.id}:ap.invoice:{self.company_us.id}"
        jobs = self.env["queue.job"].search(
            [("identity_key", "=", f"finance_sync:drain:{lane}")]
        )
        self.assertEqual(len(jobs), 1)
        self.drain()
        self.assertEqual(set(exchanges.mapped("state")), {"done"})
        self.assertEqual(self.bills().mapped("state"), ["matched"] * 3)
        self.drain()
        self.assertEqual(len(self.bills()), 3)

    def test_a_bad_bill_does_not_take_its_batch_down(self):
        first, bad, last = self.numbered(1, 2, 3)
        exchanges = self.send(first, {**bad, "BT-112": None}, last)
        self.drain()
        self.assertEqual(exchanges.mapped("state"), ["done", "held", "done"])
        self.assertEqual(self.bills().mapped("number"), ["R-1", "R-3"])
        self.assertEqual(self.bills().mapped("state"), ["matched"] * 2)
        self.assertEqual(len(self.bills().key_ids), 4)
        self.assertEqual(exchanges[1].hold_ids.mapped("code"), ["contract"])

    def test_the_same_bill_twice_in_a_batch_is_a_duplicate(self):
        content = self.numbered(1)[0]
        self.send(content, content)
        self.drain()
        first, other = self.bills()
        self.assertEqual((first.state, other.state), ("matched", "held"))
        self.assertEqual(self.codes(other), ["ap_duplicate"])

    def test_bills_of_a_batch_share_what_is_open_of_an_order(self):
        order = self.order()
        half = {"order": order, "quantity": "6"}
        self.send(
            self.content(**half, BT_1="R-1", BT_2="2026-01-02"),
            self.content(**half, BT_1="R-2", BT_2="2026-02-02"),
        )
        self.drain()
        first, other = self.bills()
        self.assertEqual((first.state, other.state), ("matched", "held"))
        self.assertEqual(self.codes(other), ["ap_match"])

    def test_drafts_are_made_at_once_each_with_its_own_lines(self):
        self.send(*self.numbered(1, 2, 3))
        self.drain()
        bills = self.bills()
        bills.with_user(self.clerk).action_stage()
        self.assertEqual(set(bills.mapped("state")), {"staged"})
        self.assertEqual(bills.move_id.mapped("ref"), ["R-1", "R-2", "R-3"])
        for bill in bills:
            self.assertEqual(bill.move_id.finance_sync_bill_id, bill)
            self.assertEqual(
                bill.move_id.invoice_line_ids.purchase_line_id,
                bill.link_ids.order_line_id,
            )

    def test_no_draft_is_made_where_the_ledger_disagrees_with_one(self):
        self.send(*self.numbered(1, 2))
        self.drain()
        bills = self.bills()
        bills[1].amount_tax += 0.01
        with self.assertRaisesRegex(UserError, "R-2 would not have"):
            bills.with_user(self.clerk).action_stage()
        self.assertFalse(bills.move_id)
        self.assertEqual(bills.mapped("state"), ["matched"] * 2)
