from odoo import fields, models


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    def _finance_sync_lines(self):
        """[(number, line)]: as its platform numbers them, else counted from 1.

        ``sequence`` says the order only: it is the same for most lines.
        """
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not line.display_type)
        lines = lines.sorted(lambda line: (line.sequence, line.id))
        return [
            (line.finance_sync_ref or str(number), line)
            for number, line in enumerate(lines, 1)
        ]


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    finance_sync_ref = fields.Char(
        string="Line of the Platform",
        readonly=True,
        copy=False,
        help="What the platform that the order comes from calls the line.",
    )

    def _finance_sync_net_price(self):
        """For one unit, net of discounts."""
        if not self.product_qty:
            return self.price_unit
        return self.price_subtotal / self.product_qty

    def _finance_sync_vendor_item(self):
        """What the vendor calls the product, else what we do."""
        vendor = self.order_id.partner_id.commercial_partner_id
        seller = self.product_id.seller_ids.filtered(
            lambda one: one.partner_id.commercial_partner_id == vendor
        )[:1]
        return seller.product_code or self.product_id.default_code or ""
