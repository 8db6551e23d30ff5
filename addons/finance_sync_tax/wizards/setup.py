from collections import defaultdict
from contextlib import contextmanager

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

# Source: https://developer.avalara.com/avatax/environments/
AVATAX_URLS = {
    "test": "https://sandbox-rest.avatax.com",
    "production": "https://rest.avatax.com",
}


class _RollbackError(Exception):
    """Ends the sample's savepoint without keeping anything."""


class Setup(models.TransientModel):
    """The steps *map* and *dry run* of a connection that determines tax."""

    _inherit = "finance.sync.setup"

    tax_line_ids = fields.One2many(
        "finance.sync.setup.tax", "setup_id", string="Where It Determines Tax"
    )
    tax_sample_company_id = fields.Many2one(
        "res.company",
        string="Sample invoice of",
        compute="_compute_tax_sample",
        store=True,
        readonly=False,
    )
    tax_sample_partner_id = fields.Many2one(
        "res.partner",
        string="Sample customer",
        compute="_compute_tax_sample",
        store=True,
        readonly=False,
        help="Tax follows from the customer's delivery address.",
    )
    tax_sample_product_id = fields.Many2one(
        "product.product",
        string="Sample product",
        compute="_compute_tax_sample",
        store=True,
        readonly=False,
        help="Empty: a line without a product.",
    )
    tax_sample_amount = fields.Float(
        string="Sample amount", default=100.0, digits="Product Price"
    )
    tax_result_ids = fields.One2many(
        "finance.sync.setup.tax.result",
        "setup_id",
        string="By the engine",
        domain=[("source", "=", "engine")],
        readonly=True,
    )
    tax_odoo_result_ids = fields.One2many(
        "finance.sync.setup.tax.result",
        "setup_id",
        string="By Odoo's own taxes",
        domain=[("source", "=", "odoo")],
        readonly=True,
    )

    @api.model
    def _local_providers(self):
        return super()._local_providers() | {"rate_table"}

    @api.onchange("provider", "environment")
    def _onchange_avatax(self):
        """AvaTax's own addresses, unless another one was typed."""
        if self.base_url in (False, "", *AVATAX_URLS.values()):
            avatax = self.provider == "avatax"
            self.base_url = AVATAX_URLS[self.environment] if avatax else False

    @api.depends("tax_line_ids.company_id")
    def _compute_tax_sample(self):
        for wizard in self:
            company = wizard.tax_line_ids.company_id[:1]
            invoice = wizard._tax_last_invoice(company)
            wizard.tax_sample_company_id = company
            wizard.tax_sample_partner_id = invoice.partner_id
            wizard.tax_sample_product_id = invoice.invoice_line_ids.product_id[:1]

    def _tax_last_invoice(self, company):
        # A manager of connections need not be an accountant to try one.
        return (
            self.env["account.move"]
            .sudo()
            .search(
                [("company_id", "=", company.id), ("move_type", "=", "out_invoice")],
                limit=1,
            )
        )

    def _is_tax(self):
        return self.connection_id.kind == "tax"

    def _prepare_map(self):
        result = super()._prepare_map()
        if self._is_tax():
            missing = self.connection_id.company_ids - self.tax_line_ids.company_id
            self.tax_line_ids = [
                Command.create(self._prepare_tax_line_vals(company))
                for company in missing
            ]
        return result

    def _prepare_tax_line_vals(self, company):
        connection = self.connection_id
        positions = self.env["account.fiscal.position"].search(
            [
                ("company_id", "=", company.id),
                ("finance_sync_tax_connection_id", "=", connection.id),
            ]
        )
        codes = connection.user_line_ids.filtered(lambda li: li.company_id == company)
        return {
            "company_id": company.id,
            "external_code": codes.external_code,
            "whole_company": not positions,
            "fiscal_position_ids": [Command.set(positions.ids)],
        }

    def _apply_map(self):
        """The companies' codes. What it is used for is written on activation only:
        until then nobody's invoices depend on it."""
        result = super()._apply_map()
        for line in self.tax_line_ids:
            users = self.connection_id.user_line_ids
            users.filtered(
                lambda li, line=line: li.company_id == line.company_id
            ).write({"external_code": line.external_code})
        return result

    def action_activate(self):
        result = super().action_activate()
        if self._is_tax():
            for line in self.tax_line_ids:
                line._apply()
        return result

    def _test(self):
        message = super()._test()
        if not self._is_tax():
            return message
        environments = dict(self._selection("environment"))
        return f"{environments[self.environment]}: {message}"

    def _dry_run(self):
        """Quote a sample invoice and show it beside what Odoo would have charged."""
        if not self._is_tax():
            return super()._dry_run()
        if not (self.tax_sample_company_id and self.tax_sample_partner_id):
            raise UserError(_("Choose a company and a customer for the sample."))
        with self._tax_samples() as (plain, asked):
            currency = plain.currency_id
            own = self._tax_own_results(plain)
            own_total = plain.amount_tax
            document = asked._finance_sync_tax_document()
        answer = self._tax_engine(self.tax_sample_company_id).quote(document)
        self.tax_result_ids.unlink()
        self.tax_odoo_result_ids.unlink()
        self.write(
            {
                "tax_result_ids": [
                    Command.create({**vals, "currency_id": currency.id})
                    for vals in _engine_results(answer)
                ],
                "tax_odoo_result_ids": [
                    Command.create({**vals, "currency_id": currency.id}) for vals in own
                ],
            }
        )
        texts = [
            _("The engine determines %(engine)s of tax, Odoo's own taxes %(odoo)s.")
            % {
                "engine": self._tax_money(answer.total_tax, currency),
                "odoo": self._tax_money(own_total, currency),
            },
            *answer.messages,
        ]
        return "\n".join(texts)

    def _tax_money(self, amount, currency):
        return f"{float(amount):.{currency.decimal_places}f} {currency.name}"

    def _tax_engine(self, company):
        connection = self.connection_id
        if connection._finance_sync_is_local():
            return connection._finance_sync_local_engine(company)
        return connection._adapter()

    @contextmanager
    def _tax_samples(self):
        """The sample as a draft with Odoo's own taxes and as one for the engine.

        Both are gone afterwards; take what is needed while they are there.
        """
        company = self.tax_sample_company_id
        company = company.sudo()  # as in :meth:`_tax_last_invoice`
        try:
            with self.env.cr.savepoint():
                company.finance_sync_tax_connection_id = False
                plain = self._tax_sample(company)
                company.finance_sync_tax_connection_id = self.connection_id
                yield plain, self._tax_sample(company, fiscal_position_id=False)
                raise _RollbackError
        except _RollbackError:
            self.env.invalidate_all(flush=False)

    def _tax_sample(self, company, **values):
        product = self.tax_sample_product_id
        line = {"quantity": 1, "price_unit": self.tax_sample_amount}
        line |= {"product_id": product.id} if product else {"name": _("Sample")}
        moves = self.env["account.move"].sudo()  # as above
        return moves.with_company(company).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.tax_sample_partner_id.id,
                "invoice_date": fields.Date.context_today(self),
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )

    def _tax_own_results(self, move):
        return [
            {
                "source": "odoo",
                "name": line.tax_line_id.name,
                "rate": line.tax_line_id.amount / 100,
                "base": abs(move.amount_untaxed),
                "tax": -line.amount_currency,
            }
            for line in move.line_ids
            if line.tax_line_id
        ]


