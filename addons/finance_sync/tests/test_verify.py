"""Who verifies, when, and what they are told."""

from odoo.addons.finance_sync.models import chain as chain_model
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError

from .chain_case import ChainCase


class TestVerify(ChainCase):
    def test_the_result_is_kept_and_recorded(self):
        self.sealed()
        chain = self.chain()
        self.assertEqual(chain.state, "unverified")
        answer = chain.with_user(self.auditor).action_verify()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertEqual(chain.state, "intact")
        self.assertEqual(chain.verified_events, chain.event_count)
        event = self.events.search([("type", "=", "finance_sync.chain.verified")])
        self.assertIn(chain.id, [int(e.subject.split(",")[1]) for e in event])

    def test_a_broken_chain_raises_one_hold(self):
        event = self.sealed()[0]
        self.tamper("DELETE FROM finance_sync_event WHERE id = %s", event.id)
        self.chains._cron_verify()
        self.assertEqual(self.chain().state, "broken")
        hold = self.env["finance.sync.hold"].search([("code", "=", "chain_broken")])
        self.assertEqual(hold.company_id, self.company_us)
        self.assertIn(f"event {event.id}", hold.summary)
        hold._close("resolved", "Looked into.")
        self.chains._cron_verify()
        self.assertEqual(
            self.env["finance.sync.hold"].search_count([("code", "=", "chain_broken")]),
            1,
        )

    def test_who_may_verify(self):
        for user in (self.clerk, self.accountant, self.approver):
            with self.assertRaises(AccessError):
                self.chain().with_user(user).action_verify()

    def test_screens_show_the_head(self):
        self.sealed(5, at_once=2)
        self.record_many(2)
        chain = self.chain()
        head = self.seals.search([("chain", "=", self.number)], limit=1)
        self.assertEqual(chain.head_number, head.number)
        self.assertEqual(chain.head_hash, head.hash)
        self.assertEqual(chain.unsealed_count, 2)
        self.assertEqual(chain.display_name, self.company_us.name)
        chain.with_user(self.auditor).action_seal()
        self.assertEqual(chain.unsealed_count, 0)

    def test_long_chains_are_verified_by_a_job(self):
        self.sealed()
        chain = self.chain()
        self.patch(chain_model, "SMALL", 1)
        with trap_jobs() as trap:
            answer = chain.with_user(self.auditor).action_verify()
            self.assertEqual(answer["params"]["type"], "info")
            self.assertEqual(chain.state, "unverified")
            trap.assert_jobs_count(1, only=chain._job_verify)
            trap.perform_enqueued_jobs()
        self.assertEqual(chain.state, "intact")
