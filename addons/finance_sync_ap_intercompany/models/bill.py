from odoo import _, fields, models
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync_ap import compat
from odoo.exceptions import AccessError
from odoo.tools.misc import format_date

from .connection import PROVIDER

PERIOD = "ap_pair_period"


class Bill(models.Model):
    """Bills from our own companies: whose they are is known, not guessed."""

    _inherit = "finance.sync.bill"

    pair_id = fields.Many2one(
        "finance.sync.ap.pair", readonly=True, copy=False, index=True
    )

    def write(self, vals):
        if not self.env.su and "pair_id" in vals:
            raise AccessError(_("The pair of a bill is the one it came with."))
        result = super().write(vals)
        if {"state", "move_id"} & vals.keys() and self.pair_id:
            self.sudo().pair_id.filtered("bill_id")._check()  # see Pair._check
        return result

    def _receive(self, exchange, message):
        bill = super()._receive(exchange, message)
        pair = bill.sudo().pair_id if bill else None  # see Bill._receive
        if pair and pair.bill_id != bill:
            pair.bill_id = bill
        if pair:
            pair._link_flow(exchange)
            pair._check()
        return bill

    def _prepare_received(self, exchange, version, content):
        vals = super()._prepare_received(exchange, version, content)
        if exchange.connection_id.provider == PROVIDER:
            pair = self.env["finance.sync.ap.pair"]._by_uuid(
                exchange.connection_id, exchange._payload()
            )
            if not pair or pair.buyer_id != exchange.company_id:
                raise ContractError(
                    "The message belongs to no intercompany invoice.", code="no_pair"
                )
            vals["pair_id"] = pair.id
            vals["partner_id"] = pair.company_id.partner_id.commercial_partner_id.id
        return vals

    def _find_similar(self):
        """Invoices of our own company are different ones if their numbers are.

        What came another way, as the PDF of the same invoice, is still compared.
        """
        found = super()._find_similar()
        if not self.pair_id:
            return found
        return [(other, alike) for other, alike in found if not other.pair_id]

    def _match_problems(self):
        """Nothing to match with is no deviation, where we invoiced it ourselves."""
        if self.pair_id and not self.order_ref and not self._open_orders():
            self.link_ids.unlink()
            self.deviation_ids.unlink()
            return {}
        return super()._match_problems()

    def _open_orders(self):
        return self._orders().filtered(lambda one: one.invoice_status != "invoiced")

    # -- The buyer's period

    def _check_codes(self):
        return (*super()._check_codes(), PERIOD)

    def _passable_codes(self):
        return (*super()._passable_codes(), PERIOD)

    def _standing_codes(self):
        return (*super()._standing_codes(), "ap_pair_differs")

    def _problems(self):
        found = super()._problems()
        lock = self.pair_id and compat.purchases_locked_until(self.company_id, True)
        if lock and self.date <= lock:
            found[PERIOD] = (
                _(
                    "%(seller)s invoiced on %(date)s, and %(buyer)s is locked up to "
                    "%(lock)s. The two would be in different periods.",
                    seller=self.pair_id.company_id.name,
                    date=format_date(self.env, self.date),
                    buyer=self.company_id.name,
                    lock=format_date(self.env, lock),
                ),
                self.amount_total,
            )
        return found


class Pair(models.Model):
    _inherit = "finance.sync.ap.pair"

    def _link_flow(self, exchange):
        """Invoice, message, bill and vendor bill are one business flow."""
        self.move_id._finance_sync_ensure_uuid()
        flow = self.move_id.finance_sync_correlation_id
        for document in (self, self.bill_id, self.buyer_move_id):
            if document and document.finance_sync_correlation_id != flow:
                document._finance_sync_set({"finance_sync_correlation_id": flow})
        if exchange.correlation_id != flow:
            exchange.sudo().correlation_id = flow  # the engine's own bookkeeping
