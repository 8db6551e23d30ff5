"""Reading a platform: everything once, and nothing left out."""

from odoo.addons.finance_sync_ap_platform.models import poll_run
from odoo.addons.finance_sync_ap_platform.providers import rest
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import PlatformCase


@tagged("post_install", "-at_install")
class TestPoll(PlatformCase):
    def test_a_bill_is_taken_in_acknowledged_and_matched(self):
        self.side.put("1001", self.content(self.order()))
        self.read_bills()
        bill = self.bill("1001")
        self.assertEqual(
            bill.state, "matched", bill.finance_sync_hold_ids.mapped("summary")
        )
        self.assertEqual(self.side.documents["1001"]["state"], "acknowledged")
        self.assertEqual(self.poll.state, "idle")
        self.assertTrue(self.poll.watermark)
        self.assertEqual((self.poll.seen_count, self.poll.new_count), (1, 1))

    def test_it_is_acknowledged_after_it_is_kept_never_before(self):
        self.side.put("1001", self.content(self.order()))
        self.read_bills()
        exchanges = self.env["finance.sync.exchange"].search(
            [("connection_id", "=", self.platform.id)], order="id"
        )
        self.assertEqual(
            exchanges.mapped("operation")[:2], ["ap.invoice", "ap.acknowledge"]
        )
        self.assertEqual(exchanges[0].state, "done")

    def test_reading_again_changes_nothing(self):
        self.side.put("1001", self.content(self.order()))
        self.read_bills()
        before = self.env["finance.sync.exchange"].search_count([])
        for _again in range(3):
            self.poll.watermark = False
            self.read_bills()
        self.assertEqual(self.env["finance.sync.exchange"].search_count([]), before)
        self.assertEqual(self.poll.new_count, 0)

    def test_a_newer_version_and_a_void_come_through(self):
        content = self.content(self.order())
        self.side.put("1001", content)
        self.read_bills()
        self.side.put("1001", {**content, "BT-1": "R-9"})
        self.read_bills()
        bill = self.bill("1001")
        self.assertEqual((bill.number, bill.version), ("R-9", 2))
        self.assertEqual(self.side.documents["1001"]["state"], "acknowledged")
        self.side.put("1001", None, void="Twice")
        self.read_bills()
        self.assertEqual(bill.state, "voided")

    def test_many_pages_take_many_jobs_and_the_watermark_waits_for_the_last(self):
        content = self.content(self.order())
        for number in range(1001, 1008):
            self.side.put(str(number), {**content, "BT-1": f"R-{number}"})
        self.patch_pages(1)
        with trap_jobs() as trap:
            self.worker_poll()
            trap.assert_jobs_count(1, only=self.poll._job_poll)
        self.assertTrue(self.poll.page)
        self.assertFalse(self.poll.watermark)
        self.read_bills()
        self.assertEqual(self.poll.state, "idle")
        self.assertTrue(self.poll.watermark)
        self.assertEqual(self.poll.seen_count, 7)

    def test_a_page_that_fails_moves_no_watermark_and_loses_nothing(self):
        content = self.content(self.order())
        for number in range(1001, 1005):
            self.side.put(str(number), {**content, "BT-1": f"R-{number}"})
        self.patch_pages(1)
        for kind, options in (
            ("error", {}),
            ("html", {}),
            ("huge", {}),
            ("drop", {}),
            ("throttle", {"retry_after": 3}),
        ):
            with self.subTest(kind=kind):
                self.simulator.clear_faults()
                self.simulator.fault(
                    "bill_rest", kind=kind, path_suffix="/bills", skip=1, **options
                )
                self.poll.write({"page": False, "watermark": False})
                self.read_bills()
                self.assertEqual(self.poll.state, "failed")
                self.assertFalse(self.poll.watermark)
        self.simulator.clear_faults()
        self.read_bills()
        self.assertEqual(self.poll.state, "idle")
        self.assertTrue(self.poll.watermark)
        found = self.env["finance.sync.bill"].search(
            [("connection_id", "=", self.platform.id)]
        )
        self.assertEqual(
            sorted(found.mapped("external_id")), ["1001", "1002", "1003", "1004"]
        )
        self.assertFalse(self.holds("ap_poll"), "A complete reading closes the hold")

    def test_a_broken_answer_is_a_hold_until_it_can_be_read(self):
        self.simulator.fault("bill_rest", kind="html", path_suffix="/bills")
        self.read_bills()
        hold = self.holds("ap_poll")
        self.assertEqual(hold.company_id, self.company_us)
        self.assertIn("web page", hold.summary)
        self.read_bills()
        self.assertEqual(hold.state, "resolved")

    def test_wrong_credentials_pause_the_connection(self):
        self.simulator.fault("bill_rest", kind="unauthorized")
        self.read_bills()
        self.assertEqual(self.platform.state, "paused")

    def test_one_bill_that_cannot_be_read_keeps_no_other_back(self):
        content = self.content(self.order())
        broken = {key: value for key, value in content.items() if key != "BG-25"}
        self.side.put("1001", broken)
        self.side.put("1002", content)
        self.read_bills()
        self.assertFalse(self.bill("1001"))
        self.assertEqual(self.bill("1002").state, "matched")
        self.assertIn("BG-25", self.holds("contract").summary)
        self.assertEqual(self.side.documents["1001"]["state"], "new")

    def test_too_many_bills_in_the_queue_hold_the_reading_back(self):
        content = self.content(self.order())
        for number in ("1001", "1002"):
            self.side.put(number, {**content, "BT-1": number})
        self.platform.ap_most_waiting = 1
        self.worker_poll()
        self.side.put("1003", {**content, "BT-1": "1003"})
        self.worker_poll()
        self.assertEqual(self.poll.state, "waiting")
        self.run_pending()
        self.read_bills()
        self.assertEqual(self.poll.state, "idle")
        self.assertTrue(self.bill("1003"))

    def test_a_notice_starts_a_reading(self):
        receiver = self.env["finance.sync.connection"].with_user(self.service)
        receiver.receive(self.platform.key, "ap.changed", "n-1", 1, {"company": "US"})
        with trap_jobs() as trap:
            self.run_pending()
            trap.assert_jobs_count(1, only=self.poll._job_poll)

    def test_only_a_manager_starts_it_by_hand(self):
        with self.assertRaises(AccessError):
            self.poll.with_user(self.clerk).action_start()
        with trap_jobs() as trap:
            self.platform.with_user(self.manager).action_ap_poll()
            trap.assert_jobs_count(2)
        with trap_jobs() as trap:
            self.env["finance.sync.ap.poll"]._cron_poll()
            trap.assert_jobs_count(2)

    def worker_poll(self):
        self.poll.with_user(self.worker).with_context(
            allowed_company_ids=self.company_us.ids
        )._job_poll()

    def patch_pages(self, size):
        self.patch(rest, "PAGE_SIZE", size)
        self.patch(poll_run, "PAGES_BY_JOB", 2)


