from decimal import Decimal

from odoo import _, models
from odoo.addons.finance_sync_ap.models.bill_intake import UNITS

from ..core.mirror import Invoice, Line, bill_of

OTHER_UNIT = "ZZ"  # mutually defined, as the recommendation says


class Pair(models.Model):
    """What is on the invoice, in the terms of the contract."""

    _inherit = "finance.sync.ap.pair"

    def _bill(self):
        return bill_of(self._invoice())

    def _invoice(self):
        move, places = self.move_id, self.move_id.currency_id.decimal_places
        return Invoice(
            number=move.name,
            date=move.invoice_date,
            due=move.invoice_date_due or None,
            credit=move.move_type == "out_refund",
            currency=move.currency_id.name,
            places=places,
            seller=self.company_id.name,
            seller_vat=self.company_id.vat or "",
            buyer=self.buyer_id.name,
            buyer_vat=self.buyer_id.vat or "",
            order_ref=self._order_of_buyer().name or "",
            preceding=move.reversed_entry_id.name or "",
            remittance=move.payment_reference or "",
            account=self._account(),
            net=_exact(move.amount_untaxed, places),
            tax=_exact(move.amount_tax, places),
            total=_exact(move.amount_total, places),
            lines=tuple(self._lines(places)),
        )

    def _account(self):
        """Where the seller wants its money; a credit note names nothing to pay to."""
        move = self.move_id
        if move.move_type != "out_invoice":
            return ""
        return move.partner_bank_id.acc_number or ""

    def _order_of_buyer(self):
        """The buyer's order that the customer reference names, if it is one."""
        ref = (self.move_id.ref or "").strip()
        orders = self.env["purchase.order"]
        if not ref:
            return orders
        return orders.search(
            [
                ("name", "=", ref),
                ("company_id", "=", self.buyer_id.id),
                ("partner_id", "child_of", self.company_id.partner_id.id),
            ],
            limit=1,
        )

    def _sold_lines(self):
        lines = self.move_id.line_ids.filtered(_net)
        return lines.sorted(lambda line: (line.sequence, line.id))

    def _lines(self, places):
        codes = self._unit_codes()
        for line in self._sold_lines():
            product = line.display_type == "product"
            tax = line.price_total - line.price_subtotal if product else 0.0
            yield Line(
                ref=str(line.id),
                name=line.name or line.product_id.display_name or _("Service"),
                quantity=_exact(line.quantity or 1.0, 6),
                unit=codes.get(line.product_uom_id, OTHER_UNIT)
                if line.product_uom_id
                else "C62",
                net=_exact(_net(line), places),
                tax=_exact(tax, places),
                rate=_rate(line.tax_ids.flatten_taxes_hierarchy()),
                item=line.product_id.default_code or "",
                barcode=line.product_id.barcode or "",
            )

    def _unit_codes(self):
        found = {}
        for code, name in UNITS.items():
            unit = self.env.ref(name, raise_if_not_found=False)
            if unit:
                found.setdefault(unit, code)
        return found


def _net(line):
    """What a line is worth without tax; 0 for those that are not what was sold."""
    if line.display_type == "product":
        return line.price_subtotal
    if line.display_type == "rounding":
        # Of the whole invoice, in the ledger's sign.
        return line.amount_currency * line.move_id.direction_sign
    return 0.0


def _rate(taxes):
    """The sum of percents; None where taxes are something else."""
    if any(tax.amount_type != "percent" for tax in taxes):
        return None
    return _exact(sum(taxes.mapped("amount")), 4)


def _exact(number, places):
    return Decimal(f"{number:.{places}f}") + 0
