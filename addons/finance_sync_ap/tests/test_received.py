"""Vendors, orders and receipts that a procurement platform delivers."""

import copy

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import VAT, ApCase

LINE = {
    "ref": "1",
    "name": "Paper",
    "quantity": "10",
    "unit": "C62",
    "price": "10.00",
    "item": "PAPER",
}


class ReceivedCase(ApCase):
    def setUp(self):
        super().setUp()
        self.vendor.ref = "V-OTT"
        self.set_rules(
            ("order/", "external"),
            *(
                (f"partner/{name}", "external")
                for name in ("name", "ref", "city", "vat", "active", "country_id")
            ),
        )
        self.service_product = self.env["product.product"].create(
            {
                "name": "Purchased elsewhere",
                "type": "service",
                "purchase_method": "receive",
                "supplier_taxes_id": False,
            }
        )
        self.connection.ap_unknown_product_id = self.service_product

    def tell(self, kind, external_id, content=None, version=1, **message):
        """Receive a message and run its job; its exchange."""
        payload = {"company": "US", **message}
        if content is not None:
            payload[kind] = copy.deepcopy(content)
        receiver = self.env["finance.sync.connection"].with_user(self.service)
        answer = receiver.receive(
            "capture", f"ap.{kind}", external_id, version, payload
        )
        exchange = self.env["finance.sync.exchange"].search(
            [("uuid", "=", answer["uuid"])]
        )
        if exchange.state == "pending":
            self.run_again(exchange)
        return exchange

    def run_again(self, exchange):
        self.env.flush_all()
        exchange.with_user(self.worker).with_context(
            allowed_company_ids=exchange.company_id.ids
        )._job_run()

    def content_of_order(self, *lines, **changes):
        return {
            "number": "PO-7",
            "date": "2026-03-02",
            "currency": self.company_us.currency_id.name,
            "vendor_code": "V-OTT",
            "lines": [{**LINE, **line} for line in lines or ({},)],
            **changes,
        }

    def found(self, kind, external_id):
        return self.env["finance.sync.ap.received"].search(
            [("kind", "=", kind), ("external_id", "=", external_id)]
        )

    def order_of(self, external_id="77"):
        return self.found("order", external_id).purchase_id

    def holds(self, code):
        return self.env["finance.sync.hold"].search(
            [("code", "=", code), ("state", "=", "open")]
        )

    def receipt(self, *quantities):
        lines = [
            {"ref": str(number), "quantity": quantity}
            for number, quantity in enumerate(quantities, 1)
        ]
        return {"order": "77", "lines": lines}


