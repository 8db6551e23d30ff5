from decimal import Decimal

from odoo import models


class GateCheck(models.AbstractModel):
    """Confirmed orders that are not invoiced yet are owed as well."""

    _inherit = "finance.sync.gate.check"

    def _orders(self, partners, company, skipped):
        owed = super()._orders(partners, company, skipped)
        self.env["sale.order.line"].flush_model()
        self.env["sale.order"].flush_model()
        # Quantities on draft invoices count as invoiced, and drafts are counted.
        self.env.cr.execute(
            """
            SELECT p.commercial_partner_id, SUM(
                l.price_total
                * GREATEST(l.product_uom_qty - l.qty_invoiced, 0) / l.product_uom_qty
                / COALESCE(NULLIF(o.currency_rate, 0), 1))
            FROM sale_order_line l
            JOIN sale_order o ON o.id = l.order_id
            JOIN res_partner p ON p.id = o.partner_invoice_id
            WHERE o.company_id = %s AND o.state = 'sale'
                AND l.product_uom_qty > 0 AND l.display_type IS NULL
                AND p.commercial_partner_id = ANY(%s) AND o.id != ALL(%s)
            GROUP BY p.commercial_partner_id
            """,
            [company.id, partners.ids, skipped.get("sale.order", [])],
        )
        for partner, amount in self.env.cr.fetchall():
            found = Decimal(str(amount or 0))
            owed[partner] = owed.get(partner, Decimal(0)) + found
        return owed
