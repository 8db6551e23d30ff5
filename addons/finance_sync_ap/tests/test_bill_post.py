"""A bill is posted once, when nothing stands against it."""

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from .. import compat
from .bank_case import BankCase


@tagged("post_install", "-at_install")
class TestBillPost(BankCase):
    def staged(self, **changes):
        bill = self.deliver(self.content(self.order(), **changes))
        bill.with_user(self.clerk).action_stage()
        return bill

    def lock(self, date):
        self.company_us.with_context(mail_create_nolog=True).write(
            {"fiscalyear_lock_date": date}
        )

    def test_a_person_posts_it_and_the_bill_knows(self):
        bill = self.staged()
        self.assertTrue(bill.with_user(self.clerk).action_post_bill())
        self.assertEqual((bill.state, bill.move_id.state), ("posted", "posted"))

    def test_the_ledgers_own_button_does_the_same(self):
        bill = self.staged()
        bill.move_id.with_user(self.clerk).action_post()
        self.assertEqual(bill.state, "posted")
        bill.move_id.button_draft()
        self.assertEqual(bill.state, "staged")

    def test_by_default_nothing_is_posted_by_itself(self):
        with trap_jobs() as trap:
            bill = self.staged()
        names = [job.func_string for job in trap.enqueued_jobs]
        self.assertFalse([name for name in names if "_job_post" in name])
        self.assertEqual(bill.move_id.state, "draft")

    def test_where_the_company_wants_it_a_job_posts_as_the_execution_user(self):
        self.company_us.finance_sync_ap_auto_post = True
        with trap_jobs() as trap:
            bill = self.staged()
        jobs = [job for job in trap.enqueued_jobs if "_job_post" in job.func_string]
        self.assertEqual(len(jobs), 1)
        self.assertEqual(jobs[0].recordset.env.user, self.worker)
        jobs[0].perform()
        self.assertEqual(bill.state, "posted")

    def test_hard_case_8_posting_again_after_a_lost_answer_posts_nothing(self):
        bill = self.staged()
        worker = bill.with_user(self.worker)
        worker._job_post()
        name = bill.move_id.name
        worker._job_post()
        # Even where the bill was never told.
        bill.sudo().write({"state": "staged"})
        worker._job_post()
        self.assertEqual(bill.state, "posted")
        self.assertEqual(bill.move_id.name, name)
        entries = self.env["account.move"].search_count(
            [("ref", "=", bill.number), ("partner_id", "=", self.vendor.id)]
        )
        self.assertEqual(entries, 1)

    def test_hard_case_8_a_void_after_posting_reverses_nothing(self):
        bill = self.deliver(self.content(self.order()), "B-8")
        bill.with_user(self.clerk).action_stage()
        bill.with_user(self.clerk).action_post_bill()
        self.deliver(None, "B-8", version=2, void=True)
        self.assertEqual((bill.state, bill.move_id.state), ("posted", "posted"))
        reversals = [("reversed_entry_id", "=", bill.move_id.id)]
        self.assertFalse(self.env["account.move"].search(reversals))
        self.assertEqual(self.codes(bill), ["ap_late"])
        self.assertEqual(bill.move_id.finance_sync_payment_block, "hold")

    def test_a_locked_period_is_a_hold_and_a_replay_posts_once_it_is_open(self):
        bill = self.staged()
        # Nothing is locked while there are drafts before the date.
        bill.move_id.date = "2027-01-05"
        self.lock("2026-12-31")
        bill.move_id.date = "2026-03-02"
        action = bill.with_user(self.clerk).action_post_bill()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertEqual(bill.move_id.state, "draft")
        hold = bill.finance_sync_hold_ids
        self.assertEqual(hold.code, "ap_post")
        self.assertIn("are locked", hold.summary)
        self.lock(False)
        hold.with_user(self.accountant).action_retry()
        self.assertEqual(bill.state, "posted")
        self.assertEqual(hold.state, "resolved")

    def test_a_manager_of_the_books_is_bound_by_the_period_as_well(self):
        # 17.0 spares managers this date; 19.0 has one for purchases.
        name = "purchase_lock_date" if compat.SERIES_19 else "period_lock_date"
        bill = self.staged()
        bill.move_id.date = "2027-01-05"
        self.company_us[name] = "2026-12-31"
        bill.move_id.date = "2026-03-02"
        bill.with_user(self.worker)._job_post()
        self.assertEqual(self.codes(bill), ["ap_post"])

    def test_what_the_ledger_refuses_is_a_hold_in_its_words(self):
        bill = self.staged()
        bill.move_id.partner_id = False
        bill.with_user(self.clerk).action_post_bill()
        self.assertEqual(bill.move_id.state, "draft")
        self.assertEqual(self.codes(bill), ["ap_post"])
        self.assertIn("endor", bill.finance_sync_hold_ids.summary)

    def test_a_newer_version_takes_the_place_of_the_draft(self):
        content = self.content(self.order())
        bill = self.deliver(content, "B-1")
        bill.with_user(self.clerk).action_stage()
        old = bill.move_id
        self.deliver({**content, "BT-1": "R-9"}, "B-1", version=2)
        with self.assertRaisesRegex(UserError, "has changed since"):
            old.action_post()
        bill.with_user(self.clerk).action_stage()
        self.assertEqual(old.state, "cancel")
        self.assertFalse(old.finance_sync_bill_id)
        self.assertEqual(bill.move_id.ref, "R-9")

    def test_only_who_books_bills_posts(self):
        bill = self.staged()
        for user in (self.auditor, self.approver, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                bill.with_user(user).action_post_bill()
