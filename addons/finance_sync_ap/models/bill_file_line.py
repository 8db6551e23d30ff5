from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.exceptions import UserError
from odoo.tools.misc import format_amount

from ..core.bill import LONGEST
from ..core.capture_bill import line_gaps
from ..core.capture_lines import MOST_LINES, Line
from .bill_file_row import exact

# Of those that bills may name, the ones that Odoo has; one code for each.
UNIT_CODES = [
    ("C62", "Units"),
    ("DZN", "Dozens"),
    ("KGM", "Kilograms"),
    ("GRM", "Grams"),
    ("TNE", "Tonnes"),
    ("LTR", "Litres"),
    ("MTR", "Metres"),
    ("CMT", "Centimetres"),
    ("KMT", "Kilometres"),
    ("HUR", "Hours"),
    ("DAY", "Days"),
]
PLACES, FINE = 4, 6


class BillFileLine(models.Model):
    """A line of the bill, as it was found or as a person says it is."""

    _name = "finance.sync.bill.file.line"
    _description = "Bill File Line"
    _inherit = ["finance.sync.bill.file.row"]
    _said = frozenset({"name", "item", "quantity", "unit", "price", "rate", "amount"})

    name = fields.Char(string="Description", size=LONGEST["text"])
    item = fields.Char(
        string="Vendor's Item",
        size=LONGEST["code"],
        help="The vendor's code, by which order lines are found.",
    )
    quantity = fields.Float(digits=(16, FINE), default=1.0)
    unit = fields.Selection(UNIT_CODES, required=True, default="C62")
    price = fields.Float(
        string="Unit Price",
        digits=(16, FINE),
        help="Before VAT, less its discount. Empty: the amount is for all of it.",
    )
    rate = fields.Float(
        string="VAT %",
        digits=(8, PLACES),
        help="Empty: that of the bill, if it has one rate alone.",
    )
    amount = fields.Float(digits=(16, PLACES), help="Before VAT.")
    confidence = fields.Float(
        help="0.95: right, and all lines add up to the total without VAT; 0.8: quantity"
        " times price is the amount; 0.4: there is nothing to compare; 0.2: it is"
        " something else. Less where it was read from a picture.",
    )

    @api.onchange("quantity", "price")
    def _onchange_price(self):
        if self.price and not self.amount:
            self.amount = self.quantity * self.price

    def _check_count(self, file):
        if len(file.line_ids) > MOST_LINES:
            raise UserError(_("A bill on paper has at most %s lines.", MOST_LINES))

    def _plain(self):
        """As the core has them; rows without anything in them are left out."""
        lines = [
            Line(
                name=" ".join((row.name or "").split()),
                quantity=exact(row.quantity, FINE),
                amount=exact(row.amount, PLACES),
                price=exact(row.price, FINE) or None,
                item=(row.item or "").strip(),
                rate=exact(row.rate, PLACES) or None,
                unit=row.unit,
            )
            for row in self
        ]
        return tuple(line for line in lines if line.amount or line.name)


class BillFile(models.Model):
    _inherit = "finance.sync.bill.file"

    line_ids = fields.One2many("finance.sync.bill.file.line", "file_id")
    lines_proposed = fields.Text(
        readonly=True, help="The lines as they were found, to see what was corrected."
    )

    def _propose_lines(self, lines):
        self.line_ids.unlink()
        self.write(
            {
                "line_ids": [
                    (0, 0, _line_vals(number, line))
                    for number, line in enumerate(lines)
                ],
            }
        )
        self.lines_proposed = _as_text(self.line_ids._plain())

    def _lines_corrected(self):
        return _as_text(self.line_ids._plain()) != (self.lines_proposed or "")

    def _check_lines(self, content, currency):
        """Lines come to what is taxed at each rate, or it is said by how much not."""
        wrong = line_gaps(content) if self.line_ids._plain() else ()
        if wrong:
            raise UserError(
                "\n".join(
                    [
                        _("The lines do not add up to the amounts of the VAT rates:"),
                        *(self._told_gap(gap, currency) for gap in wrong),
                    ]
                )
            )

    def _told_gap(self, gap, currency):
        def money(amount):
            return format_amount(self.env, float(amount), currency)

        values = {
            "rate": plain_number(gap.rate),
            "lines": money(gap.lines),
            "base": money(gap.base),
            "gap": money(abs(gap.base - gap.lines)),
        }
        if gap.lines < gap.base:
            return _(
                "%(rate)s %%: the lines come to %(lines)s, %(base)s is taxed; %(gap)s "
                "is missing.",
                **values,
            )
        return _(
            "%(rate)s %%: the lines come to %(lines)s, %(base)s is taxed; %(gap)s is "
            "too much.",
            **values,
        )


def _line_vals(number, line):
    return {
        "sequence": number,
        "name": line.name,
        "item": line.item,
        "quantity": float(line.quantity),
        "unit": line.unit,
        "price": float(line.price or 0),
        "rate": float(line.rate or 0),
        "amount": float(line.amount),
        "confidence": line.confidence,
    }


def _as_text(lines):
    """A row for each line, without how sure it is."""

    def shown(line):
        numbers = (line.quantity, line.price, line.amount, line.rate)
        texts = ["" if one is None else plain_number(one) for one in numbers]
        return "; ".join([line.item, line.name, line.unit, *texts])

    return "\n".join(shown(line) for line in lines)
