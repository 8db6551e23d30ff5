from decimal import Decimal

from odoo import _, api, fields, models
from odoo.addons.finance_sync.compat import check_access
from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.exceptions import AccessError, UserError

from ..core.capture import MOST_RATES, Rate

# What a person says; the rest is kept.
SAID = frozenset({"file_id", "sequence", "rate", "base", "tax"})
PLACES = 4


class BillFileRate(models.Model):
    """A row of the VAT table, as it was found or as a person says it is."""

    _name = "finance.sync.bill.file.rate"
    _description = "Bill File VAT Rate"
    _order = "file_id, sequence, id"

    file_id = fields.Many2one(
        "finance.sync.bill.file", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=100)
    rate = fields.Float(string="VAT %", digits=(8, PLACES))
    base = fields.Float(string="Taxable Amount", digits=(16, PLACES))
    tax = fields.Float(string="VAT", digits=(16, PLACES))
    confidence = fields.Float(
        readonly=True,
        help="0.95: right, and all rows add up to the totals; 0.8: the VAT is the rate"
        " of the amount; 0.2: it is not. Less where it was read from a picture.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_said(vals)
        rates = super().create(vals_list)
        rates._check_open()
        return rates

    def write(self, vals):
        self._check_said(vals)
        self._check_open()
        result = super().write(vals)
        self._check_open()  # another file may have been named
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_while_open(self):
        self._check_open()

    def _check_said(self, vals):
        if not self.env.su and vals.keys() - SAID:
            raise AccessError(_("How sure a row is, is not for people to say."))

    def _check_open(self):
        if self.env.su:
            return
        files = self.file_id
        check_access(files, "read")
        if files.filtered(lambda file: file.state != "captured"):
            raise UserError(_("What was confirmed is not changed any more."))
        if any(len(file.rate_ids) > MOST_RATES for file in files):
            raise UserError(_("A bill has at most %s rates.", MOST_RATES))

    def _plain(self):
        """As the core has them; rows without anything in them are left out."""
        rows = [
            Rate(_exact(row.rate), _exact(row.base), _exact(row.tax)) for row in self
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


def _exact(number):
    return Decimal(f"{number:.{PLACES}f}").normalize() + 0


def _as_text(rows):
    return "; ".join(
        f"{plain_number(row.rate)} %: {plain_number(row.base)}, {plain_number(row.tax)}"
        for row in rows
    )
