"""What the tests between our companies share: a seller, a buyer, and their books."""

from odoo import Command
from odoo.addons.finance_sync_ap.tests.common import ApCase
from odoo.addons.queue_job.tests.common import trap_jobs

from ..models.connection import PROVIDER

MARCH = "2026-03-02"


class IntercompanyCase(ApCase):
    """The US company sells to the German one, in dollars, with its own sales tax."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller, cls.buyer = cls.company_us, cls.company_de
        # On 19.0 the generic chart takes sales abroad for exports without tax.
        positions = cls.env["account.fiscal.position"].search(
            [("company_id", "in", cls.companies.ids)]
        )
        positions.auto_apply = False
        cls.service_item = cls.env["product.product"].create(
            {
                "name": "Advice",
                "default_code": "ADVICE",
                "type": "service",
                "taxes_id": [Command.set(cls.seller.account_sale_tax_id.ids)],
                "supplier_taxes_id": [Command.clear()],
            }
        )

    def setUp(self):
        super().setUp()
        self.between = self.make_connection(
            name="Our Companies", key="between", provider=PROVIDER
        )

    def invoice(self, *lines, **values):
        """A draft of the seller's; each line (quantity, price, more values)."""
        moves = self.env["account.move"].with_company(self.seller)
        return moves.create(
            {
                "move_type": "out_invoice",
                "company_id": self.seller.id,
                "partner_id": self.buyer.partner_id.id,
                "invoice_date": MARCH,
                "currency_id": self.seller.currency_id.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.service_item.id,
                            "quantity": quantity,
                            "price_unit": price,
                            **more,
                        }
                    )
                    for quantity, price, more in (lines or [(2.0, 50.0, {})])
                ],
                **values,
            }
        )

    def run_jobs(self, act):
        """Do something and all that it starts, as the job runner does."""
        with trap_jobs() as trap:
            result = act()
            self.env.flush_all()
            trap.perform_enqueued_jobs()
        self.receive_all()
        return result

    def receive_all(self):
        self.env.flush_all()
        self.env.invalidate_all()
        for exchange in self.env["finance.sync.exchange"].search(
            [("connection_id", "=", self.between.id), ("state", "=", "pending")],
            order="id",
        ):
            exchange.with_user(self.worker).with_context(
                allowed_company_ids=exchange.company_id.ids
            )._job_run()

    def post(self, moves):
        self.run_jobs(moves.with_user(self.accountant).action_post)

    def pair(self, move):
        return self.env["finance.sync.ap.pair"].search([("move_id", "=", move.id)])

    def exchanges(self):
        return self.env["finance.sync.exchange"].search(
            [("connection_id", "=", self.between.id)]
        )

    def lock(self, company, date):
        company.with_context(mail_create_nolog=True).write(
            {"fiscalyear_lock_date": date}
        )
