"""The hard cases of accounts payable that need a platform: 1 and 8.

What happens at the same moment, in case 1, is in ``tests/e2e/test_bill_race.py``.
"""

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.tests.common import tagged

from .hard_case import HardCase


@tagged("post_install", "-at_install")
class TestDeliveries(HardCase):
    def test_hard_case_1_five_webhooks_and_a_reading_are_one_bill(self):
        content = self.content(self.order())
        self.side.put("1001", content)
        answers = [self.webhook() for _time in range(5)]
        self.assertEqual(len({answer["uuid"] for answer in answers}), 1)
        self.assertEqual([a["duplicate"] for a in answers], [False] + [True] * 4)
        self.read_bills()
        bill = self.bills()
        self.assertEqual((len(bill), bill.state, bill.version), (1, "matched", 1))
        self.assertEqual(self.webhook()["state"], "done")
        altered = self.webhook(bill={**content, "BT-1": "R-2026-0008"})
        self.assertEqual(altered["state"], "conflict")
        self.assertEqual(altered["uuid"], answers[0]["uuid"])
        self.assertEqual(len(self.holds("payload_conflict")), 1)
        self.run_pending()
        self.read_all()
        self.assertEqual(self.bills(), bill)
        self.assertEqual(bill.number, "R-2026-0007")
        self.assertEqual(len(self.sent("ap.acknowledge")), 1)
        bill.with_user(self.clerk).action_stage()
        self.assertEqual(self.entries(), bill.move_id)


@tagged("post_install", "-at_install")
class TestLostAnswers(HardCase):
    def test_hard_case_8_posted_answer_lost_sent_again_paid_and_voided(self):
        self.company_us.finance_sync_ap_auto_post = True
        self.side.put("1001", self.content(self.order()))
        self.read_bills()
        bill = self.bills()
        with trap_jobs() as trap:
            bill.with_user(self.clerk).action_stage()
            jobs = [j for j in trap.enqueued_jobs if "_job_post" in j.func_string]
        self.run_pending()
        # Posted, and neither the job runner nor the platform's answer says so.
        self.simulator.fault("bill_rest", kind="drop_after", path_suffix="/status")
        jobs[0].perform()
        entry, name = bill.move_id, bill.move_id.name
        self.run_into_a_fault()
        there = self.side.documents["1001"]
        self.assertEqual(there["state"], "transferred")
        jobs[0].perform()
        self.run_pending()
        # The platform sends it again, by both ways.
        self.assertTrue(self.webhook()["duplicate"])
        self.read_all()
        self.assertEqual(self.entries(), entry)
        self.assertEqual(
            (bill.state, entry.state, entry.name), ("posted",) * 2 + (name,)
        )
        states = [one["state"] for one in there["status"]]
        self.assertEqual(states, ["in_process", "prebooked", "transferred"])
        # And voids it, when it has been paid.
        self.on_statement(bill.amount_total, self.payable(entry))
        self.run_pending()
        told = self.sent("ap.payment")
        self.side.put("1001", None, void="Captured twice")
        self.webhook()
        self.read_bills()
        (hold,) = self.holds("ap_paid")
        self.assertEqual(hold.res_id, bill.id)
        self.assertFalse(hold.overridable)
        self.assertEqual(
            (bill.state, entry.state, bill.version), ("posted",) * 2 + (1,)
        )
        self.assertTrue(self.payable(entry).reconciled)
        self.assertEqual(self.entries(), entry)
        self.assertEqual(self.sent("ap.payment"), told)
        # Nor when a person has it tried again.
        hold.with_user(self.accountant).action_retry()
        self.run_pending()
        self.assertEqual(len(self.holds("ap_paid")), 1)
        self.assertEqual(self.entries(), entry)


@tagged("post_install", "-at_install")
class TestLookUp(HardCase):
    provider = "basware"

    def test_hard_case_8_a_platform_without_keys_is_asked_before_a_repetition(self):
        self.vendor.ref = "V-OTT"
        tax = round(self.tax.amount, 2)
        line = {
            "rowIndex": 1,
            "productName": "Paper",
            "productCode": "PAPER",
            "quantity": 10,
            "quantityUnit": "pcs",
            "netPrice": 10.0,
            "netSum": 100.0,
            "taxPercent": self.tax.amount,
            "taxSum": tax,
            "orderNumber": self.order().name,
        }
        self.side.put(
            "b-1",
            invoiceNumber="R-7",
            invoiceDate="2026-03-02T00:00:00Z",
            currencyCode="USD",
            supplierCode="V-OTT",
            supplierName="Papier Ott",
            netSum=100.0,
            taxSum1=tax,
            grossSum=100.0 + tax,
            invoiceLines=[line],
        )
        self.read_bills()
        bill = self.bills()
        bill.with_user(self.clerk).action_stage()
        bill.with_user(self.clerk).action_post_bill()
        self.simulator.fault(
            "basware", kind="drop_after", path_suffix="/transferResponses"
        )
        self.run_into_a_fault()
        there = self.side.documents["b-1"]
        self.assertEqual(there["processingStatus"], "Transferred")
        before = len(self.simulator.requests)
        self.run_pending()
        asked = [request.method for request in self.simulator.requests[before:]]
        self.assertIn("GET", asked)
        self.assertEqual(len(there["transferResponses"]), 1)
        self.assertEqual(there["voucherNumber1"], bill.move_id.name)
        self.assertFalse(self.holds("rejected"))
