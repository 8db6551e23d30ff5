from decimal import Decimal

from odoo import models
from odoo.addons.finance_sync.core.money import quantize
from odoo.addons.finance_sync.models.internal import Internal, internal_value

from .gate_check import Facts

# On 17.0 posted; on 19.0 the others.
CONFIRMED = ("posted", "in_process", "paid")


class AccountPayment(models.Model):
    _name = "account.payment"
    _inherit = [
        "account.payment",
        "finance.sync.gate.document",
        "finance.sync.document.mixin",
    ]

    def _finance_sync_day(self):
        return self.date

    def _finance_sync_gate_facts(self):
        company = self.company_id
        amount = self.currency_id._convert(
            self.amount, company.currency_id, company, self.date
        )
        return Facts(
            document=self,
            partner=self.partner_id.commercial_partner_id,
            company=company,
            amount=quantize(Decimal(str(amount)), company.currency_id.decimal_places),
            bank=self.partner_bank_id or None,
        )

    def _finance_sync_gate_related(self):
        """The bills that the wizard pays: the payment itself is rolled back."""
        bills = internal_value(self.env, "finance_sync_gate_bills", ())
        moves = self.env["account.move"].browse(bills)
        return moves.filtered(
            lambda m: m.commercial_partner_id == self.partner_id.commercial_partner_id
        )

    def _finance_sync_gate_confirm(self, point):
        self.action_post()

    def _finance_sync_gate_is_over(self):
        return self.state not in ("draft", False)

    def action_post(self):
        """Ask before money goes out."""
        passed = self._finance_sync_gate_out()
        return super(AccountPayment, passed).action_post()

    def write(self, vals):
        """Ask as well where a state is written that confirms: the import, a script."""
        if vals.get("state") not in CONFIRMED:
            return super().write(vals)
        passed = self._finance_sync_gate_out()
        return super(AccountPayment, passed).write(vals)

    def _finance_sync_gate_out(self):
        """These, once those of them that pay somebody have passed.

        :raises UserError: one of them is stopped
        """
        asked = self.filtered(
            lambda payment: (
                payment.payment_type == "outbound" and payment.state in ("draft", False)
            )
        )
        asked._finance_sync_gate_pass("payment_post")
        return self._finance_sync_gate_beyond()


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        """Tell the gate which bills are paid: what is held is told on them."""
        bills = Internal(tuple(self.line_ids.move_id.ids))
        wizard = self.with_context(finance_sync_gate_bills=bills)
        return super(AccountPaymentRegister, wizard)._create_payments()
