"""What the tests of tax determination share."""

import unittest
from datetime import date

from odoo import Command
from odoo.addons.finance_sync.tests.common import FinanceSyncCase

try:
    from tests.simulator import Simulator
except ImportError:  # an installation without the repository around it
    Simulator = None

TODAY = date(2026, 3, 16)


class TaxCase(FinanceSyncCase):
    """Both companies with charts, approved templates, addresses and a rate table."""

    charts = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The generic chart brings the dollar along.
        cls.company_de.currency_id = cls.env.ref("base.EUR")
        cls.us, cls.ca = cls.env.ref("base.us"), cls.env.ref("base.state_us_5")
        cls.va = cls.env.ref("base.state_us_47")
        cls.de = cls.env.ref("base.de")
        cls._address(cls.company_us.partner_id, "VA", "23219")
        cls.company_de.partner_id.write(
            {"street": "Hauptstraße 1", "city": "Berlin", "zip": "10115"}
        )
        for company in cls.companies:
            cls._templates(company)
        for state in ("VA", "CA", "TN", "CO", "AZ"):
            cls._register(cls.company_us, cls.us, state)
        cls._register(cls.company_de, cls.de)
        cls.product = cls._product("Goods", default_code="GOODS")
        cls.customer = cls._customer("Customer California", "CA", "92615")

    def setUp(self):
        super().setUp()
        self.rates = self._connect(provider="rate_table", key="rates", name="Rates")
        self.companies.finance_sync_tax_connection_id = self.rates

    @classmethod
    def _address(cls, partner, state, zip_code, country="base.us"):
        country = cls.env.ref(country)
        partner.write(
            {
                "street": "100 Main Street",
                "city": "Town",
                "zip": zip_code,
                "country_id": country.id,
                "state_id": country.state_ids.filtered(lambda s: s.code == state).id,
            }
        )
        return partner

    @classmethod
    def _customer(cls, name, state, zip_code, country="base.us", **values):
        partner = cls.env["res.partner"].create({"name": name, "ref": name, **values})
        return cls._address(partner, state, zip_code, country)

    @classmethod
    def _product(cls, name, **values):
        values = {"name": name, "taxes_id": [Command.clear()], **values}
        return cls.env["product.product"].create(values)

    @classmethod
    def _templates(
        cls, company, kinds=("country", "state", "county", "city", "special")
    ):
        tax = cls.env["account.tax"].search(
            [
                ("company_id", "=", company.id),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
            ],
            limit=1,
        )
        templates = cls.env["finance.sync.tax.template"].create(
            [
                {"company_id": company.id, "jurisdiction_type": k, "tax_id": tax.id}
                for k in kinds
            ]
        )
        templates.with_user(cls.manager).action_submit()
        templates.with_user(cls.approver).action_approve()
        return templates

    @classmethod
    def _register(cls, company, country, state=""):
        cls.env["finance.sync.tax.registration"].create(
            {
                "company_id": company.id,
                "country_id": country.id,
                "state_id": country.state_ids.filtered(lambda s: s.code == state).id,
                "valid_from": "2020-01-01",
            }
        )

    def _connect(self, **values):
        connection = self.make_connection(environment="test", **values)
        for line in connection.user_line_ids:
            line.external_code = f"CO{line.company_id.id}"
        return connection

    def invoice(self, *lines, company=None, user=None, partner=None, **values):
        """A draft of ``(price,)``, ``(price, quantity)`` or dicts as lines."""
        company = company or self.company_us
        vals = {
            "move_type": "out_invoice",
            "partner_id": (partner or self.customer).id,
            "invoice_date": TODAY,
            "invoice_line_ids": [
                Command.create(self._line_vals(line)) for line in lines
            ],
            **values,
        }
        moves = self.env["account.move"].with_user(user or self.accountant)
        return moves.with_company(company).create(vals)

    def _line_vals(self, line):
        vals = {"product_id": self.product.id, "quantity": 1.0}
        if isinstance(line, dict):
            return {**vals, **line}
        names = ("price_unit", "quantity", "discount")
        return {**vals, **dict(zip(names, line, strict=False))}

    def credit(self, move, *quantities, post=True, **values):
        """A credit note of ``move``, of these quantities by line, or of all."""
        refund = move._reverse_moves([{"invoice_date": TODAY, **values}])
        for line, quantity in zip(refund.invoice_line_ids, quantities, strict=False):
            line.quantity = quantity
        if post:
            refund.action_post()
        return refund

    def taxes_of(self, move):
        """{tax name: amount} of the tax lines, as the document shows them."""
        return {
            line.name: round(move.direction_sign * line.amount_currency, 6)
            for line in move.line_ids
            if line.tax_line_id
        }

    def holds_of(self, move, state="open"):
        move.env.flush_all()
        holds = self.env["finance.sync.hold"].search(
            [("document_uuid", "=", move.finance_sync_uuid), ("state", "=", state)]
        )
        return holds.mapped("code")

    def assert_ledger(self, move):
        """The tax lines are the details, by tax; the entry balances."""
        sign = -1 if move.move_type == "out_refund" else 1
        wanted = {}
        for detail in move.finance_sync_tax_detail_ids:
            wanted[detail.tax_id] = wanted.get(detail.tax_id, 0.0) + sign * detail.tax
        booked = {}
        for line in move.line_ids.filtered("tax_line_id"):
            amount = move.direction_sign * line.amount_currency
            booked[line.tax_line_id] = booked.get(line.tax_line_id, 0.0) + amount
        for tax in {*wanted, *booked}:
            self.assertAlmostEqual(wanted.get(tax, 0), booked.get(tax, 0), 6, tax.name)
        self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0.0, 6)
        self.assertAlmostEqual(move.amount_tax, sum(wanted.values()), 6)


@unittest.skipIf(Simulator is None, "The provider simulator is not on the path")
class AvataxCase(TaxCase):
    """With AvaTax, as the simulator plays it, over real HTTP."""

    def setUp(self):
        super().setUp()
        self.simulator = Simulator()
        self.simulator.start()
        self.addCleanup(self.simulator.stop)
        self.avatax = self._connect(
            provider="avatax",
            key="avatax",
            name="AvaTax",
            base_url=f"{self.simulator.url}/avatax",
            auth_user="sample-account",
            secret="sample-licence",
            breaker_threshold=50,
        )
        self.company_us.finance_sync_tax_connection_id = self.avatax

    def set_up_outage(self, **values):
        """What happens while AvaTax is away, asked for and approved."""
        self.avatax.with_user(self.manager).write(values)
        self.avatax.pending_change_id.with_user(self.approver).action_approve()

    def exchanges(self, move):
        return self.env["finance.sync.exchange"].search(
            [("document_uuid", "=", move.finance_sync_uuid)], order="id"
        )

    def run_jobs(self, move):
        """As the job runner does, in the order of the document."""
        self.env.flush_all()
        for exchange in self.exchanges(move).filtered(lambda x: x.state == "pending"):
            exchange.with_user(self.worker).with_context(
                allowed_company_ids=exchange.company_id.ids
            )._job_run()
        move.invalidate_recordset()

    def asked(self, path="/transactions/create"):
        return [r for r in self.simulator.requests if path in r.path]
