"""Reading orders, receipts and vendors: as bills are, each up to where it was read."""

from odoo.addons.finance_sync.tests.common import make_user
from odoo.addons.finance_sync_ap_platform.models import poll_run
from odoo.addons.finance_sync_ap_platform.providers import rest
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError, ValidationError
from odoo.tests.common import tagged

from .common import PlatformCase


class RecordsCase(PlatformCase):
    def setUp(self):
        super().setUp()
        self.vendor.ref = "V-OTT"
        self.set_rules(
            ("order/", "external"),
            *(
                (f"partner/{name}", "external")
                for name in ("name", "ref", "city", "vat", "active")
            ),
            connection=self.platform,
        )
        self.platform.ap_unknown_product_id = self.env["product.product"].create(
            {
                "name": "Purchased elsewhere",
                "type": "service",
                "purchase_method": "receive",
                "supplier_taxes_id": False,
            }
        )
        self.platform.write(
            {"ap_poll_vendor": True, "ap_poll_order": True, "ap_poll_receipt": True}
        )

    def poll_of(self, kind):
        return self.platform._poll_of(self.company_us, kind)

    def poll_kinds(self, *kinds):
        for kind in kinds:
            self.read_row(self.poll_of(kind))

    def content_of_order(self, number="PO-7", **line):
        return {
            "number": number,
            "date": "2026-03-02",
            "currency": self.company_us.currency_id.name,
            "vendor_code": "V-OTT",
            "lines": [
                {
                    "ref": "1",
                    "name": "Cleaning",
                    "quantity": "10",
                    "unit": "C62",
                    "price": "10.00",
                    "item": "CLEANING",
                    **line,
                }
            ],
        }

    def receipt(self, quantity, order="77"):
        return {"order": order, "lines": [{"ref": "1", "quantity": quantity}]}

    def received(self, kind):
        return self.env["finance.sync.ap.received"].search(
            [("connection_id", "=", self.platform.id), ("kind", "=", kind)]
        )

    def messages(self, kind):
        return self.env["finance.sync.exchange"].search(
            [
                ("connection_id", "=", self.platform.id),
                ("operation", "=", f"ap.{kind}"),
            ],
            order="id",
        )


