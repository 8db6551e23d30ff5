from collections import defaultdict
from decimal import Decimal

from odoo import models

from .. import compat
from ..core.candidates import OrderBook
from ..core.matching import match
from ..core.order import (
    ORDERED,
    RECEIVED,
    Order,
    OrderLine,
    Question,
    QuestionLine,
    Units,
)
from .bill_intake import UNITS

# Of links: what was matched and is not in the ledger yet.
RESERVED = ("matched", "waiting")


class Bill(models.Model):
    _inherit = "finance.sync.bill"

    def _match(self):
        """Match with the vendor's orders and store what was found.

        :return: :class:`..core.matching.Match`
        """
        orders = self._orders()
        units = self._units(orders.order_line)
        limits = self.env["finance.sync.ap.limit"]._of(
            self.company_id, self.partner_id, self.currency_id, self.date
        )
        found = match(self._question(), self._book(orders), limits, units)
        self._store_match(found)
        return found

    def _orders(self):
        """Orders that the bill names; all of the vendor's, unless these are enough.

        They are where each line names an order of the vendor's, for then no other one
        is looked into.
        """
        goods = self.line_ids.filtered(lambda line: not line.charge)
        wanted = {line.order_ref or self.order_ref for line in goods}
        named = {self.order_ref, *self.line_ids.mapped("order_ref")} - {False}
        confirmed = [
            ("company_id", "=", self.company_id.id),
            ("state", "in", ("purchase", "done")),
        ]
        # Matching compares with all orders; who books need not see them.
        orders = self.env["purchase.order"].sudo()
        vendor = self.partner_id.commercial_partner_id
        found = orders.search([*confirmed, ("name", "in", list(named))])
        mine = found.filtered(
            lambda order: order.partner_id.commercial_partner_id == vendor
        )
        if wanted <= set(mine.mapped("name")):
            return found
        of_vendor = ("partner_id", "child_of", vendor.id)
        return found | orders.search([*confirmed, of_vendor])

    def _book(self, orders):
        lines = orders.order_line.filtered(lambda line: not line.display_type)
        billed, excess = self._billed(lines), self._granted(lines)
        return OrderBook(
            Order(
                ref=order.name,
                vendor=f"partner:{order.partner_id.commercial_partner_id.id}",
                currency=order.currency_id.name,
                lines=tuple(
                    self._order_line(ref, line, billed[line], excess[line])
                    for ref, line in order._finance_sync_lines()
                ),
            )
            for order in orders
        )

    def _order_line(self, ref, line, billed, excess):
        product = line.product_id
        by_order = product.purchase_method == "purchase"
        unit = line[compat.ORDER_UNIT]
        return OrderLine(
            key=str(line.id),
            order_ref=line.order_id.name,
            line_ref=ref,
            unit=f"odoo:{unit.id}",
            price=_exact(line._finance_sync_net_price()),
            ordered=_exact(line.product_qty),
            received=_exact(line.qty_received),
            billed=billed,
            excess=excess,
            basis=ORDERED if by_order else RECEIVED,
            vendor_item=line._finance_sync_vendor_item(),
            barcode=product.barcode or "",
            name=product.name or line.name or "",
        )

    def _billed(self, lines):
        """{order line: quantity that other bills have taken, drafts among them}.

        Core's ``qty_invoiced`` would count this bill's own draft as well.
        """
        found = defaultdict(Decimal)
        for sign, move_type in ((1, "in_invoice"), (-1, "in_refund")):
            rows = (
                self.env["account.move.line"]
                .sudo()
                ._read_group(
                    [
                        ("purchase_line_id", "in", lines.ids),
                        ("parent_state", "!=", "cancel"),
                        ("move_id", "!=", self.move_id.id),
                        ("move_id.move_type", "=", move_type),
                    ],
                    ["purchase_line_id", "product_uom_id"],
                    ["quantity:sum"],
                )
            )
            for line, unit, quantity in rows:
                target = line[compat.ORDER_UNIT]
                if unit and unit != target:
                    quantity = unit._compute_quantity(quantity, target, round=False)
                found[line] += sign * _exact(quantity)
        reserved = self._links_of_others(lines, "quantity:sum")
        for line, quantity, kind in reserved:
            found[line] += _exact(quantity) * (-1 if kind == "credit_note" else 1)
        return found

    def _granted(self, lines):
        """{order line: value above the order that other bills were granted}."""
        found = defaultdict(Decimal)
        rows = (
            self.env["finance.sync.bill.link"]
            .sudo()
            ._read_group(
                [
                    ("order_line_id", "in", lines.ids),
                    ("bill_id", "!=", self.id),
                    ("bill_id.state", "!=", "voided"),
                ],
                ["order_line_id"],
                ["excess:sum"],
            )
        )
        for line, excess in rows:
            found[line] += _exact(excess)
        return found

    def _links_of_others(self, lines, figure):
        links = self.env["finance.sync.bill.link"].sudo()
        for kind in ("invoice", "credit_note"):
            rows = links._read_group(
                [
                    ("order_line_id", "in", lines.ids),
                    ("bill_id", "!=", self.id),
                    ("bill_id.state", "in", RESERVED),
                    ("bill_id.kind", "=", kind),
                ],
                ["order_line_id"],
                [figure],
            )
            for line, quantity in rows:
                yield line, quantity, kind

    def _question(self):
        return Question(
            vendor=f"partner:{self.partner_id.commercial_partner_id.id}",
            currency=self.currency_id.name,
            lines=tuple(
                QuestionLine(
                    ref=str(line.id),
                    quantity=_exact(line.quantity),
                    unit=line.unit,
                    price=_exact(line.price),
                    net=_exact(line.net),
                    price_base=_exact(line.price_base) or Decimal(1),
                    order_ref=line.order_ref or "",
                    order_line_ref=line.order_line_ref or "",
                    vendor_item=line.vendor_item or "",
                    barcode=line.barcode or "",
                    name=line.name or "",
                    charge=line.charge,
                )
                for line in self.line_ids
            ),
            order_refs=(self.order_ref,) if self.order_ref else (),
            credit=self.kind == "credit_note",
        )

    def _units(self, order_lines):
        """The bill's codes and the orders' units, with what they are made of."""
        factors = {
            f"odoo:{unit.id}": compat.unit_factor(unit)
            for unit in order_lines[compat.ORDER_UNIT]
        }
        for code in set(self.line_ids.mapped("unit")) & UNITS.keys():
            unit = self.env.ref(UNITS[code], raise_if_not_found=False)
            if unit:
                factors[code] = compat.unit_factor(unit)
        return Units(factors)

    def _store_match(self, found):
        self.link_ids.unlink()
        self.deviation_ids.unlink()
        excess = dict(found.excess)
        links = [
            {
                "bill_id": self.id,
                "line_id": int(link.line_ref),
                "order_line_id": int(link.order_line),
                "quantity": float(link.quantity),
                "value": float(link.value),
                "way": link.way,
                "excess": float(excess.pop(link.order_line, 0)),
            }
            for link in found.links
        ]
        self.env["finance.sync.bill.link"].create(links)
        self.env["finance.sync.bill.deviation"].create(
            [
                {
                    "bill_id": self.id,
                    "line_id": int(one.line_ref) if one.line_ref else False,
                    "order_line_id": int(one.order_line) if one.order_line else False,
                    "kind": one.kind,
                    "weight": one.weight,
                    "expected": float(one.expected),
                    "found": float(one.found),
                    "amount": float(one.amount),
                    "about": one.about,
                }
                for one in found.deviations
            ]
        )


def _exact(number):
    """The decimal that a float of six digits stands for."""
    return Decimal(str(round(number, 6)))
