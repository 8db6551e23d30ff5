from decimal import Decimal

from odoo import _, api, models

from ..core.matching import ZERO
from ..core.records import receipt_from_dict


class Received(models.Model):
    """Receipts: what has come in all, by line, however the messages are ordered."""

    _inherit = "finance.sync.ap.received"

    def _apply_receipt(self, message):
        content = receipt_from_dict(message)
        self.write(
            {
                "order_external_id": content.order,
                "quantities": {line.ref: str(line.quantity) for line in content.lines},
            }
        )
        self._apply_to_order()

    def _void_receipt(self):
        self.quantities = {}
        self._apply_to_order()

    def _apply_to_order(self):
        """One that comes before its order waits with it."""
        order = self.search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("company_id", "=", self.company_id.id),
                ("kind", "=", "order"),
                ("external_id", "=", self.order_external_id),
            ]
        )
        if order.purchase_id:
            self.write({"purchase_id": order.purchase_id.id})
            order._apply_receipts()

    def _apply_receipts(self):
        """Say on the order what has come, where no stock of ours says it.

        Goods that come into our stock are received there: nothing outside moves
        inventory. A difference is held until both say the same.
        """
        self.ensure_one()
        receipts = self.search(
            [
                ("connection_id", "=", self.connection_id.id),
                ("company_id", "=", self.company_id.id),
                ("kind", "=", "receipt"),
                ("order_external_id", "=", self.external_id),
            ]
        )
        receipts.purchase_id = self.purchase_id
        if not receipts:
            return
        total = _total(receipts)
        lines = self.purchase_id.order_line.filtered("finance_sync_ref")
        for line in lines:
            told = float(total.get(line.finance_sync_ref, ZERO))
            if line.qty_received_method == "manual" and line.qty_received != told:
                owner = line.order_id
                self._check_owned("purchase.order", {"order_line": [True]}, owner)
                line.qty_received = told
        self._hold_different(lines, total)
        self.env["finance.sync.bill"]._rematch_waiting(self.purchase_id)

    def _hold_different(self, lines, total):
        holds = self.env["finance.sync.hold"]
        known = set(lines.mapped("finance_sync_ref"))
        texts = [
            _(
                "%(line)s: %(told)g received over there, %(here)g in stock here.",
                line=line.name.splitlines()[0],
                told=float(total.get(line.finance_sync_ref, ZERO)),
                here=line.qty_received,
            )
            for line in lines
            if line.qty_received_method != "manual"
            and float(total.get(line.finance_sync_ref, ZERO)) != line.qty_received
        ]
        texts += [
            _("Line %s is not on the order.", ref) for ref in sorted(set(total) - known)
        ]
        if texts:
            holds._raise(
                "ap_goods",
                document=self,
                connection=self.connection_id,
                summary="\n".join([self.purchase_id.name, *texts[:20]]),
            )
        else:
            holds._resolve_for(
                document=self,
                codes=["ap_goods"],
                why=_("Both sides say the same now."),
            )

    @api.model
    def _stock_moved(self, orders):
        """Goods have come into stock: what was told of them may agree now."""
        # Whoever receives goods may see nothing of messages.
        told = self.sudo().search(
            [("kind", "=", "order"), ("purchase_id", "in", orders.ids)]
        )
        for order in told:
            order._apply_receipts()


def _total(receipts):
    """{line of the order: quantity in all}"""
    total = {}
    for receipt in receipts:
        for ref, quantity in (receipt.quantities or {}).items():
            total[ref] = total.get(ref, ZERO) + Decimal(quantity)
    return total
