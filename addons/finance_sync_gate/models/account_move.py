from decimal import Decimal

from odoo import fields, models
from odoo.addons.finance_sync.core.money import quantize

from .. import compat
from .gate_check import Facts

POINTS = {"out_invoice": "invoice_post", "in_invoice": "bill_post"}


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "finance.sync.gate.document"]

    def _finance_sync_gate_facts(self):
        places = self.company_currency_id.decimal_places
        amount = quantize(Decimal(str(abs(self.amount_total_signed))), places)
        return Facts(
            document=self,
            partner=self.commercial_partner_id,
            company=self.company_id,
            amount=amount,
            bank=(self.move_type == "in_invoice" and self.partner_bank_id) or None,
        )

    def _finance_sync_gate_confirm(self, point):
        self.action_post()

    def _finance_sync_gate_is_over(self):
        return self.state != "draft"

    def _post(self, soft=True):
        """Ask before posting. Where the good ones of a selection are wanted, the
        others are held and left out."""
        partial = self.env.context.get("finance_sync_partial")
        moves = self
        for move_type, point in POINTS.items():
            asked = moves.filtered(
                lambda m, t=move_type: (
                    m.move_type == t and m._finance_sync_gate_due(soft)
                )
            )
            if partial:
                moves -= asked - asked._finance_sync_gate_split(point)
            else:
                asked._finance_sync_gate_pass(point)
        # A payment is confirmed by posting its entry, too.
        compat.payments_of(moves)._finance_sync_gate_out()
        return super(AccountMove, moves)._post(soft)

    def _finance_sync_gate_due(self, soft):
        """Whether this call really posts it: those of the future wait for their day."""
        today = fields.Date.context_today(self)
        return self.state == "draft" and not (soft and self.date > today)


class ValidateAccountMove(models.TransientModel):
    _inherit = "validate.account.move"

    def validate_move(self):
        """Post the good ones of a selection, whoever else is held."""
        wizard = self.with_context(finance_sync_partial=True)
        return super(ValidateAccountMove, wizard).validate_move()
