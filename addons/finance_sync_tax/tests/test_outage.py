from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AvataxCase


@tagged("post_install", "-at_install")
class TestOutage(AvataxCase):
    """The engine is away: block, wait, or estimate."""

    def policy(self, policy, **values):
        # Approved by a second person elsewhere; here the policy itself is tested.
        connection = self.avatax._as_approved()
        connection.write({"outage_policy": policy, **values})

    def away(self, times=9):
        self.simulator.fault("avatax", kind="error", times=times)

    def back(self):
        self.simulator.clear_faults()

    def job(self, move):
        self.env.flush_all()
        return (
            move.with_user(self.worker)
            .with_context(allowed_company_ids=move.company_id.ids)
            ._job_finance_sync_post()
        )

    def waiting(self):
        self.policy("queue")
        self.away()
        move = self.invoice((90.0,), invoice_date=False)
        with trap_jobs() as trap:
            move.action_post()
            trap.assert_jobs_count(1, only=move._job_finance_sync_post)
        self.assertEqual(move.finance_sync_tax_state, "waiting")
        self.assertEqual(move.state, "draft")
        return move

    def test_block_refuses_in_words(self):
        self.away()
        move = self.invoice((90.0,))
        with self.assertRaises(UserError):
            move.action_post()
        self.assertEqual(move.state, "draft")
        self.back()
        move.action_post()
        self.assertEqual(move.state, "posted")

    def test_queue_posts_on_the_frozen_date(self):
        move = self.waiting()
        frozen = move.invoice_date
        self.assertTrue(frozen)
        self.assertEqual(self.holds_of(move), ["tax_outage_waiting"])
        company = self.company_us
        company.invalidate_recordset()
        self.assertEqual(company.finance_sync_tax_waiting_count, 1)
        try:
            self.job(move)
        except RetryableJobError as error:
            self.assertTrue(error.ignore_retry)
        else:
            self.fail("The engine is still away")
        self.back()
        self.assertEqual(self.job(move), "Posted.")
        move.invalidate_recordset()
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.invoice_date, frozen)
        self.assertEqual(move.amount_tax, 6.98)
        self.assertFalse(self.holds_of(move))
        self.assertIn("Nothing to do", self.job(move))

    def test_any_edit_ends_the_waiting(self):
        for change in (
            {"ref": "Another"},
            {"invoice_line_ids": "price"},
            {"invoice_payment_term_id": "term"},
        ):
            move = self.waiting()
            if "ref" in change:
                move.ref = "Another"
            elif "invoice_line_ids" in change:
                move.invoice_line_ids.name = "Another text"
            else:
                move.invoice_payment_term_id = self.env.ref(
                    "account.account_payment_term_30days"
                )
            self.assertEqual(move.finance_sync_tax_state, "stale")
            self.assertFalse(self.holds_of(move))
            self.back()
            self.assertIn("Nothing to do", self.job(move))
            self.assertEqual(move.state, "draft")

    def test_nothing_is_sent_while_it_waits(self):
        move = self.waiting()
        for action in ("action_invoice_sent", "action_send_and_print"):
            with self.assertRaisesRegex(UserError, "waits for its tax"):
                getattr(move, action)()

    def test_a_period_closed_meanwhile_is_not_posted_into(self):
        move = self.waiting()
        self.company_us.tax_lock_date = move.date
        self.back()
        self.job(move)
        move.invalidate_recordset()
        self.assertEqual(move.state, "draft")
        self.assertEqual(self.holds_of(move), ["tax_setup"])

    def test_confirming_again_tries_at_once(self):
        move = self.waiting()
        self.back()
        move.action_post()
        self.assertEqual(move.state, "posted")
        self.assertFalse(self.holds_of(move))

    def test_a_direct_call_raises_rather_than_waits(self):
        self.policy("queue")
        self.away()
        move = self.invoice((90.0,))
        with self.assertRaises(UserError):
            move._post(soft=False)
        self.assertEqual(move.finance_sync_tax_state, "todo")

    def test_a_lost_job_is_made_again(self):
        move = self.waiting()
        with trap_jobs() as trap:
            self.env["account.move"]._cron_finance_sync_tax_waiting()
            trap.assert_jobs_count(1, only=move._job_finance_sync_post)

    def fallback(self, partner, complete=True):
        rates = self.env["finance.sync.tax.rate"].search(
            [("state_id", "=", partner.state_id.id)]
        )
        rates.complete = complete
        self.policy("fallback", fallback_connection_id=self.rates.id)
        self.away()
        return self.invoice((163.75,), partner=partner)

    def test_fallback_is_refused_where_the_table_is_incomplete(self):
        move = self.fallback(self.customer, complete=False)
        with self.assertRaisesRegex(UserError, "missing from the rate table"):
            move.action_post()

    def test_an_estimate_that_was_right_is_recorded(self):
        virginia = self._customer("New York", "NY", "12207")
        self._register(self.company_us, self.us, "NY")
        rates = self.env["finance.sync.tax.rate"].search(
            [("state_id", "=", virginia.state_id.id)]
        )
        rates.rate = 0.0
        move = self.fallback(virginia)
        move.action_post()
        self.assertTrue(move.finance_sync_tax_estimated)
        self.assertEqual(move.finance_sync_tax_engine, "rate_table")
        self.back()
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "committed")

    def test_an_estimate_that_was_wrong_is_credited_and_rebilled(self):
        tennessee = self._customer("Tennessee", "TN", "37203")
        move = self.fallback(tennessee)
        move.action_post()
        self.assertTrue(move.finance_sync_tax_estimated)
        self.assertNotEqual(move.amount_tax, 15.14)
        booked = move.amount_tax
        self.back()
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "error")
        hold = self.env["finance.sync.hold"].search(
            [("document_uuid", "=", move.finance_sync_uuid), ("state", "=", "open")]
        )
        self.assertEqual(hold.code, "tax_estimated_difference")
        self.assertAlmostEqual(hold.amount, 15.14 - booked, 2)
        self.assertFalse(self.simulator.avatax.transactions(move.finance_sync_tax_code))
        wizard = (
            self.env["finance.sync.tax.rebill"]
            .with_user(self.accountant)
            .with_context(active_model="finance.sync.hold", active_id=hold.id)
            .create({})
        )
        action = wizard.action_rebill()
        refund = (
            move.reversal_move_id
            if "reversal_move_id" in move._fields
            else (move.reversal_move_ids)
        )
        self.assertEqual(refund.state, "posted")
        self.assertEqual(refund.amount_tax, booked)
        self.assertFalse(self.exchanges(refund), "The engine knows of no invoice")
        self.assertEqual(move.finance_sync_tax_state, "voided")
        self.assertFalse(self.holds_of(move))
        rebilled = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(rebilled.amount_tax, 15.14)
        self.assertFalse(rebilled.finance_sync_tax_estimated)

    def test_an_unposted_estimate_is_asked_about_again(self):
        virginia = self._customer("New York", "NY", "12207")
        move = self.fallback(virginia)
        move.action_finance_sync_determine_tax()
        self.assertTrue(move.finance_sync_tax_estimated)
        self.back()
        move.action_post()
        self.assertFalse(move.finance_sync_tax_estimated)
        self.assertEqual(move.finance_sync_tax_engine, "avatax")
