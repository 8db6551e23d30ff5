import io

from odoo import Command, fields
from odoo.addons.finance_sync.tests.common import FinanceSyncCase
from odoo.exceptions import UserError

LIST = """reference,name,aliases,country,type,birth_date,program
S-1,Volkan Drachenfels,Wolkan Drachenfels,XX,individual,1961-04-01,SAMPLE
S-2,Nordmeer Schattenhandel GmbH,,DE,entity,,SAMPLE
"""
REASON = "Born 1990 in Lyon by passport copy, the other one 1961."


class GateCase(FinanceSyncCase):
    charts = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Sample data of a demo database asks for more than these tests.
        cls.env["finance.sync.gate.rule"].search([]).active = False
        cls.env["finance.sync.gate.list"].search([]).active = False
        cls.partner = cls.env["res.partner"].create(
            {"name": "Calm Customer", "country_id": cls.env.ref("base.us").id}
        )
        cls.product = cls.env["product.product"].create({"name": "Service"})

    def rule(self, check="credit", point="invoice_post", **values):
        return self.env["finance.sync.gate.rule"].create(
            {"name": f"{check} {point}", "check": check, "point": point, **values}
        )

    def invoice(self, amount=100.0, move_type="out_invoice", user=None, **values):
        moves = self.env["account.move"].with_user(user or self.accountant)
        moves = moves.with_context(allowed_company_ids=self.company_us.ids)
        return moves.create(
            {
                "move_type": move_type,
                "partner_id": self.partner.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
                **values,
            }
        )

    def limit(self, amount, partner=None):
        partner = (partner or self.partner).with_company(self.company_us)
        partner.credit_limit = amount

    def refused(self, document, method="action_post"):
        """Confirming is refused; the hold that follows is returned.

        Not by ``assertRaises``, which would roll back what own cursors committed; and
        what follows a rollback has to happen here too.
        """
        self.env.flush_all()
        self.env.cr.postcommit.clear()
        self.env.cr.postrollback.clear()
        self.message = self.error_of(document, method)
        self.env.cr.postcommit.clear()
        self.env.cr.postrollback.run()
        self.env.invalidate_all()
        return self.env["finance.sync.hold"].search(
            [("document_uuid", "=", document.finance_sync_uuid), ("state", "=", "open")]
        )

    def error_of(self, document, method):
        try:
            getattr(document, method)()
        except UserError as error:
            return str(error)
        return self.fail(f"{document} was not refused.")

    def override(self, hold):
        hold.with_user(self.accountant)._override("Agreed with the head of credit.")
        hold.with_user(self.approver)._approve_override()

    def results(self, document):
        return self.env["finance.sync.gate.result"].search(
            [("document_uuid", "=", document.finance_sync_uuid)]
        )

    def screen(self, text=LIST, **values):
        """A loaded list."""
        screen = self.env["finance.sync.gate.list"].create(
            {"name": "Sample", "code": "sample", "shape": "csv", **values}
        )
        self.load(screen, text)
        return screen

    def load(self, screen, text):
        content = io.BytesIO(text.encode()).getvalue()
        version = self.env["finance.sync.gate.list.version"]._make(
            screen, content, fields.Date.today()
        )
        version._job_load()
        return version
