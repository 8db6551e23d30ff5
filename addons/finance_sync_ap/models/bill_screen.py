from collections import defaultdict

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_amount, formatLang

from .. import compat
from .bill_line import by_cause

MOST_ROWS = 100
DASH = "–"
# Which cells of the match screen show a difference of a kind.
CELLS = {
    "price": ("price", "order_price"),
    "quantity": ("quantity", "ordered"),
    "line_value": ("net",),
    "order_line_value": ("net",),
    "rounding": ("net",),
    "unit": ("quantity",),
    "not_received": ("quantity", "received"),
    "unmatched": ("order",),
    "foreign_order": ("order",),
    "unknown_order": ("order",),
}
# Of these, words say what is wrong, not figures.
IN_WORDS = ("unmatched", "unit", "foreign_order", "unknown_order")
# A person may go on in spite of these, if the hold lets them.
TO_LET_PASS = ("ap_match", "ap_similar")


class Bill(models.Model):
    """A bill beside its order and receipt, with what differs."""

    _inherit = "finance.sync.bill"

    match_table = fields.Html(
        compute="_compute_match_table", compute_sudo=True, sanitize=False
    )

    # -- Bill, order, receipt

    @api.depends("link_ids", "deviation_ids", "line_ids")
    @api.depends_context("lang")
    def _compute_match_table(self):
        for bill in self:
            rows = bill._match_rows()
            shown = _those_that_differ_first(rows)[:MOST_ROWS]
            whole = bill.deviation_ids.filtered(lambda one: not one.line_id)
            bill.match_table = self.env["ir.qweb"]._render(
                "finance_sync_ap.match_table",
                {
                    "rows": shown,
                    "more": len(rows) - len(shown),
                    "whole": [bill._difference(one) for one in whole],
                },
            )

    def _match_rows(self):
        """A dict for each part of a line and the order line that it is for."""
        links, found = defaultdict(list), defaultdict(list)
        for link in self.link_ids:
            links[link.line_id].append(link)
        for one in self.deviation_ids:
            found[one.line_id].append(one)
        about = self._about_order_lines()
        return [
            {
                **self._bill_cells(line, first),
                **self._order_cells(link, about),
                **self._difference_cells(found[line] if first else []),
                "part": self._part(link) if len(links[line]) > 1 else "",
                "agrees": _("Agrees") if link and not found[line] else "",
            }
            for line in self.line_ids
            for first, link in _with_first(links[line] or [None])
        ]

    def _part(self, link):
        unit = link.order_line_id[compat.ORDER_UNIT].name
        part = f"{self._figure(link.quantity)} {unit}"
        return _("%s of it for this order", part)

    def _about_order_lines(self):
        """{order line: (its receipts, what other bills have taken of it)}"""
        lines = self.link_ids.order_line_id
        if not lines:
            return {}
        billed = self._billed(lines)
        return {
            line: (
                sorted(
                    line.move_ids.filtered(lambda move: move.state == "done")
                    .picking_id.mapped("name")
                ),
                float(billed[line]),
            )
            for line in lines
        }  # fmt: skip

    def _bill_cells(self, line, first):
        """Of a line's parts, the first one names the line."""
        if not first:
            return dict.fromkeys(("name", "item", "quantity", "price", "net"), "")
        base = line.price_base
        per = f" / {self._figure(base)}" if base and base != 1 else ""
        return {
            "name": line.name or line.ref,
            "item": line.vendor_item or "",
            "quantity": f"{self._figure(line.quantity)} {line.unit_name}",
            "price": f"{self._figure(line.price, 2)}{per}",
            "net": format_amount(self.env, line.net, self._currency()),
        }

    def _order_cells(self, link, about):
        if not link:
            names = ("order", "product", "ordered", "order_price", "received", "billed")
            return {**dict.fromkeys(names, DASH), "receipts": []}
        line = link.order_line_id
        unit = line[compat.ORDER_UNIT].name
        receipts, billed = about[line]
        return {
            "order": line.order_id.name,
            "product": line.product_id.display_name or line.name,
            "ordered": f"{self._figure(line.product_qty)} {unit}",
            "order_price": self._figure(line.price_unit, 2),
            "received": f"{self._figure(line.qty_received)} {unit}",
            "billed": self._figure(billed),
            "receipts": receipts,
        }

    def _difference_cells(self, deviations):
        marked = {}
        for one in deviations:
            for cell in CELLS.get(one.kind, ()):
                if marked.get(cell) != "hold":
                    marked[cell] = one.weight
        return {
            "marked": marked,
            "differs": [self._difference(one) for one in by_cause(deviations)],
        }

    def _difference(self, one):
        """{"weight", "title", "text", "amount"}: what differs, in words."""
        kinds = dict(one._fields["kind"]._description_selection(self.env))
        if one.kind in IN_WORDS:
            text = one.about or ""
        elif one.kind == "not_received":
            text = _(
                "%(received)s here, %(billed)s billed",
                received=self._figure(one.expected),
                billed=self._figure(one.found),
            )
        else:
            text = _(
                "%(agreed)s agreed, %(billed)s billed",
                agreed=self._figure(one.expected),
                billed=self._figure(one.found),
            )
        amount = format_amount(self.env, one.amount, self._currency())
        return {
            "weight": one.weight,
            "title": f"{kinds[one.kind]}:" if text else kinds[one.kind],
            "text": text,
            "amount": f"({amount})" if one.amount else "",
        }

    # -- Words

    def _currency(self):
        return self.currency_id or self.company_id.currency_id

    def _figure(self, value, least=0):
        """A quantity or price with the decimals that it has, ``least`` or more."""
        digits = least
        while digits < 6 and round(value, digits) != round(value, 6):
            digits += 1
        return formatLang(self.env, value, digits=digits)

    # -- Buttons

    def action_let_pass(self):
        """Go on in spite of what differs: a reason, and by rule a second person."""
        self.ensure_one()
        user = self.env.user
        if not user.has_group("finance_sync.group_resolver"):
            raise AccessError(_("Only who resolves holds may let a bill pass."))
        holds = self.finance_sync_hold_ids.filtered(
            lambda hold: hold.code in TO_LET_PASS
        )
        if not holds:
            raise UserError(_("Nothing about it may be let pass."))
        if len(holds) > 1:
            return self.action_finance_sync_open_holds()
        return holds.action_override()


def _with_first(parts):
    return [(number == 0, part) for number, part in enumerate(parts)]


def _those_that_differ_first(rows):
    """As on the bill, if all of them are shown."""
    if len(rows) <= MOST_ROWS:
        return rows
    return sorted(rows, key=lambda row: not row["differs"])
