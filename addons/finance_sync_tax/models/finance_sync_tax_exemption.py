from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class TaxExemption(models.Model):
    """A certificate that frees a customer's purchases from tax."""

    _name = "finance.sync.tax.exemption"
    _description = "Tax Exemption Certificate"
    _order = "partner_id, valid_to desc, id"
    _rec_name = "number"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: shown to every company of the group."
    )
    number = fields.Char(string="Certificate Number", required=True)
    reason = fields.Char(help="In words, for people.")
    entity_use_code = fields.Char(
        help="The engine's code of the customer's use, “G” for resale at AvaTax."
    )
    country_id = fields.Many2one("res.country", help="Empty: every country.")
    state_ids = fields.Many2many(
        "res.country.state",
        "finance_sync_tax_exemption_state_rel",
        "exemption_id",
        "state_id",
        string="States",
        help="Empty: every state.",
    )
    category_ids = fields.Many2many(
        "finance.sync.tax.category",
        "finance_sync_tax_exemption_category_rel",
        "exemption_id",
        "category_id",
        string="Tax Categories",
        help="Empty: all goods and services.",
    )
    valid_from = fields.Date()
    valid_to = fields.Date(help="The last day.")
    active = fields.Boolean(default=True)

    @api.constrains("valid_from", "valid_to", "country_id", "state_ids")
    def _check_period(self):
        for exemption in self:
            first, last = exemption.valid_from, exemption.valid_to
            if first and last and last < first:
                raise ValidationError(
                    _("Certificate %s ends before it begins.") % exemption.number
                )
            if exemption.state_ids.country_id - exemption.country_id:
                raise ValidationError(
                    _("Certificate %s names states of another country.")
                    % exemption.number
                )

    def _holds(self, company, place, on_date):
        """Those that hold for a delivery to a partner's address on a day."""
        return self.filtered(
            lambda e: (
                (not e.company_id or e.company_id == company)
                and (not e.country_id or e.country_id == place.country_id)
                and (not e.state_ids or place.state_id in e.state_ids)
                and (not e.valid_from or e.valid_from <= on_date)
                and (not e.valid_to or on_date <= e.valid_to)
            )
        )
