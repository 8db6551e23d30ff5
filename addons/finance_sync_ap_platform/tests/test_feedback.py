"""What a platform is told: forward only, once, and by what the bank says."""

from odoo.addons.finance_sync.tests.common import make_user
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import PlatformCase


@tagged("post_install", "-at_install")
class TestStatus(PlatformCase):
    def states(self):
        return [request["state"] for request in self.sent("ap.status")]

    def test_a_bill_s_way_is_told_with_its_number(self):
        bill = self.booked()
        self.assertEqual(self.states(), ["in_process", "prebooked", "transferred"])
        told = self.side.documents["1001"]["status"]
        self.assertEqual([one["response_code"] for one in told], ["IP", "IP", "AP"])
        self.assertEqual(told[-1]["voucher"], bill.move_id.name)
        self.assertEqual(self.side.documents["1001"]["state"], "transferred")
        self.assertEqual(bill.reported_state, "transferred")

    def test_messages_about_a_bill_keep_their_order(self):
        bill = self.booked()
        exchanges = bill.finance_sync_exchange_ids.filtered(
            lambda exchange: exchange.direction == "out"
        ).sorted("revision")
        self.assertEqual(
            exchanges.mapped("operation"),
            ["ap.acknowledge", "ap.status", "ap.status", "ap.status"],
        )
        self.assertEqual(len(set(exchanges.mapped("idempotency_key"))), 4)

    def test_a_held_bill_is_under_query_and_says_why(self):
        self.side.put("1001", self.content(self.order(), price="12"))
        self.read_bills()
        (request,) = self.sent("ap.status")
        self.assertEqual((request["state"], request["peppol"]), ("queried", "UQ"))
        self.assertIn("differs from its order", request["reason"])
        # Whatever happens now, it does not go back to being in process.
        hold = self.bill("1001").finance_sync_hold_ids
        self.assertTrue(hold)
        self.bill("1001").sudo().state = "matched"
        self.run_pending()
        self.assertEqual(len(self.sent("ap.status")), 1)

    def test_a_refusal_carries_its_reason_and_a_new_version_starts_over(self):
        content = self.content(self.order())
        self.side.put("1001", content)
        self.read_bills()
        bill = self.bill("1001")
        action = bill.with_user(self.clerk).action_refuse()
        form = Form(
            self.env["finance.sync.ap.refuse"]
            .with_user(self.clerk)
            .with_context(**action["context"])
        )
        form.reason = "Goods were sent back."
        form.save().action_refuse()
        self.run_pending()
        self.assertEqual(bill.state, "voided")
        told = self.side.documents["1001"]["status"][-1]
        self.assertEqual(
            (told["state"], told["response_code"], told["reason"]),
            ("refused", "RE", "Goods were sent back."),
        )
        with self.assertRaises(UserError):
            bill.with_user(self.clerk)._refuse("Again.")
        self.side.put("1001", content)
        self.read_bills()
        self.assertEqual(bill.state, "matched")
        self.assertEqual(self.states()[-1], "in_process")

    def test_what_is_posted_is_not_refused(self):
        bill = self.booked()
        with self.assertRaises(UserError):
            bill.with_user(self.clerk)._refuse("No.")
        with self.assertRaises(AccessError):
            bill.with_user(self.auditor)._refuse("No.")

    def test_a_clerk_of_another_company_refuses_nothing(self):
        self.side.put("1001", self.content(self.order()))
        self.read_bills()
        other = make_user(
            self.env,
            "other",
            self.company_de,
            self.company_de,
            "account.group_account_invoice",
        )
        theirs = self.env(
            user=other.id, context={"allowed_company_ids": self.company_de.ids}
        )
        with self.assertRaises(AccessError):
            self.bill("1001").with_env(theirs)._refuse("Not ours.")

    def test_a_bill_that_is_taken_back_is_a_hold_and_nothing_is_told(self):
        bill = self.booked()
        bill.move_id.button_draft()
        self.run_pending()
        hold = self.holds("ap_taken_back")
        self.assertEqual(len(hold), 1)
        self.assertEqual(len(self.states()), 3)
        bill.move_id.action_post()
        self.run_pending()
        self.assertEqual(hold.state, "resolved")
        self.assertEqual(len(self.states()), 3)

    def test_what_is_undone_within_a_transaction_is_not_told(self):
        self.side.put("1001", self.content(self.order()))
        self.read_bills()
        bill = self.bill("1001")
        bill.with_user(self.clerk).action_stage()
        bill.move_id.action_post()
        self.run_pending()
        told = len(self.states())
        bill.move_id.button_draft()
        bill.move_id.action_post()
        self.run_pending()
        self.assertEqual(len(self.states()), told)

    def test_an_outage_delays_and_a_lost_answer_repeats_nothing(self):
        self.side.put("1001", self.content(self.order()))
        self.read_bills()
        self.simulator.fault("bill_rest", kind="drop_after", path_suffix="/status")
        bill = self.bill("1001")
        bill.with_user(self.clerk).action_stage()
        self.env.cr.precommit.run()
        exchange = bill.finance_sync_exchange_ids.filtered(
            lambda one: one.state == "pending"
        )
        try:
            exchange.with_user(self.worker).with_context(
                allowed_company_ids=self.company_us.ids
            )._job_run()
            self.fail("It should be tried again.")
        except RetryableJobError as error:
            self.assertTrue(error.ignore_retry)
        self.run_pending()
        told = [one["state"] for one in self.side.documents["1001"]["status"]]
        self.assertEqual(told, ["in_process", "prebooked"])

    def test_nobody_writes_what_was_told(self):
        bill = self.booked()
        for vals in ({"reported_state": "refused"}, {"reported_paid": 5.0}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                bill.with_user(self.clerk).write(vals)

    def test_bills_of_other_systems_are_told_nothing(self):
        bill = self.deliver(self.content(self.order()))
        bill.with_user(self.clerk).action_stage()
        bill.move_id.action_post()
        self.env.cr.precommit.run()
        outbound = bill.finance_sync_exchange_ids.filtered(
            lambda exchange: exchange.direction == "out"
        )
        self.assertFalse(outbound)


@tagged("post_install", "-at_install")
class TestPayment(PlatformCase):
    def told(self):
        return [(one["state"], float(one["paid"])) for one in self.sent("ap.payment")]

    def pay(self, bill):
        """As the wizard does; on its way until a statement shows it."""
        wizard = (
            self.env["account.payment.register"]
            .with_company(self.company_us)
            .with_context(active_model="account.move", active_ids=bill.move_id.ids)
            .create({"journal_id": self.bank().id, "payment_date": "2026-03-19"})
        )
        payments = wizard._create_payments()
        self.env.cr.precommit.run()
        return payments

    def test_a_registered_payment_is_on_its_way_and_not_paid(self):
        bill = self.booked()
        self.pay(bill)
        self.env["finance.sync.bill"]._cron_feedback()
        self.run_pending()
        self.assertEqual(self.told(), [("initiated", 0.0)])
        self.assertNotEqual(self.side.documents["1001"]["state"], "paid")

    def test_the_bank_says_what_is_partial_settled_and_returned(self):
        bill = self.booked()
        total = bill.amount_total
        half = round(total / 2, 2)
        self.on_statement(half, self.payable(bill.move_id))
        self.run_pending()
        self.on_statement(total - half, self.payable(bill.move_id))
        self.run_pending()
        self.assertEqual(self.told(), [("partial", half), ("settled", total)])
        self.assertEqual(self.side.documents["1001"]["state"], "paid")
        last = self.side.documents["1001"]["payments"][-1]
        self.assertEqual(last["response_code"], "PD")
        self.assertEqual(last["date"], "2026-03-20")
        # The bank sends one of them back.
        partial = self.payable(bill.move_id).matched_debit_ids.sorted("id")[-1]
        partial.unlink()
        self.run_pending()
        self.assertEqual(self.told()[-1], ("returned", half))
        self.assertEqual(bill.move_id.state, "posted")
        self.assertEqual(bill.reported_payment, "returned")

    def test_a_payment_with_an_entry_is_settled_when_its_money_is_on_a_statement(self):
        bill = self.booked()
        payment = self.pay(bill)
        self.run_pending()
        money = payment.move_id.line_ids - self.payable(payment.move_id)
        if not money:
            self.skipTest("Payments have no entry here: see the statement itself")
        money.account_id.reconcile = True
        self.on_statement(bill.amount_total, money)
        self.run_pending()
        self.assertEqual(
            self.told(), [("initiated", 0.0), ("settled", bill.amount_total)]
        )

    def test_a_credit_note_is_no_payment(self):
        bill = self.booked()
        refund = bill.move_id._reverse_moves([{"invoice_date": "2026-03-20"}])
        refund.action_post()
        # Core may have done it with the posting.
        both = self.payable(bill.move_id) | self.payable(refund)
        open_lines = both.filtered(lambda line: not line.reconciled)
        if open_lines:
            open_lines.reconcile()
        self.assertTrue(self.payable(bill.move_id).reconciled)
        self.run_pending()
        self.assertEqual(self.told(), [])

    def test_a_void_after_payment_is_a_hold_and_reverses_nothing(self):
        bill = self.booked()
        self.on_statement(bill.amount_total, self.payable(bill.move_id))
        self.run_pending()
        told = self.told()
        self.side.put("1001", None, void="Fraud?")
        self.read_bills()
        self.assertEqual(len(self.holds("ap_paid")), 1)
        self.assertEqual((bill.state, bill.move_id.state), ("posted", "posted"))
        self.assertTrue(self.payable(bill.move_id).reconciled)
        self.assertEqual(self.told(), told)

    def test_looking_again_tells_nothing_new(self):
        bill = self.booked()
        self.on_statement(bill.amount_total, self.payable(bill.move_id))
        self.run_pending()
        for _again in range(2):
            self.env["finance.sync.bill"]._cron_feedback()
            bill._feedback()
            self.run_pending()
        self.assertEqual(len(self.told()), 1)
