"""Which events go to which subscription."""

from odoo.tests import tagged

from .subscription_case import SubscriptionCase


@tagged("post_install", "-at_install")
class TestFanOut(SubscriptionCase):
    def test_who_wants_it_and_may_have_it(self):
        bills = self.subscribe(name="Bills", patterns="account.bill.*")
        german = self.subscribe(
            name="German", company_ids=[(6, 0, self.company_de.ids)], patterns="*"
        )
        event = self.happen()
        self.assertEqual(self.outbox().mapped("event_uuid"), [event])
        self.assertFalse(self.outbox(bills))
        self.assertFalse(self.outbox(german))

    def test_a_branch_is_told_with_its_company(self):
        branch = self.env["res.company"].create(
            {"name": "Maple Boston", "parent_id": self.company_us.id}
        )
        self.happen(company=branch)
        self.assertEqual(self.outbox().company_id, branch)

    def test_what_is_no_business_is_not_told(self):
        everything = self.subscribe(name="All", patterns="*")
        self.assertNotIn("finance_sync.payload", everything.matched_types)
        before = len(self.outbox(everything))
        self.env["finance.sync.event"]._record(
            "finance_sync.payload.unmasked", self.company_us
        )
        self.assertEqual(len(self.outbox(everything)), before)

    def test_paused_keeps_and_disabled_does_not(self):
        self.subscription.action_pause()
        self.happen()
        self.assertEqual(len(self.outbox()), 1)
        self.assertFalse(self.receiver.requests)
        self.subscription._disable("gone")
        self.happen()
        self.assertEqual(len(self.outbox()), 1)

    def test_many_events_cost_one_statement(self):
        partner = self._partner("a")
        item = {
            "type": "account.invoice.posted",
            "record": partner,
            "company": self.company_us,
            "data": {"kind": "invoice", "currency": "USD", "total": 7},
        }
        events = self.env["finance.sync.event"]
        events._record_many([item])
        before = self.env.cr.sql_log_count
        events._record_many([item] * 500)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 4)
        self.assertEqual(len(self.outbox()), 501)

    def test_one_job_after_the_commit(self):
        outbox = self.env["finance.sync.outbox"]
        for _turn in range(2):
            outbox._wake(self.subscription.ids)
        jobs = self.env["queue.job"].search(
            [("identity_key", "=", f"finance_sync:dispatch:{self.subscription.id}")]
        )
        self.assertEqual(len(jobs), 1)
        self.assertEqual(jobs.channel, "root.finance_sync.operational")

    def test_the_cron_finds_what_is_due(self):
        self.happen()
        self.env.flush_all()
        self.env["finance.sync.outbox"]._cron_dispatch()
        domain = [("identity_key", "like", "finance_sync:dispatch:")]
        self.assertEqual(len(self.env["queue.job"].search(domain)), 1)
