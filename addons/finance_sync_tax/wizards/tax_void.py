from markupsafe import Markup
from odoo import _, fields, models
from odoo.exceptions import UserError


class TaxVoid(models.TransientModel):
    """Cancel a posted invoice, which takes its transaction back at the tax engine."""

    _name = "finance.sync.tax.void"
    _description = "Cancel an Invoice and Void Its Tax"

    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    currency_id = fields.Many2one(related="move_id.currency_id")
    tax_total = fields.Monetary(related="move_id.finance_sync_tax_total")
    sent = fields.Boolean(related="move_id.is_move_sent")
    reason = fields.Char(required=True)

    def action_void(self):
        self.ensure_one()
        move = self.move_id
        if move.state != "posted":
            raise UserError(_("Only a posted invoice has something to void."))
        move._message_log(
            body=Markup("<p>%s</p>") % _("Cancelled, tax is voided: %s", self.reason)
        )
        move.button_draft()
        move.button_cancel()
        return {"type": "ir.actions.act_window_close"}
