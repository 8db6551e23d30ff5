from decimal import Decimal

from odoo import _, api, fields, models
from odoo.tools.misc import format_amount

from ..core import agree
from .pair_event import TOLD

MOST = 5000
_CHANGED = """
    SELECT p.id FROM finance_sync_ap_pair p
    JOIN account_move s ON s.id = p.move_id
    LEFT JOIN account_move b ON b.id = p.buyer_move_id
    WHERE p.state NOT IN ('agreed', 'voided') OR p.checked_at IS NULL
        OR s.write_date > p.checked_at OR b.write_date > p.checked_at
    ORDER BY p.checked_at NULLS FIRST, p.id LIMIT %s
"""


class Pair(models.Model):
    """Do both companies have the same in their books?"""

    _inherit = "finance.sync.ap.pair"

    def _check(self):
        """Compare, and hold the buyer's bill where the two differ."""
        told = []
        for pair in self.sudo():  # of both companies, whoever has changed one side
            verdict = pair._verdict()
            text, finding = pair._explain(verdict), agree.finding(verdict)
            if verdict.state in TOLD and finding != pair.finding:
                told.append(pair._verdict_item(verdict))
            pair.write(
                {
                    "state": verdict.state,
                    "finding": finding,
                    "difference": text or False,
                    "checked_at": fields.Datetime.now(),
                    "amount": pair.move_id.amount_total,
                    "buyer_amount": pair.buyer_move_id.amount_total,
                }
            )
            pair._hold_difference(text)
        self.env["finance.sync.event"]._record_many(told)

    def _verdict(self):
        return agree.compare(*self._sides(), delivered=bool(self.version))

    def _sides(self):
        return _side(self.move_id), _side(self.buyer_move_id)

    def _explain(self, verdict):
        """What a person has to know; empty where nothing is wrong."""
        if verdict.state == agree.TAKEN_BACK:
            return _(
                "%(seller)s took %(invoice)s back to change it. It goes on by itself "
                "once it is posted again or cancelled.",
                seller=self.company_id.name,
                invoice=self.number,
            )
        labels = {
            "state": _("State"),
            "kind": _("Kind"),
            "currency": _("Currency"),
            "net": _("Untaxed"),
            "tax": _("Tax"),
            "total": _("Total"),
        }
        return "\n".join(
            _(
                "%(what)s: %(seller)s has %(mine)s, %(buyer)s has %(theirs)s.",
                what=labels[what],
                seller=self.company_id.name,
                mine=mine,
                buyer=self.buyer_id.name,
                theirs=theirs,
            )
            for what, mine, theirs in verdict.differences
        )

    def _hold_difference(self, text):
        bill = self.bill_id
        if not bill:
            return
        holds = self.env["finance.sync.hold"]
        if not text:
            holds._resolve_for(
                document=bill,
                codes=["ap_pair_differs"],
                why=_("Both companies have the same again."),
            )
            return
        holds._raise(
            "ap_pair_differs",
            document=bill,
            connection=self.connection_id,
            summary=_(
                "%(invoice)s of %(seller)s over %(amount)s: %(text)s",
                invoice=self.number,
                seller=self.company_id.name,
                amount=format_amount(
                    self.env, self.move_id.amount_total, self.currency_id
                ),
                text=text,
            ),
            amount=bill._in_company_currency(bill.amount_total),
            period=bill.date,
        )

    @api.model
    def _cron_check(self):
        """Compare what has changed behind our back, and hand over what was left."""
        self.flush_model()
        self.env["account.move"].flush_model()
        self.env.cr.execute(_CHANGED, [MOST])
        pairs = self.browse([row[0] for row in self.env.cr.fetchall()])
        pairs.filtered(lambda pair: pair.state == agree.WAITING)._start()
        pairs._check()


def _side(move):
    if not move:
        return agree.Side()
    places = move.currency_id.decimal_places

    def exact(amount):
        return Decimal(f"{amount:.{places}f}") + 0

    return agree.Side(
        state=move.state,
        credit=move.move_type in ("out_refund", "in_refund"),
        currency=move.currency_id.name,
        net=exact(move.amount_untaxed),
        tax=exact(move.amount_tax),
        total=exact(move.amount_total),
    )
