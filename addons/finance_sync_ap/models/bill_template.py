from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..core.capture import CAPTURED, Template, check_pattern, check_rates
from ..core.capture_lines import check_lines
from .bill_file_line import UNIT_CODES

MOST_TEMPLATES = 500
MOST_LINES = 100


class BillTemplate(models.Model):
    """How a vendor's bills on paper are read: words that name it, patterns by term."""

    _name = "finance.sync.bill.template"
    _description = "Bill Template"
    _inherit = ["mail.thread"]
    _order = "priority, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    priority = fields.Integer(default=10, help="The lowest that fits is taken.")
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: for all companies.",
    )
    partner_id = fields.Many2one("res.partner", string="Vendor")
    keywords = fields.Text(
        required=True,
        tracking=True,
        help="Patterns, one a line, which all have to be in the text.",
    )
    date_formats = fields.Char(
        required=True,
        default="%Y-%m-%d",
        help="Separated by semicolons: %d day, %m month, %Y year, as in %d.%m.%Y.",
    )
    decimal_separator = fields.Selection(
        [(".", "Point: 1,100.00"), (",", "Comma: 1.100,00")],
        required=True,
        default=".",
    )
    currency_id = fields.Many2one(
        "res.currency", help="Where the bill does not name it by its code."
    )
    rates_pattern = fields.Char(
        string="VAT Table",
        tracking=True,
        help="Finds each row of the VAT table, by the named groups rate, base and tax:"
        " (?P<rate>\\d+) % of (?P<base>[\\d.,]+): (?P<tax>[\\d.,]+)",
    )
    lines_pattern = fields.Char(
        string="Lines",
        tracking=True,
        help="Finds each line, by the named groups name and amount, or quantity and"
        " price; item and rate as well where the bill has them:"
        " (?P<item>\\w+) (?P<name>.+) (?P<quantity>\\d+) x (?P<price>[\\d.,]+)"
        " (?P<amount>[\\d.,]+)$",
    )
    lines_unit = fields.Selection(
        UNIT_CODES, string="Lines Count", required=True, default="C62"
    )
    line_ids = fields.One2many("finance.sync.bill.template.line", "template_id")

    @api.constrains("rates_pattern", "lines_pattern")
    def _check_rows_patterns(self):
        for template in self:
            if template.rates_pattern:
                _checked(template.rates_pattern, check_rates)
            if template.lines_pattern:
                _checked(template.lines_pattern, check_lines)

    @api.constrains("keywords")
    def _check_keywords(self):
        for template in self:
            for keyword in template._keywords():
                _checked(keyword)

    def _keywords(self):
        found = [line.strip() for line in (self.keywords or "").splitlines()]
        return tuple(line for line in found if line)[:MOST_LINES]

    @api.model
    def _of_company(self, company):
        """[(record, as the core has it)], in the order in which they are tried."""
        # Whoever runs the job need not be allowed to see templates.
        found = self.sudo().search(
            [("company_id", "in", (False, company.id))], limit=MOST_TEMPLATES
        )
        return [(template, template._plain()) for template in found]

    def _plain(self):
        fixed = {"BT-3": "380"}
        if self.currency_id:
            fixed["BT-5"] = self.currency_id.name
        if self.partner_id.vat:
            fixed["BT-31"] = self.partner_id.vat
        if self.partner_id:
            fixed["BT-27"] = self.partner_id.name
        formats = (self.date_formats or "").split(";")
        return Template(
            name=self.name,
            keywords=self._keywords(),
            patterns=tuple(
                (line.term, line.pattern) for line in self.line_ids[:MOST_LINES]
            ),
            date_formats=tuple(one.strip() for one in formats if one.strip()),
            decimal=self.decimal_separator,
            fixed=fixed,
            rates=self.rates_pattern or "",
            lines=self.lines_pattern or "",
            unit=self.lines_unit,
        )


class BillTemplateLine(models.Model):
    _name = "finance.sync.bill.template.line"
    _description = "Bill Template Pattern"
    _order = "template_id, sequence, id"

    template_id = fields.Many2one(
        "finance.sync.bill.template", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    term = fields.Selection(
        [(term.key, f"{term.title} ({term.key})") for term in CAPTURED], required=True
    )
    pattern = fields.Char(
        required=True,
        help="What finds the value: its first group, or all of it. Of several lines for"
        " a term, the first that finds something counts.",
    )

    @api.constrains("pattern")
    def _check_pattern(self):
        for line in self:
            _checked(line.pattern)


def _checked(pattern, check=check_pattern):
    try:
        check(pattern)
    except ValueError as error:
        raise ValidationError(
            _("“%(pattern)s” is no pattern: %(why)s", pattern=pattern, why=error)
        ) from error
