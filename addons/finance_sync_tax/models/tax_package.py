"""What of the tax settings travels in configuration packages."""

from odoo import _, api, models
from odoo.exceptions import UserError


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    @api.model
    def _finance_sync_package_names(self):
        return (
            *super()._finance_sync_package_names(),
            "tax_rounding",
            "tax_origin_state_ids",
            "tax_commit",
        )


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "finance.sync.packable"]

    _finance_sync_package_rank = 60
    _finance_sync_package_fields = ("finance_sync_tax_connection_id",)

    @api.model
    def _finance_sync_package_domain(self, connections, companies):
        return [("id", "in", companies.ids)]

    @api.model
    def _finance_sync_package_create(self, vals_list):
        if vals_list:
            raise UserError(_("Packages make no companies. Create it first."))
        return self.browse()


class AccountFiscalPosition(models.Model):
    _name = "account.fiscal.position"
    _inherit = ["account.fiscal.position", "finance.sync.packable"]

    _finance_sync_package_rank = 60
    _finance_sync_package_key = ("company_id", "name")
    _finance_sync_package_fields = (
        "company_id",
        "name",
        "finance_sync_tax_connection_id",
        "finance_sync_tax_excluded",
    )

    @api.model
    def _finance_sync_package_domain(self, connections, companies):
        """Those that say something of engines; the rest is the chart's."""
        return [
            ("company_id", "in", companies.ids),
            "|",
            ("finance_sync_tax_connection_id", "!=", False),
            ("finance_sync_tax_excluded", "=", True),
        ]

    @api.model
    def _finance_sync_package_create(self, vals_list):
        if vals_list:
            names = ", ".join(vals["name"] for vals in vals_list)
            raise UserError(_("Create these fiscal positions first: %s.", names))
        return self.browse()


class TaxCategory(models.Model):
    _name = "finance.sync.tax.category"
    _inherit = ["finance.sync.tax.category", "finance.sync.packable"]

    _finance_sync_package_rank = 20
    _finance_sync_package_key = ("code",)
    _finance_sync_package_fields = ("code", "name", "avatax_code", "active")


class TaxRegistration(models.Model):
    _name = "finance.sync.tax.registration"
    _inherit = ["finance.sync.tax.registration", "finance.sync.packable"]

    _finance_sync_package_rank = 30
    _finance_sync_package_key = ("company_id", "country_id", "state_id", "valid_from")
    _finance_sync_package_fields = (
        "company_id",
        "country_id",
        "state_id",
        "number",
        "valid_from",
        "valid_to",
    )


class TaxTemplate(models.Model):
    _name = "finance.sync.tax.template"
    _inherit = ["finance.sync.tax.template", "finance.sync.packable"]

    _finance_sync_package_rank = 30
    _finance_sync_package_key = ("company_id", "jurisdiction_type", "tax_id")
    _finance_sync_package_fields = ("company_id", "jurisdiction_type", "tax_id")

    @api.model
    def _finance_sync_package_domain(self, connections, companies):
        """Approved ones; they arrive as drafts and are approved there."""
        domain = super()._finance_sync_package_domain(connections, companies)
        return [("state", "=", "approved"), *domain]

    def _finance_sync_package_remove(self):
        """A template in use is taken back, not removed."""
        self.action_draft()
        self.unlink()