@tagged("post_install", "-at_install")
class TestReceivedVendor(ReceivedCase):
    def test_a_known_vendor_is_changed_and_a_new_one_made(self):
        content = {"code": "V-OTT", "name": "Papier Ott AG", "city": "Köln"}
        exchange = self.tell("vendor", "9", content)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(
            (self.vendor.name, self.vendor.city), (content["name"], "Köln")
        )
        self.assertEqual(self.vendor.vat, VAT)
        self.tell("vendor", "10", {"code": "V-NEW", "name": "Blumen", "country": "de"})
        new = self.found("vendor", "10").partner_id
        self.assertEqual((new.ref, new.supplier_rank), ("V-NEW", 1))
        self.assertEqual(new.country_id, self.env.ref("base.de"))
        self.assertEqual(new.company_id, self.company_us)

    def test_a_vendor_is_found_by_its_vat_number(self):
        self.vendor.ref = False
        self.tell("vendor", "9", {"code": "V-9", "name": "Ott", "vat": VAT})
        self.assertEqual(self.found("vendor", "9").partner_id, self.vendor)
        self.assertEqual(self.vendor.ref, "V-9")

    def test_late_versions_change_nothing(self):
        self.tell("vendor", "9", {"code": "V-OTT", "name": "Third"}, version=3)
        late = self.tell("vendor", "9", {"code": "V-OTT", "name": "Second"}, version=2)
        self.assertEqual((late.state, self.vendor.name), ("done", "Third"))

    def test_what_is_not_its_own_is_held_whole(self):
        self.set_rules(("partner/city", "external"))
        content = {"code": "V-OTT", "name": "Evil Corp", "city": "Köln"}
        exchange = self.tell("vendor", "9", content)
        self.assertEqual(exchange.state, "held")
        self.assertTrue(self.holds("ownership_refused"))
        self.assertEqual(self.vendor.name, "Papier Ott GmbH")
        self.assertFalse(self.vendor.city)

    def test_a_void_archives(self):
        self.tell("vendor", "9", {"code": "V-OTT", "name": "Papier Ott GmbH"})
        self.tell("vendor", "9", version=2, void=True)
        self.assertFalse(self.vendor.active)
        self.tell("vendor", "9", {"code": "V-OTT", "name": "Back"}, version=3)
        self.assertTrue(self.vendor.active)

    def test_bank_details_are_not_taken(self):
        exchange = self.tell(
            "vendor", "9", {"code": "V-OTT", "name": "Ott", "iban": "DE02"}
        )
        self.assertEqual(exchange.state, "held")
        self.assertFalse(self.vendor.bank_ids)

    def test_two_with_one_code_are_a_person_s_to_tell_apart(self):
        twin = self.env["res.partner"].create({"name": "Ott", "ref": "V-OTT"})
        exchange = self.tell("vendor", "9", {"code": "V-OTT", "name": "Ott"})
        self.assertEqual(exchange.state, "held")
        (hold,) = self.holds("ap_record")
        twin.ref = False
        hold.with_user(self.accountant).action_retry()
        self.run_again(exchange)
        self.assertEqual((exchange.state, hold.state), ("done", "resolved"))


@tagged("post_install", "-at_install")
class TestReceivedOrder(ReceivedCase):
    def test_an_order_is_confirmed_and_bills_are_matched_with_it(self):
        self.tell("order", "77", self.content_of_order())
        order = self.order_of()
        self.assertEqual((order.name, order.state), ("PO-7", "purchase"))
        self.assertEqual(order.company_id, self.company_us)
        self.assertEqual(order.order_line.product_id, self.product)
        self.assertEqual(order.order_line.price_unit, 10.0)
        self.receive_goods(order, 10)
        bill = self.deliver(self.content(order))
        self.assertEqual((bill.state, self.codes(bill)), ("matched", []))

    def test_a_newer_version_replaces_lines_and_an_older_one_does_not(self):
        self.tell("order", "77", self.content_of_order(), version=2)
        two = self.content_of_order(
            {"quantity": "12", "price": "9.50"},
            {"ref": "2", "item": "UNKNOWN", "name": "Binding"},
        )
        self.tell("order", "77", two, version=4)
        self.tell("order", "77", self.content_of_order(), version=3)
        order = self.order_of()
        first, second = order.order_line.sorted("sequence")
        self.assertEqual((first.product_qty, first.price_unit), (12.0, 9.5))
        self.assertEqual(second.product_id, self.service_product)
        self.tell("order", "77", self.content_of_order(), version=5)
        self.assertEqual((first.product_qty, second.product_qty), (10.0, 0.0))

    def test_the_same_message_again_is_the_same_order(self):
        for _time in range(3):
            self.tell("order", "77", self.content_of_order())
        count = self.env["purchase.order"].search_count([("name", "=", "PO-7")])
        self.assertEqual(count, 1)

    def test_what_is_not_here_is_held_until_it_is(self):
        self.connection.ap_unknown_product_id = False
        for number, changes in enumerate(
            (
                {"vendor_code": "V-NONE"},
                {"currency": "XXX"},
                {"lines": [{**LINE, "item": "UNKNOWN"}]},
                {"lines": [{**LINE, "unit": "KGM"}]},
                {"lines": [{**LINE, "unit": "??"}]},
            ),
            start=1,
        ):
            with self.subTest(changes=changes):
                number = str(number)
                exchange = self.tell("order", number, self.content_of_order(**changes))
                self.assertEqual(exchange.state, "held")
                self.assertFalse(self.found("order", number))
        self.assertEqual(len(self.holds("ap_record")), 5)

    def test_a_number_that_is_ours_already_is_held(self):
        self.order(received=0, name="PO-7")
        exchange = self.tell("order", "77", self.content_of_order())
        self.assertEqual(exchange.state, "held")
        self.assertIn("PO-7", self.holds("ap_record").summary)

    def test_without_a_rule_orders_are_ours(self):
        self.set_rules()
        exchange = self.tell("order", "77", self.content_of_order())
        self.assertEqual(exchange.state, "held")
        self.assertTrue(self.holds("ownership_refused"))
        self.assertFalse(self.order_of())

    def test_a_void_cancels_and_after_a_bill_it_is_held(self):
        self.tell("order", "77", self.content_of_order())
        self.tell("order", "77", version=2, void=True)
        self.assertEqual(self.order_of().state, "cancel")
        self.tell("order", "77", self.content_of_order(), version=3)
        self.assertEqual(self.order_of().state, "purchase")

    def test_a_bill_that_came_before_its_order_is_matched_when_it_is_here(self):
        early = self.content(quantity="10", price="10", BT_13="PO-7")
        bill = self.deliver(early)
        self.assertEqual(bill.state, "held")
        with trap_jobs() as trap:
            self.tell("order", "77", self.content_of_order())
            trap.assert_enqueued_job(bill._job_process, args=(), kwargs={})

    def test_orders_of_another_company_are_another_s(self):
        self.tell("order", "77", self.content_of_order())
        theirs = (
            self.found("order", "77")
            .with_user(self.clerk)
            .with_context(allowed_company_ids=self.company_de.ids)
        )
        self.assertFalse(theirs.search([("id", "=", theirs.id)]))
        with self.assertRaises(AccessError):
            self.found("order", "77").with_user(self.accountant).write({"version": 9})


