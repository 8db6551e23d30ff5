from odoo import _, models

from ..compat import SERIES_19
from ..core.money import to_decimal

CONFIRMED = ("posted", "in_process", "paid")


class AccountPayment(models.Model):
    """What happens to payments, for those who listen outside."""

    _inherit = "account.payment"

    def action_post(self):
        waiting = self._finance_sync_waiting()
        result = super().action_post()
        if not SERIES_19:  # where the state is that of the entry
            waiting._finance_sync_confirmed()
        return result

    def write(self, vals):
        """On 19.0 every way of confirming ends here, the button's as well."""
        waiting = self.browse()
        if vals.get("state") in CONFIRMED:
            waiting = self._finance_sync_waiting()
        result = super().write(vals)
        waiting._finance_sync_confirmed()
        return result

    def _finance_sync_waiting(self):
        # The wizard of 19.0 makes some that have no state yet.
        return self.filtered(lambda payment: payment.state in ("draft", False))

    def _finance_sync_confirmed(self):
        confirmed = self - self._finance_sync_waiting()
        confirmed._finance_sync_tell("confirmed")

    def action_cancel(self):
        confirmed = self.filtered(lambda payment: payment.state != "draft")
        result = super().action_cancel()
        confirmed._finance_sync_failed(_("Cancelled"))
        return result

    def action_reject(self):
        """On 19.0 alone: the bank, or whoever else executes it, has refused it."""
        result = super().action_reject()
        self._finance_sync_failed(_("Refused"))
        return result

    def _finance_sync_failed(self, reason):
        """Money that was said to move does not: cancelled, refused or returned."""
        self._finance_sync_tell("failed", reason=reason)

    def _finance_sync_tell(self, what, **more):
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": f"account.payment.{what}",
                    "record": payment,
                    "data": {**payment._finance_sync_event_data(), **more},
                }
                for payment in self.sudo()  # whoever causes it may not see all of it
            ]
        )

    def _finance_sync_event_data(self):
        places = self.currency_id.decimal_places
        documents = self.reconciled_invoice_ids | self.reconciled_bill_ids
        documents._finance_sync_ensure_uuid()
        return {
            "number": self.name if self.name != "/" else None,
            "direction": self.payment_type,
            "partner": self.partner_id.id,
            "currency": self.currency_id.name,
            "amount": to_decimal(f"{self.amount:.{places}f}"),
            "date": self.date,
            "method": self.payment_method_code,
            "documents": documents.mapped("finance_sync_uuid"),
        }
