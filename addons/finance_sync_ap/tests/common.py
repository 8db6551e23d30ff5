"""What the tests of bills share: a vendor, orders, and messages."""

import copy
import uuid

from odoo import Command
from odoo.addons.finance_sync.tests.common import FinanceSyncCase
from odoo.addons.finance_sync_ap import compat

VAT = "DE136695976"


class ApCase(FinanceSyncCase):
    charts = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Papier Ott GmbH", "is_company": True, "vat": VAT}
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Paper",
                "default_code": "PAPER",
                "type": "consu",
                "purchase_method": "receive",
                "supplier_taxes_id": False,
            }
        )
        cls.tax = cls.env["account.tax"].search(
            [
                ("company_id", "=", cls.company_us.id),
                ("type_tax_use", "=", "purchase"),
                ("amount_type", "=", "percent"),
            ],
            limit=1,
        )

    def setUp(self):
        super().setUp()
        self.connection = self.make_connection(
            name="Capture",
            key="capture",
            user_line_ids=[
                Command.create(
                    {
                        "company_id": company.id,
                        "user_id": self.worker.id,
                        "external_code": code,
                    }
                )
                for company, code in ((self.company_us, "US"), (self.company_de, "DE"))
            ],
        )

    def order(self, quantity=10.0, price=10.0, received=None, **values):
        """A confirmed order in the US company; all of it received unless told."""
        line = {
            "product_id": self.product.id,
            "name": "Paper",
            "product_qty": quantity,
            "price_unit": price,
            compat.ORDER_UNIT: self.product.uom_id.id,
            compat.ORDER_TAXES: [(6, 0, self.tax.ids)],
        }
        vals = {
            "partner_id": self.vendor.id,
            "company_id": self.company_us.id,
            "order_line": [(0, 0, line)],
            **values,
        }
        orders = self.env["purchase.order"].with_company(self.company_us)
        order = orders.create(vals)
        order.button_confirm()
        self.receive_goods(order, quantity if received is None else received)
        return order

    def receive_goods(self, order, quantity):
        if not quantity:
            return
        picking = order.picking_ids.filtered(lambda p: p.state != "done")[:1]
        for move in picking.move_ids:
            move.quantity = quantity
            move.picked = True
        picking._action_done()

    def set_rules(self, *rules, connection=None):
        """Who owns what, for a connection: (“partner/name”, owner) each."""
        (connection or self.connection).sudo()._replace_ownership(
            [
                {
                    "company_id": False,
                    "what": what,
                    "state": False,
                    "owner": owner,
                    "manual": "allow",
                    "note": False,
                }
                for what, owner in rules
            ]
        )

    def content(self, order=None, quantity="10", price="10", **changes):
        """A bill's terms, which add up."""
        net = float(quantity) * float(price)
        tax = round(net * self.tax.amount / 100, 2)
        rate = f"{self.tax.amount:g}"
        return {
            "BT-1": "R-2026-0007",
            "BT-2": "2026-03-02",
            "BT-3": "380",
            "BT-5": self.company_us.currency_id.name,
            "BT-13": order.name if order else None,
            "BT-27": "Papier Ott",
            "BT-31": VAT,
            "BT-106": f"{net:.2f}",
            "BT-109": f"{net:.2f}",
            "BT-110": f"{tax:.2f}",
            "BT-112": f"{net + tax:.2f}",
            "BT-115": f"{net + tax:.2f}",
            "BG-23": [
                {
                    "BT-116": f"{net:.2f}",
                    "BT-117": f"{tax:.2f}",
                    "BT-118": "S",
                    "BT-119": rate,
                }
            ],
            "BG-25": [
                {
                    "BT-126": "1",
                    "BT-129": quantity,
                    "BT-130": "C62",
                    "BT-131": f"{net:.2f}",
                    "BT-146": price,
                    "BT-151": "S",
                    "BT-152": rate,
                    "BT-153": "Paper",
                    "BT-155": "PAPER",
                }
            ],
            **{key.replace("_", "-"): value for key, value in changes.items()},
        }

    def deliver(self, content, external_id=None, version=1, **message):
        """Receive a message and run its job; the bill, if there is one."""
        external_id = external_id or uuid.uuid4().hex
        payload = {"company": "US", **message}
        if content is not None:
            payload["bill"] = copy.deepcopy(content)
        receiver = self.env["finance.sync.connection"].with_user(self.service)
        answer = receiver.receive(
            "capture", "ap.invoice", external_id, version, payload
        )
        exchange = self.env["finance.sync.exchange"].search(
            [("uuid", "=", answer["uuid"])]
        )
        if exchange.state == "pending":
            self.env.flush_all()
            worker = exchange.with_user(self.worker).with_context(
                allowed_company_ids=exchange.company_id.ids
            )
            worker._job_run()
        return self.env["finance.sync.bill"].search([("external_id", "=", external_id)])

    def codes(self, bill):
        return sorted(bill.finance_sync_hold_ids.mapped("code"))