@tagged("post_install", "-at_install")
class TestBasware(PlatformCase):
    provider = "basware"

    def put(self, number, status, **values):
        tax = self.tax.amount
        gross = round(100 + tax, 2)
        self.side.put(
            number,
            status,
            invoiceNumber="R-7",
            invoiceDate="2026-03-02T00:00:00Z",
            currencyCode="USD",
            supplierCode="V-OTT",
            supplierName="Papier Ott",
            netSum=100.0,
            taxSum1=round(tax, 2),
            grossSum=gross,
            invoiceLines=[
                {
                    "rowIndex": 1,
                    "productName": "Paper",
                    "productCode": "PAPER",
                    "quantity": 10,
                    "quantityUnit": "pcs",
                    "netPrice": 10.0,
                    "netSum": 100.0,
                    "taxPercent": tax,
                    "taxSum": round(tax, 2),
                    "orderNumber": self.purchase.name,
                }
            ],
            **values,
        )

    def test_get_acknowledge_prebook_transfer_and_pay(self):
        self.vendor.ref = "V-OTT"
        self.purchase = self.order()
        self.put("b-1", "WaitingForPrebook")
        self.read_bills()
        bill = self.bill("b-1")
        self.assertEqual(
            bill.state, "matched", bill.finance_sync_hold_ids.mapped("summary")
        )
        self.assertEqual(bill.partner_id, self.vendor)
        self.assertEqual(bill.offered_stage, "prebook")
        there = self.side.documents["b-1"]
        self.assertEqual(there["processingStatus"], "PrebookInProgress")
        bill.with_user(self.clerk).action_stage()
        self.run_pending()
        self.assertEqual(there["processingStatus"], "Prebooked")
        self.assertTrue(there["prebookResponses"][0]["paymentBlock"])
        # Approved over there, the same bill is offered for the second step.
        self.put("b-1", "WaitingForTransfer")
        self.read_bills()
        there = self.side.documents["b-1"]
        self.assertEqual(bill.offered_stage, "transfer")
        self.assertEqual((bill.version, bill.move_id.state), (bill.version, "draft"))
        self.assertEqual(there["processingStatus"], "TransferInProgress")
        bill.move_id.action_post()
        self.run_pending()
        self.assertEqual(there["processingStatus"], "Transferred")
        self.assertEqual(there["voucherNumber1"], bill.move_id.name)
        self.on_statement(bill.amount_total, self.payable(bill.move_id))
        self.run_pending()
        self.assertEqual(there["processingStatus"], "Paid")


@tagged("post_install", "-at_install")
class TestCoupa(PlatformCase):
    provider = "coupa"

    def test_bills_are_found_by_their_change_and_marked_as_exported(self):
        order = self.order()
        tax = round(self.tax.amount, 2)
        self.vendor.ref = "V-OTT"
        values = {
            "invoice_number": "R-7",
            "invoice_date": "2026-03-02",
            "document_type": "Invoice",
            "currency": {"code": "USD"},
            "supplier": {"number": "V-OTT", "name": "Papier Ott"},
            "gross_total": round(100 + tax, 2),
            "tax_amount": tax,
            "tax_rate": tax,
            "invoice_lines": [
                {
                    "line-num": 1,
                    "description": "Paper",
                    "quantity": 10,
                    "price": 10.0,
                    "total": 100.0,
                    "uom": {"code": "PCS"},
                    "po-number": order.name,
                    "source-part-num": "PAPER",
                }
            ],
        }
        self.side.put("7", "pending_approval", **values)
        self.read_bills()
        self.assertFalse(self.bill("7"))
        self.side.put("7", **values)
        self.read_bills()
        bill = self.bill("7")
        self.assertEqual(
            bill.state, "matched", bill.finance_sync_hold_ids.mapped("summary")
        )
        self.assertTrue(self.side.documents["7"]["exported"])
        count = self.env["finance.sync.exchange"].search_count([])
        self.read_bills()
        self.assertEqual(self.env["finance.sync.exchange"].search_count([]), count)
        bill.with_user(self.clerk).action_stage()
        bill.move_id.action_post()
        self.run_pending()
        fields = self.side.documents["7"]["custom-fields"]
        self.assertEqual(fields, {"erp-invoice-number": bill.move_id.name})
