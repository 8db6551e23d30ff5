from odoo import _, models
from odoo.exceptions import UserError

# Only their reason's end, or an override by two, closes these.
LASTING = ("ap_bank_change", "ap_bank_shared", "ap_bank_archived", "ap_bank_number")


class BillDocument(models.Model):
    """Holds of a received bill count for its vendor bill as well."""

    _inherit = "finance.sync.bill"

    def _finance_sync_forget(self):
        result = super()._finance_sync_forget()
        self.move_id._finance_sync_block_again()
        return result


class BillHandler(models.AbstractModel):
    _inherit = "finance.sync.handler.ap.invoice"

    # Of messages that came too late for what is booked or paid.
    _late_codes = ("ap_late",)

    def _on_held(self, exchange, hold):
        """A change that came too late is about the bill: it is not paid meanwhile."""
        result = super()._on_held(exchange, hold)
        if hold.code in self._late_codes:
            # Holds are made by what happens, whoever the execution user is.
            bill = (
                self.env["finance.sync.bill"]
                .sudo()
                .search(
                    [
                        ("connection_id", "=", exchange.connection_id.id),
                        ("company_id", "=", exchange.company_id.id),
                        ("external_id", "=", exchange.external_id),
                    ]
                )
            )
            about = {
                "res_model": bill._name,
                "res_id": bill.id,
                "document_uuid": bill.finance_sync_uuid,
                "document_ref": bill.number,
            }
            exchange.sudo().write(about)
            hold.sudo().write({**about, "partner_id": bill.partner_id.id})
            bill._finance_sync_forget()
        return result


class Hold(models.Model):
    _inherit = "finance.sync.hold"

    def action_resolve(self):
        """What guards a payment is not closed by one person."""
        lasting = self.filtered(lambda hold: hold.code in LASTING)
        if lasting:
            raise UserError(
                _(
                    "“%s” is not closed by hand: read what to do about it.",
                    lasting[0].type_id.name,
                )
            )
        return super().action_resolve()
