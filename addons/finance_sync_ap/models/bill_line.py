from odoo import api, fields, models

from .bill_intake import UNITS

KINDS = [
    ("price", "Price"),
    ("quantity", "Quantity"),
    ("line_value", "Line Value"),
    ("order_line_value", "Order Line over All Bills"),
    ("charges", "Unplanned Charges"),
    ("document", "Whole Bill"),
    ("rounding", "Line Does Not Add Up"),
    ("unit", "Unknown Unit"),
    ("unmatched", "No Order Line"),
    ("foreign_order", "Another Vendor's Order"),
    ("unknown_order", "Unknown Order"),
    ("not_received", "Not Received Yet"),
]
# One excess shows as price, as value of the line and as total: causes come first.
BY_CAUSE = (
    "unit",
    "unmatched",
    "foreign_order",
    "unknown_order",
    "not_received",
    "quantity",
    "price",
    "charges",
    "rounding",
    "line_value",
    "order_line_value",
    "document",
)
WAYS = [
    ("order_line", "Order Line Reference"),
    ("vendor_item", "Vendor's Item Code"),
    ("barcode", "Barcode"),
    ("name_and_price", "Name and Price"),
]
QUANTITY = (16, 6)


def by_cause(deviations):
    """Deviations as a list, causes before what follows from them."""
    return sorted(deviations, key=lambda one: BY_CAUSE.index(one.kind))


class BillLine(models.Model):
    _name = "finance.sync.bill.line"
    _description = "Received Bill Line"
    _order = "bill_id, sequence, id"
    _rec_name = "name"
    _log_access = False

    bill_id = fields.Many2one(
        "finance.sync.bill", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="bill_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="bill_id.currency_id")
    sequence = fields.Integer()
    ref = fields.Char(string="Line", readonly=True)
    charge = fields.Boolean(readonly=True)
    name = fields.Char(readonly=True)
    vendor_item = fields.Char(string="Vendor's Item", readonly=True)
    barcode = fields.Char(readonly=True)
    quantity = fields.Float(digits=QUANTITY, readonly=True)
    unit = fields.Char(
        string="Unit Code", readonly=True, help="UN/ECE Recommendation 20."
    )
    unit_name = fields.Char(string="Unit", compute="_compute_unit_name")
    price = fields.Float(string="Unit Price", digits=QUANTITY, readonly=True)
    price_base = fields.Float(
        digits=QUANTITY, readonly=True, help="How many units the price is for."
    )
    net = fields.Monetary(string="Untaxed", readonly=True)
    tax_rate = fields.Float(string="Tax %", digits=(8, 4), readonly=True)
    order_ref = fields.Char(string="Order", readonly=True)
    order_line_ref = fields.Char(string="Order Line", readonly=True)
    account_ref = fields.Char(string="Accounting Reference", readonly=True)

    @api.depends("unit")
    @api.depends_context("lang")
    def _compute_unit_name(self):
        names = {code: self._unit_of(code) for code in set(self.mapped("unit"))}
        for line in self:
            line.unit_name = names[line.unit]

    def _unit_of(self, code):
        known = UNITS.get(code)
        unit = self.env.ref(known, raise_if_not_found=False) if known else None
        return unit.name if unit else code or ""


class BillLink(models.Model):
    """Which part of a bill's line is for which order line."""

    _name = "finance.sync.bill.link"
    _description = "Bill Matched with Order"
    _order = "bill_id, id"
    _log_access = False

    bill_id = fields.Many2one(
        "finance.sync.bill", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="bill_id.company_id", store=True, index=True)
    line_id = fields.Many2one(
        "finance.sync.bill.line", index=True, ondelete="cascade", string="Bill Line"
    )
    order_line_id = fields.Many2one(
        "purchase.order.line", required=True, index=True, ondelete="restrict"
    )
    order_id = fields.Many2one(related="order_line_id.order_id")
    product_id = fields.Many2one(related="order_line_id.product_id")
    ordered = fields.Float(related="order_line_id.product_qty")
    received = fields.Float(related="order_line_id.qty_received")
    order_price = fields.Float(related="order_line_id.price_unit", string="Order Price")
    quantity = fields.Float(
        digits=QUANTITY, readonly=True, help="In the order line's unit."
    )
    currency_id = fields.Many2one(related="bill_id.currency_id")
    value = fields.Monetary(readonly=True)
    excess = fields.Monetary(
        readonly=True, help="Value above the order that this bill was granted."
    )
    way = fields.Selection(WAYS, string="Found by", readonly=True)


class BillDeviation(models.Model):
    """What differs between a bill and its orders and receipts."""

    _name = "finance.sync.bill.deviation"
    _description = "Bill Deviation"
    _order = "bill_id, amount desc, id"
    _log_access = False

    bill_id = fields.Many2one(
        "finance.sync.bill", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="bill_id.company_id", store=True, index=True)
    line_id = fields.Many2one(
        "finance.sync.bill.line", ondelete="cascade", string="Bill Line"
    )
    order_line_id = fields.Many2one("purchase.order.line", ondelete="cascade")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    weight = fields.Selection(
        [("hold", "To Decide"), ("wait", "Waits"), ("warn", "In Our Favour")],
        required=True,
        readonly=True,
    )
    expected = fields.Float(digits=QUANTITY, readonly=True)
    found = fields.Float(string="Billed", digits=QUANTITY, readonly=True)
    currency_id = fields.Many2one(related="bill_id.currency_id")
    amount = fields.Monetary(string="At Stake", readonly=True)
    about = fields.Char(readonly=True)


class BillKey(models.Model):
    """What no two bills of a company may share: stopped by the database."""

    _name = "finance.sync.bill.key"
    _description = "Bill Duplicate Key"
    _order = "id"
    _log_access = False
    _sql_constraints = [
        ("key_unique", "UNIQUE(company_id, key)", "The same bill is there already."),
    ]

    bill_id = fields.Many2one(
        "finance.sync.bill", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    key = fields.Char(required=True)
