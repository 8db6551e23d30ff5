from odoo import api, models

from ..core.money import to_decimal
from .internal import Internal, internal_value

POSTING = "finance_sync_posting"
PAID = ("paid", "in_payment")

KINDS = {
    "out_invoice": ("invoice", "invoice"),
    "out_refund": ("invoice", "refund"),
    "out_receipt": ("invoice", "receipt"),
    "in_invoice": ("bill", "invoice"),
    "in_refund": ("bill", "refund"),
    "in_receipt": ("bill", "receipt"),
}


class AccountMove(models.Model):
    """What happens to invoices and bills, for those who listen outside."""

    _inherit = "account.move"

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.filtered(lambda m: m.is_purchase_document(True))._finance_sync_tell(
            "received"
        )
        return moves

    def write(self, vals):
        """Cancelling takes many ways, all of which end here."""
        ending = self.browse()
        if vals.get("state") == "cancel":
            ending = self.filtered(lambda move: move.state != "cancel")
        result = super().write(vals)
        ending._finance_sync_tell("cancelled")
        return result

    def _post(self, soft=True):
        posting = self.with_context(**{POSTING: Internal(frozenset(self.ids))})
        posted = super(AccountMove, posting)._post(soft).with_env(self.env)
        posted._finance_sync_tell("posted")
        posted.filtered("reversed_entry_id")._finance_sync_tell_reversed()
        posted.filtered(lambda m: m.payment_state in PAID)._finance_sync_tell("paid")
        return posted

    def _invoice_paid_hook(self):
        """What is posted and paid at once, being worth nothing, is posted first."""
        result = super()._invoice_paid_hook()
        posting = internal_value(self.env, POSTING, frozenset())
        self.filtered(lambda m: m.id not in posting)._finance_sync_tell("paid")
        return result

    def button_set_checked(self):
        result = super().button_set_checked()
        self._finance_sync_approved()
        return result

    def _finance_sync_approved(self):
        """A person, or the system that approves, has approved these bills."""
        bills = self.filtered(lambda move: move.is_purchase_document(True))
        bills._finance_sync_tell("approved", approver=self.env.uid)

    def _finance_sync_tell_reversed(self):
        documents = self.filtered(lambda move: move.move_type in KINDS)
        documents.reversed_entry_id._finance_sync_ensure_uuid()
        events = []
        for refund in documents:
            events += refund.reversed_entry_id._finance_sync_events(
                "reversed", reversal=refund.finance_sync_uuid
            )
        self.env["finance.sync.event"]._record_many(events)

    def _finance_sync_tell(self, what, **more):
        """Record that ``what`` happened to these, journal entries left out."""
        documents = self.filtered(lambda move: move.move_type in KINDS)
        documents._finance_sync_ensure_uuid()
        self.env["finance.sync.event"]._record_many(
            documents._finance_sync_events(what, **more)
        )

    def _finance_sync_events(self, what, **more):
        return [
            {
                "type": f"account.{KINDS[move.move_type][0]}.{what}",
                "record": move,
                "data": {**move._finance_sync_event_data(what), **more},
            }
            for move in self.sudo()  # whoever causes it may not see all of it
            if move.move_type in KINDS
        ]

    def _finance_sync_event_data(self, what):
        side, kind = KINDS[self.move_type]
        currency = self.currency_id

        def amount(value):
            return to_decimal(f"{value:.{currency.decimal_places}f}")

        data = {
            "number": self.name if self.name != "/" else None,
            "kind": kind,
            "partner": self.partner_id.id,
            "currency": currency.name,
            "total": amount(self.amount_total),
            "untaxed": amount(self.amount_untaxed),
            "tax": amount(self.amount_tax),
            "residual": amount(self.amount_residual),
            "date": self.invoice_date,
            "due_date": self.invoice_date_due,
            "accounting_date": self.date,
            "payment_state": self.payment_state,
        }
        if side == "bill":
            data["reference"] = self.ref
        if what == "posted":
            data["origin"] = self.reversed_entry_id.finance_sync_uuid
        return data