@tagged("post_install", "-at_install")
class TestPollRecords(RecordsCase):
    def test_a_polled_order_arrives_once(self):
        self.side.put_record("order", "77", self.content_of_order())
        for _again in range(3):
            self.poll_kinds("order")
            self.poll_of("order").watermark = False
        self.assertEqual(self.messages("order").mapped("state"), ["done"])
        order = self.received("order").purchase_id
        self.assertEqual((order.name, order.state), ("PO-7", "purchase"))
        self.assertEqual(order.company_id, self.company_us)
        self.assertEqual(
            (self.poll_of("order").new_count, self.poll.seen_count), (0, 0)
        )

    def test_polled_and_delivered_it_is_one(self):
        self.side.put_record("order", "77", self.content_of_order())
        receiver = self.env["finance.sync.connection"].with_user(self.service)
        message = dict(self.side.records["order"]["77"])
        message.pop("changed_at")
        receiver.receive(self.platform.key, "ap.order", "77", 1, message)
        self.poll_kinds("order")
        self.assertEqual(len(self.messages("order")), 1)
        self.assertFalse(self.holds("payload_conflict"))

    def test_changes_and_voids_come_through_and_a_void_of_nothing_does_not(self):
        self.side.put_record("order", "76", None)
        self.side.put_record("order", "77", self.content_of_order())
        self.poll_kinds("order")
        self.assertEqual(self.received("order").mapped("external_id"), ["77"])
        self.assertEqual(len(self.messages("order")), 1)
        self.side.put_record("order", "77", self.content_of_order(price="9.50"))
        self.poll_kinds("order")
        order = self.received("order").purchase_id
        self.assertEqual(order.order_line.price_unit, 9.5)
        self.side.put_record("order", "77", None)
        self.poll_kinds("order")
        self.assertEqual(order.state, "cancel")

    def test_a_reading_that_breaks_off_on_page_two_leaves_the_watermark(self):
        for number in range(77, 81):
            content = self.content_of_order(f"PO-{number}")
            self.side.put_record("order", str(number), content)
        self.patch(rest, "PAGE_SIZE", 1)
        self.patch(poll_run, "PAGES_BY_JOB", 2)
        poll = self.poll_of("order")
        for kind in ("error", "html", "huge", "drop"):
            with self.subTest(kind=kind):
                self.simulator.clear_faults()
                self.simulator.fault(
                    "bill_rest", kind=kind, path_suffix="/orders", skip=1
                )
                poll.write({"page": False, "watermark": False})
                self.poll_kinds("order")
                self.assertEqual((poll.state, poll.watermark), ("failed", False))
        self.simulator.clear_faults()
        self.poll_kinds("order")
        self.assertEqual(poll.state, "idle")
        self.assertTrue(poll.watermark)
        self.assertEqual(len(self.received("order").purchase_id), 4)
        self.assertEqual(len(self.messages("order")), 4)

    def test_each_kind_has_a_watermark_and_a_hold_of_its_own(self):
        self.side.put_record("order", "77", self.content_of_order())
        self.side.put("1001", self.content(self.order()))
        self.simulator.fault("bill_rest", kind="html", path_suffix="/orders", times=2)
        self.poll_kinds("order", "invoice")
        self.assertFalse(self.poll_of("order").watermark)
        self.assertTrue(self.poll.watermark)
        hold = self.holds("ap_poll")
        self.assertIn("Purchase Orders", hold.summary)
        self.poll_kinds("invoice", "order")
        self.assertEqual(self.holds("ap_poll"), hold, "Bills say nothing of orders")
        self.poll_kinds("order")
        self.assertEqual(hold.state, "resolved")
        self.assertTrue(self.received("order").purchase_id)

    def test_a_receipt_matches_a_waiting_bill(self):
        self.side.put_record("order", "77", self.content_of_order())
        self.poll_kinds("order")
        order = self.received("order").purchase_id
        content = self.content(order)
        content["BG-25"][0].update({"BT-132": "1", "BT-155": None})
        self.side.put("1001", content)
        self.read_bills()
        bill = self.bill("1001")
        self.assertEqual(bill.state, "waiting")
        self.side.put_record("receipt", "R1", self.receipt("4"))
        self.side.put_record("receipt", "R2", self.receipt("6"))
        with trap_jobs() as trap:
            self.poll_kinds("receipt")
        for job in trap.enqueued_jobs:
            if job.recordset == bill:
                job.perform()
        self.assertEqual(order.order_line.qty_received, 10.0)
        self.assertEqual(bill.state, "matched")

    def test_a_receipt_waits_for_its_order(self):
        self.side.put_record("receipt", "R1", self.receipt("4"))
        self.poll_kinds("receipt")
        self.side.put_record("order", "77", self.content_of_order())
        self.poll_kinds("order")
        line = self.received("order").purchase_id.order_line
        self.assertEqual(line.qty_received, 4.0)

    def test_a_vendor_is_read_before_the_order_that_names_it(self):
        vendor = {"code": "V-NEW", "name": "Blumen"}
        content = {**self.content_of_order(), "vendor_code": "V-NEW"}
        self.side.put_record("vendor", "9", vendor)
        self.side.put_record("order", "77", content)
        self.assertEqual(
            self.platform._poll_kinds(), ["vendor", "order", "receipt", "invoice"]
        )
        self.poll_kinds(*self.platform._poll_kinds())
        order = self.received("order").purchase_id
        self.assertEqual(order.partner_id, self.received("vendor").partner_id)
        self.assertEqual(order.partner_id.name, "Blumen")

    def test_what_is_not_the_platform_s_own_is_held(self):
        self.set_rules(connection=self.platform)
        self.side.put_record("order", "77", self.content_of_order())
        self.poll_kinds("order")
        self.assertEqual(self.messages("order").state, "held")
        self.assertTrue(self.holds("ownership_refused"))
        self.assertFalse(self.received("order"))
        self.assertTrue(self.poll_of("order").watermark, "It is kept, and waits")

    def test_one_job_for_each_company_and_kind_that_is_read(self):
        with trap_jobs() as trap:
            self.env["finance.sync.ap.poll"]._cron_poll()
            trap.assert_jobs_count(8)
        kinds = [job.recordset.kind for job in trap.enqueued_jobs]
        self.assertEqual(kinds[:2], ["vendor"] * 2)
        self.platform.write({"ap_poll_vendor": False, "ap_poll_receipt": False})
        with trap_jobs() as trap:
            self.env["finance.sync.ap.poll"]._cron_poll()
            trap.assert_jobs_count(4)

    def test_a_user_of_another_company_sees_nothing(self):
        self.side.put_record("order", "77", self.content_of_order())
        self.poll_kinds("order")
        other = make_user(
            self.env,
            "elsewhere",
            self.company_de,
            self.company_de,
            "account.group_account_user",
            "finance_sync.group_user",
        )
        theirs = self.env(
            user=other.id, context={"allowed_company_ids": self.company_de.ids}
        )
        polls = theirs["finance.sync.ap.poll"].search([])
        self.assertEqual(polls.company_id, theirs.company)
        self.assertFalse(theirs["finance.sync.ap.received"].search([]))
        with self.assertRaises(AccessError):
            self.poll_of("order").with_env(theirs).read(["watermark"])
        with self.assertRaises(AccessError):
            self.poll_of("order").with_env(theirs).action_start()

    def test_basware_gives_none(self):
        basware = self.make_platform("basware")
        self.assertFalse(basware.ap_gives_records)
        self.assertTrue(self.platform.ap_gives_records)
        with self.assertRaises(ValidationError):
            basware.ap_poll_order = True


