"""The hard cases of accounts payable about orders: 3 to 5.

Case 2 is in ``test_hard_cases_numbers.py``, 6 and 7 are in
``test_hard_cases_people.py``, and those that need a platform in
``finance_sync_ap_platform``.
"""

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from .. import compat
from .hard_case import HardCase


@tagged("post_install", "-at_install")
class TestOrders(HardCase):
    def test_hard_case_3_another_vendors_order_of_the_same_total_is_never_linked(self):
        theirs = self.order(partner_id=self.other.id)
        ours = self.order()
        self.assertEqual(theirs.amount_total, ours.amount_total)
        bill = self.deliver(self.content(theirs))
        self.assertEqual(bill.amount_total, theirs.amount_total)
        self.assertEqual(bill.state, "held")
        self.assertIn("foreign_order", bill.deviation_ids.mapped("kind"))
        self.assertFalse(bill.link_ids)
        # Not even where two persons let the bill pass.
        self.override(bill.finance_sync_hold_ids)
        move = self.stage(bill)
        self.post(bill)
        self.assertEqual(move.amount_total, bill.amount_total)
        self.assertFalse(move.line_ids.purchase_line_id)
        self.assertFalse(move.invoice_origin)
        for order in (theirs, ours):
            self.assertFalse(order.invoice_ids)
            self.assertFalse(order.order_line.qty_invoiced)

    def test_hard_case_4_two_prices_dozens_and_returns_leave_four_to_match(self):
        cheap = self.order(quantity=10.0, price=10.0, received=6.0)
        dear = self.order(quantity=10.0, price=12.0)
        self.send_back(cheap, 2.0)
        self.assertEqual(cheap.order_line.qty_received, 4.0)
        content = self.content(quantity="0.5", price="120")
        content["BG-25"][0]["BT-130"] = "DZN"
        bill = self.deliver(content)
        self.assertEqual(bill.state, "waiting")
        self.assertEqual(self.codes(bill), ["ap_receipt"])
        self.assertEqual(self.linked(bill), {cheap: 4.0})
        with self.assertRaises(UserError):
            self.stage(bill)
        with trap_jobs() as trap:
            self.receive_goods(cheap, 2.0)
            trap.perform_enqueued_jobs()
        self.assertEqual(self.linked(bill), {cheap: 6.0})
        move = self.stage(bill)
        self.post(bill)
        line = move.invoice_line_ids
        self.assertEqual(
            (line.quantity, line.price_unit, line.price_subtotal), (6.0, 10.0, 60.0)
        )
        self.assertEqual(line.product_uom_id, self.product.uom_id)
        self.assertEqual(cheap.order_line.qty_invoiced, 6.0)
        self.assertEqual(dear.order_line.qty_invoiced, 0.0)

    def test_hard_case_4_each_line_of_a_bill_finds_the_order_of_its_price(self):
        cheap, dear = self.order(price=10.0), self.order(price=12.0)
        one = self.content(price="12")
        other = self.content(price="10")["BG-25"][0]
        one["BG-25"].append({**other, "BT-126": "2"})
        bill = self.deliver(self.totalled(one))
        self.assertEqual(bill.state, "matched")
        by_price = {link.line_id.price: link.order_id for link in bill.link_ids}
        self.assertEqual(by_price, {12.0: dear, 10.0: cheap})

    def test_hard_case_5_slices_within_a_limit_add_up_and_freight_has_its_own(self):
        self.env["finance.sync.ap.limit"].create(
            {
                "company_id": self.company_us.id,
                **{
                    f"{pair}_percent": 2.0
                    for pair in ("price", "line", "order_line", "document")
                },
                "price_amount": 5.0,
                "line_amount": 25.0,
                "order_line_amount": 40.0,
                "document_amount": 25.0,
            }
        )
        order = self.order(quantity=30.0, price=100.0)
        slices = [
            self.content(
                order, price="101.9", BT_1=f"S-{month}", BT_2=f"2026-{month}-02"
            )
            for month in ("03", "04", "05")
        ]
        slices[2]["BG-21"] = [
            {
                "BT-99": "25.00",
                "BT-102": "S",
                "BT-103": f"{self.tax.amount:g}",
                "BT-104": "Freight",
            }
        ]
        first, second, third = [self.deliver(self.totalled(one)) for one in slices]
        self.assertEqual((first.state, second.state), ("matched", "matched"))
        self.stage(first)
        self.post(first)
        self.assertEqual(self.codes(third), ["ap_match"])
        found = third.deviation_ids.filtered(lambda one: one.weight == "hold")
        self.assertEqual(
            {one.kind: one.amount for one in found},
            {"order_line_value": 57.0, "charges": 25.0},
        )
        hold = third.finance_sync_hold_ids
        with self.assertRaises(UserError):
            self.stage(third)
        hold.with_user(self.accountant)._override("The vendor has told us before.")
        with self.assertRaises(AccessError):
            hold.with_user(self.accountant)._approve_override()
        hold.with_user(self.second)._approve_override()
        third.with_user(self.clerk).action_process()
        move = self.stage(third)
        self.post(third)
        self.assertAlmostEqual(move.amount_total, third.amount_total, places=6)
        self.assertEqual(move.invoice_line_ids.mapped("name")[-1], "Freight")

    def totalled(self, content):
        """The same bill, its totals made anew."""
        goods = sum(float(line["BT-131"]) for line in content["BG-25"])
        charges = sum(float(one["BT-99"]) for one in content.get("BG-21", ()))
        net = goods + charges
        tax = round(net * self.tax.amount / 100, 2)
        total = f"{net + tax:.2f}"
        (group,) = content["BG-23"]
        return {
            **content,
            "BT-106": f"{goods:.2f}",
            "BT-108": f"{charges:.2f}" if charges else None,
            "BT-109": f"{net:.2f}",
            "BT-110": f"{tax:.2f}",
            "BT-112": total,
            "BT-115": total,
            "BG-23": [{**group, "BT-116": f"{net:.2f}", "BT-117": f"{tax:.2f}"}],
        }

    def send_back(self, order, quantity):
        """A return of received goods, by core's own wizard."""
        picking = order.picking_ids.filtered(lambda one: one.state == "done")
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=picking.id)
            .create({"picking_id": picking.id})
        )
        wizard.product_return_moves.quantity = quantity
        name = "action_create_returns" if compat.SERIES_19 else "create_returns"
        action = getattr(wizard, name)()
        returned = self.env["stock.picking"].browse(action["res_id"])
        returned.move_ids.quantity = quantity
        returned.move_ids.picked = True
        returned._action_done()
