from odoo import _, fields, models
from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.exceptions import UserError

from ..core.capture import MOST_RATES, Rate
from .bill_file_row import exact

PLACES = 4


class BillFileRate(models.Model):
    """A row of the VAT table, as it was found or as a person says it is."""

    _name = "finance.sync.bill.file.rate"
    _description = "Bill File VAT Rate"
    _inherit = ["finance.sync.bill.file.row"]
    _said = frozenset({"rate", "base", "tax"})

    rate = fields.Float(string="VAT %", digits=(8, PLACES))
    base = fields.Float(string="Taxable Amount", digits=(16, PLACES))
    tax = fields.Float(string="VAT", digits=(16, PLACES))
    confidence = fields.Float(
        help="0.95: right, and all rows add up to the totals; 0.8: the VAT is the rate"
        " of the amount; 0.2: it is not. Less where it was read from a picture.",
    )

    def _check_count(self, file):
        if len(file.rate_ids) > MOST_RATES:
            raise UserError(_("A bill has at most %s rates.", MOST_RATES))

    def _plain(self):
        """As the core has them; rows without anything in them are left out."""
        rows = [
            Rate(*(exact(number, PLACES) for number in (row.rate, row.base, row.tax)))
            for row in self
        ]
        return tuple(row for row in rows if row.base or row.tax)


class BillFile(models.Model):
    _inherit = "finance.sync.bill.file"

    rate_ids = fields.One2many("finance.sync.bill.file.rate", "file_id")
    rates_proposed = fields.Char(
        readonly=True, help="The VAT table as it was found, to see what was corrected."
    )

    def _propose_rates(self, rows):
        self.rate_ids.unlink()
        self.write(
            {
                "rate_ids": [
                    (
                        0,
                        0,
                        {
                            "sequence": number,
                            "rate": float(row.rate),
                            "base": float(row.base),
                            "tax": float(row.tax),
                            "confidence": row.confidence,
                        },
                    )
                    for number, row in enumerate(rows)
                ],
            }
        )
        self.rates_proposed = _as_text(self.rate_ids._plain())

    def _rates_corrected(self):
        return _as_text(self.rate_ids._plain()) != (self.rates_proposed or "")


def _as_text(rows):
    return "; ".join(
        f"{plain_number(row.rate)} %: {plain_number(row.base)}, {plain_number(row.tax)}"
        for row in rows
    )
