from odoo import _, api, fields, models
from odoo.exceptions import UserError


class TaxRebill(models.TransientModel):
    """Credit an invoice whose tax was estimated and bill it again with the engine's.

    The credit note takes back exactly what was booked. The new invoice is a draft with
    the engine's tax, for a person to look at before it is posted and sent.
    """

    _name = "finance.sync.tax.rebill"
    _description = "Credit and Rebill an Estimated Invoice"

    move_id = fields.Many2one("account.move", string="Invoice", required=True)
    hold_id = fields.Many2one("finance.sync.hold", readonly=True)
    currency_id = fields.Many2one(related="move_id.currency_id")
    booked_tax = fields.Monetary(
        string="Tax invoiced", related="move_id.finance_sync_tax_total"
    )
    company_currency_id = fields.Many2one(related="move_id.company_currency_id")
    difference = fields.Monetary(
        related="hold_id.amount", currency_field="company_currency_id"
    )
    summary = fields.Text(related="hold_id.summary")
    date = fields.Date(
        string="Date of both documents",
        required=True,
        default=fields.Date.context_today,
    )
    reason = fields.Char(
        required=True, default=lambda self: _("Tax corrected after an estimate")
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        context = self.env.context
        record = self.env[context["active_model"]].browse(context["active_id"])
        if record._name == "finance.sync.hold":
            values["hold_id"] = record.id
            values["move_id"] = record.res_id
        else:
            values["move_id"] = record.id
            hold = record.finance_sync_hold_ids.filtered(
                lambda hold: hold.code == "tax_estimated_difference"
            )
            values["hold_id"] = hold[:1].id
        return values

    def action_rebill(self):
        self.ensure_one()
        move = self.move_id
        if (move.state, move.finance_sync_tax_state) != ("posted", "error") or (
            not move.finance_sync_tax_estimated
        ):
            raise UserError(
                _(
                    "Only a posted invoice whose estimated tax the engine does not "
                    "share is credited and rebilled."
                )
            )
        self._credit(move)
        invoice = move.copy({"invoice_date": self.date, "ref": move.ref})
        invoice.action_finance_sync_determine_tax()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": invoice.id,
            "views": [(False, "form")],
        }

    def _credit(self, move):
        values = {
            "ref": _("Reversal of: %(name)s, %(reason)s")
            % {"name": move.name, "reason": self.reason},
            "date": self.date,
            "invoice_date": self.date,
        }
        return move._reverse_moves([values], cancel=True)
