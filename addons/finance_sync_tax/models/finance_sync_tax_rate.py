from decimal import Decimal
from pathlib import Path

from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError

from .. import compat
from ..core.rates import Rate, RateBook

JURISDICTIONS = [
    ("country", "Country"),
    ("state", "State"),
    ("county", "County"),
    ("city", "City"),
    ("special", "Special District"),
]


class TaxRate(models.Model):
    """One jurisdiction's rate over some time: the rate table's rows."""

    _name = "finance.sync.tax.rate"
    _description = "Tax Rate"
    _order = "country_id, state_id, postal_from, category_id, valid_from desc, id"

    name = fields.Char(string="Jurisdiction", help="“Germany” or “Orange County”.")
    country_id = fields.Many2one(
        "res.country", required=True, index=True, ondelete="restrict"
    )
    state_id = fields.Many2one(
        "res.country.state",
        ondelete="restrict",
        domain="[('country_id', '=', country_id)]",
        help="Empty: a rate of the whole country.",
    )
    postal_from = fields.Char(help="Compared by its own length; see the last one.")
    postal_to = fields.Char(
        help="Inclusive: “352” to “354” holds every code that starts so. "
        "Both empty: the whole state or country."
    )
    category_id = fields.Many2one(
        "finance.sync.tax.category",
        string="Tax Category",
        ondelete="restrict",
        help="Empty: all goods and services that have no rate of their own.",
    )
    rate = fields.Float(
        required=True,
        digits=(16, 8),
        help="A fraction: 0.0775 is 7.75 %.",
        **compat.aggregate("avg"),
    )
    valid_from = fields.Date()
    valid_to = fields.Date(help="The last day.")
    jurisdiction_type = fields.Selection(JURISDICTIONS, required=True)
    jurisdiction_code = fields.Char(required=True)
    complete = fields.Boolean(
        default=True,
        help="No narrower jurisdiction levies anything here that is not in the "
        "table as well. Without it, the table may not stand in for an engine.",
    )
    source = fields.Char()
    source_date = fields.Date()

    @api.depends("name", "jurisdiction_code", "rate")
    def _compute_display_name(self):
        for record in self:
            name = record.name or record.jurisdiction_code or ""
            record.display_name = f"{name} {record.rate * 100:g} %"

    @api.constrains("rate", "valid_from", "valid_to", "state_id", "country_id")
    def _check_rate(self):
        for record in self:
            if not 0 <= record.rate <= 1:
                raise ValidationError(_("A rate is between 0 and 100 percent."))
            first, last = record.valid_from, record.valid_to
            if first and last and last < first:
                raise ValidationError(
                    _("The rate ends before it begins: %s.") % record.display_name
                )
            if record.state_id and record.state_id.country_id != record.country_id:
                raise ValidationError(
                    _("%(state)s is not a state of %(country)s.")
                    % {"state": record.state_id.name, "country": record.country_id.name}
                )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self._clear_books()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._clear_books()
        return result

    def unlink(self):
        result = super().unlink()
        self._clear_books()
        return result

    @api.model
    def _clear_books(self):
        """Forget every rate book, here and in the other workers."""
        self.env.registry.clear_cache()

    @tools.ormcache("company.id")
    def _book(self, company):
        """The rates and the company's registrations, ready for the engine."""
        # Rates decide for every user alike.
        rates = self.sudo().search([])
        return RateBook(
            [record._item() for record in rates], self._registrations(company)
        )

    @tools.ormcache("company.id")
    def _registrations(self, company):
        """Where a company collects tax. A branch does where its parents do."""
        # A branch's user need not see its parents.
        parents = company.sudo().parent_ids | company
        registrations = self.env["finance.sync.tax.registration"].sudo()
        found = registrations.search([("company_id", "in", parents.ids)])
        return tuple(record._item() for record in found)

    @api.model
    def _registration_codes(self, company, on_date):
        """Places like "DE" or "US-CA" where tax is collected on a day."""
        return tuple(
            f"{item.country}-{item.state}" if item.state else item.country
            for item in self._registrations(company)
            if item.holds_on(on_date)
        )

    def _item(self):
        """This record as the engine's core knows it."""
        return Rate(
            country=self.country_id.code or "",
            state=self.state_id.code or "",
            postal_from=self.postal_from or "",
            postal_to=self.postal_to or "",
            category=self.category_id.code or "",
            rate=Decimal(str(self.rate)),
            valid_from=self.valid_from or None,
            valid_to=self.valid_to or None,
            name=self.name or "",
            jurisdiction_type=self.jurisdiction_type,
            jurisdiction_code=self.jurisdiction_code or "",
            complete=self.complete,
            source=self.source or "",
            source_date=self.source_date or None,
        )

    @api.model
    def _load_shipped(self):
        """Load the files that come with the addon into an empty table.

        A table that holds anything is an accountant's and stays as it is.
        """
        if self.search_count([], limit=1):
            return
        importer = self.env["finance.sync.tax.import.rate"]
        codes = importer._codes()
        folder = Path(__file__).parents[1] / "data"
        for path in sorted(folder.glob("rates_*.csv")):
            rows = importer._parse(path.read_bytes()).rows
            # A territory that this Odoo has no country for is left out.
            unknown = {error.row for error in importer._reference_errors(rows)}
            self.create(
                [
                    importer._prepare_vals(row.item, codes)
                    for row in rows
                    if row.number not in unknown
                ]
            )
