from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..core.rates import Registration


class TaxRegistration(models.Model):
    """Where, and how long, a company collects tax (nexus)."""

    _name = "finance.sync.tax.registration"
    _description = "Tax Registration"
    _order = "company_id, country_id, state_id, valid_from"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    country_id = fields.Many2one("res.country", required=True, ondelete="restrict")
    state_id = fields.Many2one(
        "res.country.state",
        ondelete="restrict",
        domain="[('country_id', '=', country_id)]",
        help="Empty: the registration holds in the whole country.",
    )
    number = fields.Char(string="Registration Number")
    valid_from = fields.Date()
    valid_to = fields.Date(help="The last day.")

    @api.depends("country_id", "state_id", "company_id")
    def _compute_display_name(self):
        for registration in self:
            place = registration._place_code()
            registration.display_name = f"{place} – {registration.company_id.name}"

    @api.constrains("valid_from", "valid_to", "country_id", "state_id", "company_id")
    def _check_period(self):
        for registration in self:
            first, last = registration.valid_from, registration.valid_to
            if first and last and last < first:
                raise ValidationError(
                    _("The registration ends before it begins: %s.")
                    % registration.display_name
                )
            state = registration.state_id
            if state and state.country_id != registration.country_id:
                raise ValidationError(
                    _("%(state)s is not a state of %(country)s.")
                    % {
                        "state": state.name,
                        "country": registration.country_id.name,
                    }
                )

    @api.model_create_multi
    def create(self, vals_list):
        registrations = super().create(vals_list)
        self.env["finance.sync.tax.rate"]._clear_books()
        return registrations

    def write(self, vals):
        result = super().write(vals)
        self.env["finance.sync.tax.rate"]._clear_books()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["finance.sync.tax.rate"]._clear_books()
        return result

    def _place_code(self):
        """ "DE" or "US-CA"."""
        country, state = self.country_id.code, self.state_id.code
        return f"{country}-{state}" if state else country or ""

    def _item(self):
        """This record as the engine's core knows it."""
        return Registration(
            country=self.country_id.code or "",
            state=self.state_id.code or "",
            valid_from=self.valid_from or None,
            valid_to=self.valid_to or None,
        )
