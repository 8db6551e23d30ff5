from decimal import Decimal

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..core.order import Limit, Limits

PAIRS = ("price", "quantity", "line", "order_line", "charges", "document")
DIGITS = (16, 4)


class ApLimit(models.Model):
    """How far a bill may exceed its order: of a vendor, a category, or a company."""

    _name = "finance.sync.ap.limit"
    _description = "Matching Limits"
    _inherit = ["mail.thread"]
    _order = "company_id, partner_id, category_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Vendor", domain="[('parent_id', '=', False)]"
    )
    category_id = fields.Many2one("res.partner.category", string="Vendor Category")
    price_percent = fields.Float(digits=DIGITS, tracking=True)
    price_amount = fields.Float(digits=DIGITS, tracking=True, help="By unit.")
    quantity_percent = fields.Float(digits=DIGITS, tracking=True)
    quantity_amount = fields.Float(
        digits=DIGITS, tracking=True, help="In the order line's unit."
    )
    line_percent = fields.Float(digits=DIGITS, tracking=True)
    line_amount = fields.Float(digits=DIGITS, tracking=True)
    order_line_percent = fields.Float(
        digits=DIGITS, tracking=True, help="Of an order line, over all of its bills."
    )
    order_line_amount = fields.Float(digits=DIGITS, tracking=True)
    charges_percent = fields.Float(digits=DIGITS, tracking=True)
    charges_amount = fields.Float(digits=DIGITS, tracking=True)
    document_percent = fields.Float(digits=DIGITS, tracking=True)
    document_amount = fields.Float(digits=DIGITS, tracking=True)
    rounding = fields.Float(digits=DIGITS, default=0.01, tracking=True)

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_ap_limit_scope"
            " ON finance_sync_ap_limit"
            " (company_id, COALESCE(partner_id, 0), COALESCE(category_id, 0))"
        )

    @api.constrains("partner_id", "category_id")
    def _check_scope(self):
        if any(limit.partner_id and limit.category_id for limit in self):
            raise ValidationError(
                _("Limits are of a vendor or of a category, not of both.")
            )

    @api.constrains(
        *[f"{pair}_{part}" for pair in PAIRS for part in ("percent", "amount")]
    )
    def _check_not_negative(self):
        names = [f"{pair}_{part}" for pair in PAIRS for part in ("percent", "amount")]
        for limit in self:
            if any(limit[name] < 0 for name in names):
                raise ValidationError(_("Limits cannot be negative."))

    def _compute_display_name(self):
        for limit in self:
            limit.display_name = (
                limit.partner_id.display_name
                or limit.category_id.display_name
                or limit.company_id.name
            )

    @api.model
    def _of(self, company, partner, currency, date):
        """The limits for a vendor's bill: vendor, else category, else company.

        Amounts are set in the company's currency and used in the bill's.

        :return: :class:`Limits`; nothing is allowed where nothing is set
        """
        # Whoever receives bills may not see how they are limited.
        found = self.sudo().search(
            [
                ("company_id", "parent_of", company.id),
                "|",
                ("partner_id", "=", partner.id),
                "|",
                ("category_id", "in", partner.category_id.ids),
                "&",
                ("partner_id", "=", False),
                ("category_id", "=", False),
            ]
        )
        chosen = found.sorted(
            lambda one: (
                one.company_id != company,
                not one.partner_id,
                not one.category_id,
                one.id,
            )
        )[:1]
        if not chosen:
            return Limits()

        def money(amount):
            found = chosen.currency_id._convert(amount, currency, company, date)
            return Decimal(str(found))

        pairs = {}
        for pair in PAIRS:
            percent = Decimal(str(chosen[f"{pair}_percent"]))
            amount = chosen[f"{pair}_amount"]
            # A quantity is in units, the rest is money.
            known = Decimal(str(amount)) if pair == "quantity" else money(amount)
            pairs[pair] = Limit(percent, known)
        return Limits(**pairs, rounding=money(chosen.rounding))
