from odoo import models

from ..core import rate_file
from ..core.rates import Rate, Registration


class TaxImportTable(models.AbstractModel):
    """Between a table's records and the values that its CSV file holds."""

    _name = "finance.sync.tax.import.table"
    _description = "Table That Is Imported from CSV"
    _table_model = None

    def _parse(self, data: bytes) -> rate_file.Parsed:
        raise NotImplementedError

    def _existing(self, wizard, rows=None):
        """``(id, item)`` of the records, as the file would say it.

        With ``rows``, only of the countries that these name.
        """
        domain = list(self._domain(wizard))
        if rows is not None:
            countries = {row.item.country for row in rows}
            domain.append(("country_id.code", "in", list(countries)))
        records = self.env[self._table_model].search(domain)
        return [(record.id, record._item()) for record in records]

    def _domain(self, wizard):
        return []

    def _prepare_vals(self, item, codes):
        raise NotImplementedError

    def _export(self, wizard) -> str:
        raise NotImplementedError

    def _reference_errors(self, rows):
        codes = self._codes()
        for row in rows:
            for column, value, code in self._unknown(row.item, codes):
                yield rate_file.FileError(row.number, column, value, code)

    def _unknown(self, item, codes):
        if item.country not in codes["country"]:
            yield "country", item.country, "unknown_country"
        elif item.state and (item.country, item.state) not in codes["state"]:
            yield "state", item.state, "unknown_state"

    def _apply_plan(self, wizard, plan):
        """End what is followed by something new first, so that nothing overlaps."""
        model = self.env[self._table_model]
        codes = self._codes()
        for record_id, item in plan.close.items():
            model.browse(record_id).valid_to = item.valid_to
        for record_id, item in plan.update.items():
            model.browse(record_id).write(self._prepare_vals(item, codes))
        model.flush_model()
        model.create(
            [
                {**self._prepare_vals(item, codes), **self._owner_vals(wizard)}
                for item in plan.create
            ]
        )

    def _owner_vals(self, wizard):
        return {}

    def _codes(self):
        """Ids by what a file calls them."""
        countries = self.env["res.country"].search_fetch([], ["code"])
        states = self.env["res.country.state"].search_fetch([], ["code", "country_id"])
        return {
            "country": {country.code: country.id for country in countries},
            "state": {
                (state.country_id.code, state.code): state.id for state in states
            },
        }

    def _place_vals(self, item, codes):
        return {
            "country_id": codes["country"][item.country],
            "state_id": codes["state"].get((item.country, item.state)),
            "valid_from": item.valid_from,
            "valid_to": item.valid_to,
        }


class TaxImportRate(models.AbstractModel):
    _name = "finance.sync.tax.import.rate"
    _inherit = "finance.sync.tax.import.table"
    _description = "Tax Rates That Are Imported from CSV"
    _table_model = "finance.sync.tax.rate"

    def _parse(self, data):
        return rate_file.parse_rates(data)

    def _codes(self):
        categories = self.env["finance.sync.tax.category"].search_fetch([], ["code"])
        return {
            **super()._codes(),
            "category": {category.code: category.id for category in categories},
        }

    def _unknown(self, item, codes):
        yield from super()._unknown(item, codes)
        if item.category and item.category not in codes["category"]:
            yield "category", item.category, "unknown_category"

    def _prepare_vals(self, item: Rate, codes):
        return {
            **self._place_vals(item, codes),
            "postal_from": item.postal_from,
            "postal_to": item.postal_to,
            "category_id": codes["category"].get(item.category),
            "rate": float(item.rate),
            "name": item.name,
            "jurisdiction_type": item.jurisdiction_type,
            "jurisdiction_code": item.jurisdiction_code,
            "complete": item.complete,
            "source": item.source,
            "source_date": item.source_date,
        }

    def _export(self, wizard):
        return rate_file.write_rates(item for _id, item in self._existing(wizard))


class TaxImportRegistration(models.AbstractModel):
    _name = "finance.sync.tax.import.registration"
    _inherit = "finance.sync.tax.import.table"
    _description = "Tax Registrations That Are Imported from CSV"
    _table_model = "finance.sync.tax.registration"

    def _parse(self, data):
        return rate_file.parse_registrations(data)

    def _domain(self, wizard):
        return [("company_id", "=", wizard.company_id.id)]

    def _owner_vals(self, wizard):
        return {"company_id": wizard.company_id.id}

    def _prepare_vals(self, item: Registration, codes):
        return self._place_vals(item, codes)

    def _export(self, wizard):
        return rate_file.write_registrations(
            item for _id, item in self._existing(wizard)
        )
