from odoo import fields, models

from ..core import agree

TOLD = (agree.AGREED, agree.DIFFERS, agree.TAKEN_BACK, agree.VOIDED)


class Pair(models.Model):
    """What becomes of a pair, for good: in the seller's chain, each change once."""

    _inherit = "finance.sync.ap.pair"

    finding = fields.Char(
        readonly=True, help="What the last comparison came to, told as an event."
    )

    def _handed_over_item(self):
        """The event of a version that the buyer was given."""
        credit = self.move_id.move_type == "out_refund"
        kind = "credit_note" if credit else "invoice"
        if self.move_id.state == agree.CANCELLED:
            kind = "void"
        return self._event_item("handed_over", kind=kind)

    def _verdict_item(self, verdict):
        """The event of a verdict, which is another one than the last."""
        more = {}
        if verdict.state == agree.DIFFERS:
            more["differences"] = agree.as_texts(verdict.differences)
        return self._event_item(verdict.state, **more)

    def _event_item(self, what, **data):
        mine, theirs = self._sides()
        return {
            "type": f"finance_sync.ap.pair.{what}",
            "record": self,
            # The first event comes before the pair has its place in the flow.
            "correlation_id": self.move_id.finance_sync_correlation_id or None,
            "data": {
                "number": self.number,
                "version": self.version,
                "buyer": self.buyer_id.id,
                "currency": mine.currency,
                "amount": mine.total,
                "buyer_amount": theirs.total if theirs.state else None,
                **data,
            },
        }
