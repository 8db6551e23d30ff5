from odoo import api, fields, models
from odoo.addons.finance_sync.core.registry import adapter_class

from .. import providers  # noqa: F401 - registers the engines
from ..core.codec import document_to_dict, result_from_dict, result_to_dict
from ..core.sourcing import ORIGIN_SOURCED


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    provider = fields.Selection(
        selection_add=[("rate_table", "Rate Table"), ("avatax", "Avalara AvaTax")],
        ondelete={
            "rate_table": lambda connections: connections._retire(),
            "avatax": lambda connections: connections._retire(),
        },
    )
    tax_rounding = fields.Selection(
        [
            ("company", "As the Company's Taxes"),
            ("line", "On Every Line"),
            ("global", "Once per Document"),
        ],
        string="Rounding of Tax",
        default="company",
        required=True,
    )
    tax_origin_state_ids = fields.Many2many(
        "res.country.state",
        "finance_sync_connection_origin_state_rel",
        "connection_id",
        "state_id",
        string="Origin-Based States",
        default=lambda self: self._default_tax_origin_states(),
        domain="[('country_id.code', '=', 'US')]",
        help="States that tax a sale within the state where the seller is, not where "
        "the buyer is.",
    )
    tax_commit = fields.Boolean(
        string="Record Documents at the Engine",
        default=True,
        help="Without it, the engine is asked for amounts only; filing is done "
        "elsewhere.",
    )

    @api.model
    def _default_tax_origin_states(self):
        return self.env["res.country.state"].search(
            [
                ("country_id", "=", self.env.ref("base.us").id),
                ("code", "in", sorted(ORIGIN_SOURCED)),
            ]
        )

    def _retire(self):
        """The addon goes, the history of its connections stays."""
        # Nobody has to approve what an uninstallation does.
        connections = self._as_approved()
        connections.write({"provider": "generic", "state": "paused"})

    @api.model
    def _provider_kinds(self):
        return {**super()._provider_kinds(), "rate_table": "tax", "avatax": "tax"}

    def _finance_sync_is_local(self):
        """Answered from this database, without a network."""
        return bool(self) and adapter_class("tax", self.sudo().provider).local

    def _finance_sync_keeps_records(self):
        """Documents are recorded and voided at the engine."""
        connection = self.sudo()  # a setting that decides for whoever invoices
        return bool(self) and (
            connection.tax_commit and adapter_class("tax", connection.provider).records
        )

    def _finance_sync_company_code(self, company):
        """What the engine calls a company; a branch goes by its parent's code."""
        codes = {
            line.company_id: line.external_code
            for line in self.sudo().user_line_ids  # codes only
            if line.external_code
        }
        company = company.sudo()
        while company:
            if company in codes:
                return codes[company]
            company = company.parent_id
        return ""

    def _adapter_config(self):
        config = super()._adapter_config()
        if self.kind == "tax":
            # A job works for one company alone, which is then the current one.
            company = self.env.company
            config["company_code"] = self._finance_sync_company_code(company)
        return config

    def _finance_sync_local_engine(self, company, fallback=False):
        """The engine of a local connection, with the rates of a company."""
        rounding = self.tax_rounding
        if rounding == "company":
            globally = company.tax_calculation_rounding_method == "round_globally"
            rounding = "global" if globally else "line"
        config = {
            "rates": self.env["finance.sync.tax.rate"]._book(company),
            "rounding": rounding,
            "fallback": fallback,
            "origin_sourced": self.tax_origin_state_ids.mapped("code"),
        }
        return adapter_class("tax", self.provider)(None, config)

    def _finance_sync_quote(self, document, company, fallback=False):
        """The tax of a document, as this connection's engine determines it.

        A network engine is asked through a recorded decision, with the breaker and
        rate limit of the connection; the same question is not asked twice.

        :raises ProviderError: one of the four
        """
        connection = self.sudo()  # whoever invoices may ask, and sees no secret
        if connection._finance_sync_is_local():
            connection._check_live()
            engine = connection._finance_sync_local_engine(company, fallback)
            return engine.quote(document)
        answer = connection._decide(
            "tax.quote",
            document_to_dict(document),
            document_uuid=document.code[:36],
            company=company,
            call=lambda adapter: result_to_dict(adapter.quote(document)),
        )
        return result_from_dict(answer)