@tagged("post_install", "-at_install")
class TestReceivedReceipt(ReceivedCase):
    def service_order(self):
        self.tell("order", "77", self.content_of_order({"item": "CLEANING"}))
        return self.order_of().order_line

    def test_receipts_add_up_in_whatever_order_they_come(self):
        self.tell("receipt", "R2", self.receipt("4"))
        line = self.service_order()
        self.assertEqual(line.qty_received, 4.0)
        self.tell("receipt", "R1", self.receipt("3"), version=2)
        self.tell("receipt", "R1", self.receipt("9"), version=1)
        self.assertEqual(line.qty_received, 7.0)
        self.tell("receipt", "R3", self.receipt("-2"))
        self.assertEqual(line.qty_received, 5.0)
        self.tell("receipt", "R2", version=2, void=True)
        self.assertEqual(line.qty_received, 1.0)

    def test_a_bill_that_waits_goes_on_when_the_receipt_is_here(self):
        line = self.service_order()
        content = self.content(line.order_id)
        content["BG-25"][0].update({"BT-132": "1", "BT-155": None})
        bill = self.deliver(content)
        self.assertEqual(bill.state, "waiting")
        with trap_jobs() as trap:
            self.tell("receipt", "R1", self.receipt("10"))
        for job in trap.enqueued_jobs:
            # The message's own job was started by a cursor that is closed by now.
            if job.recordset == bill:
                job.perform()
        self.assertEqual(bill.state, "matched")

    def test_our_stock_is_not_moved_from_outside(self):
        self.tell("order", "77", self.content_of_order())
        order = self.order_of()
        self.tell("receipt", "R1", self.receipt("10"))
        self.assertEqual(order.order_line.qty_received, 0.0)
        (hold,) = self.holds("ap_goods")
        self.assertIn("10", hold.summary)
        self.receive_goods(order, 10)
        self.assertEqual(hold.state, "resolved")

    def test_a_line_that_is_not_on_the_order_is_told_of(self):
        self.service_order()
        self.tell("receipt", "R1", self.receipt("1", "5"))
        self.assertIn("2", self.holds("ap_goods").summary)

    def test_without_a_rule_receipts_are_ours(self):
        line = self.service_order()
        self.set_rules()
        exchange = self.tell("receipt", "R1", self.receipt("4"))
        self.assertEqual((exchange.state, line.qty_received), ("held", 0.0))
