from odoo import Command
from odoo.addons.finance_sync_gate.tests.common import GateCase


class TestSale(GateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.invoice_policy = "order"
        cls.seller = cls.env["res.users"].browse(cls.accountant.id)
        cls.seller.write(
            {
                cls._groups_field(): [
                    Command.link(
                        cls.env.ref("sales_team.group_sale_salesman_all_leads").id
                    )
                ]
            }
        )

    @classmethod
    def _groups_field(cls):
        return "groups_id" if "groups_id" in cls.env["res.users"] else "group_ids"

    def order(self, amount=100.0):
        orders = self.env["sale.order"].with_user(self.seller)
        return orders.with_context(allowed_company_ids=self.company_us.ids).create(
            {
                "partner_id": self.partner.id,
                "company_id": self.company_us.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 2,
                            "price_unit": amount / 2,
                            "tax_id"
                            if "tax_id" in self.env["sale.order.line"]
                            else "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )

    def test_an_order_over_the_limit_is_held(self):
        self.rule(point="sale_confirm")
        self.limit(150)
        first, second = self.order(100), self.order(100)
        first.action_confirm()
        self.assertEqual(first.state, "sale")
        hold = self.refused(second, "action_confirm")
        self.assertEqual(second.state, "draft")
        self.assertIn("orders 100.00", hold.summary)
        self.assertIn("limit", second.finance_sync_banner)
        self.override(hold)
        second.action_confirm()
        self.assertEqual(second.state, "sale")

    def test_an_order_is_counted_once_while_it_is_invoiced(self):
        self.rule(point="invoice_post")
        self.limit(100)
        order = self.order(100)
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-11-01"
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        self.refused(self.invoice(1))
        self.assertIn("Open items 100.00", self.message)
        self.assertIn("orders 0.00", self.message)

    def test_a_listed_customer_gets_no_order(self):
        self.screen()
        self.rule(check="sanctions", point="sale_confirm")
        self.partner.name = "Volkan Drachenfels"
        self.assertEqual(
            self.refused(self.order(), "action_confirm").code, "gate_sanctions"
        )