class SetupTax(models.TransientModel):
    _name = "finance.sync.setup.tax"
    _description = "Where a New Connection Determines Tax"

    setup_id = fields.Many2one("finance.sync.setup", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    external_code = fields.Char(
        string="Company Code There", help="The company's code at the tax engine."
    )
    whole_company = fields.Boolean(
        string="All Invoices",
        default=True,
        help="Tax of every customer invoice and credit note of the company, unless "
        "its fiscal position names another connection or none.",
    )
    fiscal_position_ids = fields.Many2many(
        "account.fiscal.position",
        string="Only Fiscal Positions",
        domain="[('company_id', '=', company_id)]",
    )

    def _apply(self):
        """Use the connection from now on."""
        connection = self.setup_id.connection_id
        # The activation has checked that the user may do this; settings of the
        # company are otherwise written by administrators only.
        if self.whole_company:
            self.company_id.sudo().finance_sync_tax_connection_id = connection
        else:
            self.fiscal_position_ids.sudo().write(
                {
                    "finance_sync_tax_connection_id": connection.id,
                    "finance_sync_tax_excluded": False,
                }
            )


class SetupTaxResult(models.TransientModel):
    _name = "finance.sync.setup.tax.result"
    _description = "Tax of the Sample in a Dry Run"
    _order = "id"

    setup_id = fields.Many2one("finance.sync.setup", required=True, ondelete="cascade")
    source = fields.Selection(
        [("engine", "Engine"), ("odoo", "Odoo")], required=True, readonly=True
    )
    name = fields.Char(string="Jurisdiction", readonly=True)
    rate = fields.Float(digits=(16, 8), readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    base = fields.Monetary(readonly=True)
    tax = fields.Monetary(readonly=True)
    reason = fields.Char(readonly=True)


def _engine_results(answer):
    """One row per jurisdiction and rate, over all lines of the answer."""
    rows = defaultdict(lambda: {"base": 0.0, "tax": 0.0})
    for line in answer.lines:
        for detail in line.details:
            key = (detail.jurisdiction_name, detail.rate, detail.reason)
            rows[key]["base"] += float(detail.taxable)
            rows[key]["tax"] += float(detail.tax)
    return [
        {
            "source": "engine",
            "name": name,
            "rate": float(rate),
            "reason": reason,
            **amounts,
        }
        for (name, rate, reason), amounts in rows.items()
    ]