@tagged("post_install", "-at_install")
class TestPollRecordsCoupa(RecordsCase):
    provider = "coupa"

    def put_order(self, number, **line):
        name = self.company_us.currency_id.name
        self.side.put_record(
            "order",
            number,
            status="issued",
            po_number=f"PO-{number}",
            currency={"code": name},
            supplier={"number": "V-OTT"},
            order_lines=[
                {
                    "line-num": 1,
                    "description": "Cleaning",
                    "quantity": "10",
                    "price": "10.00",
                    "uom": {"code": "PCS"},
                    "account": {"account-type": {"name": "US"}},
                    **line,
                }
            ],
        )

    def test_orders_and_receipts_and_one_that_cannot_be_read(self):
        self.put_order("77")
        self.put_order("78", price="ten")
        self.side.put_record(
            "receipt",
            "5",
            status="created",
            type="ReceivingQuantityConsumption",
            quantity="4",
            order_line={"line-num": 1, "order-header-id": 77},
            account={"account-type": {"name": "US"}},
        )
        self.poll_kinds("receipt", "order")
        order = self.received("order").purchase_id
        self.assertEqual(order.name, "PO-77")
        self.assertEqual(order.order_line.qty_received, 4.0)
        states = dict(
            self.messages("order").mapped(lambda one: (one.external_id, one.state))
        )
        self.assertEqual(states, {"77": "done", "78": "held"})
        self.assertTrue(self.holds("contract"))
        count = len(self.messages("order"))
        self.put_order("77")
        self.poll_kinds("order")
        self.assertEqual(len(self.messages("order")), count, "Nothing was changed")

    def test_a_supplier_is_each_company_s_own(self):
        values = {"status": "active", "name": "Papier Ott AG", "number": "V-OTT"}
        self.side.put_record("vendor", "9", **values)
        self.poll_kinds("vendor")
        self.assertEqual(self.vendor.name, "Papier Ott AG")
        self.assertEqual(self.received("vendor").external_id, "US:9")
