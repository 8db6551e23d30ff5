from odoo import _, fields, models
from odoo.addons.finance_sync.core.errors import RejectedError

from .. import compat
from ..core.records import order_from_dict
from .bill_intake import UNITS

# What the ownership rules decide about an order as a whole.
OWNED = ("partner_id", "currency_id", "order_line")


class Received(models.Model):
    """Orders: confirmed here as well, since bills are matched with confirmed ones."""

    _inherit = "finance.sync.ap.received"

    def _apply_order(self, message):
        content = order_from_dict(message)
        vals = self._prepare_order(content)
        order = self.purchase_id
        self._check_owned(
            "purchase.order",
            {name: vals[name] for name in OWNED},
            order or None,
        )
        self._check_number(content.number)
        if order:
            if order.state == "cancel":
                order.button_draft()
            self._change_order(order, vals)
        else:
            order = self.env["purchase.order"].create(
                {**vals, "company_id": self.company_id.id}
            )
        if order.state not in ("purchase", "done"):
            order.button_confirm()
        if order.state == "to approve":
            # It was approved where it was made.
            order.button_approve(force=True)
        self.write({"purchase_id": order.id, "partner_id": order.partner_id.id})
        self._apply_receipts()
        self.env["finance.sync.bill"]._rematch_named(order)

    def _change_order(self, order, vals):
        """Head before lines: a changed vendor would set their prices anew."""
        changes = self.env["finance.sync.ownership.rule"]._changes
        lines = vals.pop("order_line")
        head = {name: x for name, x in vals.items() if changes(order, name, x)}
        if head:
            order.write(head)
            order.flush_recordset()
        order.write({"order_line": lines})

    def _void_order(self):
        self._check_owned("purchase.order", {"order_line": [True]}, self.purchase_id)
        self.purchase_id.button_cancel()

    def _check_number(self, number):
        """Bills name an order by its number: two would be one to them."""
        known = self.env["purchase.order"].search(
            [
                ("name", "=", number),
                ("company_id", "=", self.company_id.id),
                ("id", "!=", self.purchase_id.id),
            ],
            limit=1,
        )
        if known:
            raise RejectedError(
                _("Another order here has the number %s.", number), code="ap_record"
            )

    def _prepare_order(self, content):
        vendor = self._vendor_of(content.vendor_code, content.vendor_vat)
        if not vendor.active:
            raise RejectedError(
                _(
                    "No vendor here has the code %(code)s or VAT number %(vat)s.",
                    code=content.vendor_code or "–",
                    vat=content.vendor_vat or "–",
                ),
                code="ap_record",
            )
        currency = self.env["res.currency"].search([("name", "=", content.currency)])
        if not currency:
            raise RejectedError(
                _("Currency %s is not active here.", content.currency), code="ap_record"
            )
        return {
            "name": content.number,
            "partner_id": vendor.id,
            "currency_id": currency.id,
            "date_order": fields.Datetime.to_datetime(content.date),
            "order_line": self._prepare_lines(content, vendor),
        }

    def _prepare_lines(self, content, vendor):
        """Commands that make the order's lines those of the message."""
        known = {
            line.finance_sync_ref: line
            for line in self.purchase_id.order_line
            if line.finance_sync_ref
        }
        commands = []
        for number, one in enumerate(content.lines, 1):
            line = known.pop(one.ref, None)
            vals = self._prepare_line(one, number, line, vendor, content)
            commands.append((1, line.id, vals) if line else (0, 0, vals))
        # Lines of a confirmed order stay; nothing more is expected of these.
        gone = {"product_qty": 0.0}
        return commands + [(1, line.id, gone) for line in known.values()]

    def _prepare_line(self, one, number, line, vendor, content):
        product = line.product_id if line else self._product(one, vendor)
        vals = {
            "sequence": number,
            "name": one.name,
            "product_qty": float(one.quantity),
            "price_unit": float(one.price),
            "discount": 0.0,
            compat.ORDER_UNIT: self._unit(one, product).id,
            "date_planned": fields.Datetime.to_datetime(one.expected or content.date),
        }
        if not line:
            vals.update(product_id=product.id, finance_sync_ref=one.ref)
        return vals

    def _product(self, one, vendor):
        """By number or barcode, else the one that stands for all unknown items."""
        products = self.env["product.product"]
        here = [("company_id", "in", (False, self.company_id.id))]
        for name, value in (("default_code", one.item), ("barcode", one.barcode)):
            found = products.search([*here, (name, "=", value)]) if value else products
            if len(found) == 1:
                return found
        if one.item:
            sellers = self.env["product.supplierinfo"].search(
                [("partner_id", "=", vendor.id), ("product_code", "=", one.item)]
            )
            found = sellers.product_id or sellers.product_tmpl_id.product_variant_id
            if len(found) == 1:
                return found
        unknown = self.connection_id.ap_unknown_product_id
        if not unknown:
            raise RejectedError(
                _(
                    "No product is “%(item)s”, and the connection names none for "
                    "unknown items.",
                    item=one.item or one.name,
                ),
                code="ap_record",
            )
        return unknown

    def _unit(self, one, product):
        unit = self.env.ref(UNITS.get(one.unit, "-.-"), raise_if_not_found=False)
        if not unit:
            raise RejectedError(_("Unit %s is not known.", one.unit), code="ap_record")
        if compat.unit_factor(unit)[0] != compat.unit_factor(product.uom_id)[0]:
            raise RejectedError(
                _(
                    "%(unit)s cannot be compared with the unit of %(product)s.",
                    unit=unit.name,
                    product=product.display_name,
                ),
                code="ap_record",
            )
        return unit
