from odoo import api, models
from odoo.addons.finance_sync.models.internal import Internal, internal_value

from .. import compat

# On 17.0 posted; on 19.0 the others.
CONFIRMED = ("posted", "in_process", "paid")
BILLS = "finance_sync_ap_bills"


class AccountMove(models.Model):
    _inherit = "account.move"

    def _finance_sync_posting_payments(self):
        """The payments that are confirmed by posting these entries."""
        return compat.payments_of(self).filtered(lambda p: p.state in ("draft", False))


class AccountPayment(models.Model):
    """Money goes out to confirmed accounts and for bills that are not blocked."""

    _inherit = "account.payment"

    def _finance_sync_check_payable(self):
        """:raises UserError: the account or a bill of one of these is blocked"""
        for payment in self.sudo():  # asked about for whoever pays
            if payment.payment_type != "outbound":
                continue
            payment._finance_sync_bills()._finance_sync_check_payable()
            bank = payment.partner_bank_id
            if bank and payment._finance_sync_pays_vendor():
                bank._finance_sync_check_payable(payment.partner_id)

    def _finance_sync_pays_vendor(self):
        """By what it says, or by whose account it goes to."""
        holders = self.partner_id | self.partner_bank_id.partner_id
        return self.partner_type == "supplier" or any(
            holder.commercial_partner_id.supplier_rank for holder in holders
        )

    def _finance_sync_bills(self):
        """The bills it is for, as far as is known before it is reconciled."""
        wizard = self.env["account.move"].browse(internal_value(self.env, BILLS, ()))
        mine = wizard.filtered(
            lambda move: (
                move.commercial_partner_id == self.partner_id.commercial_partner_id
            )
        )
        return mine | compat.bills_of_payment(self) | self.reconciled_bill_ids

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments.filtered(
            lambda payment: payment.state in CONFIRMED
        )._finance_sync_check_payable()
        return payments

    def action_post(self):
        self._finance_sync_check_payable()
        return super().action_post()

    def write(self, vals):
        """Also where a state is written that confirms, or another account later."""
        if vals.get("state") in CONFIRMED:
            self._finance_sync_check_payable()
        result = super().write(vals)
        if {"partner_bank_id", "partner_id", "payment_type"}.intersection(vals):
            self.filtered(
                lambda payment: payment.state in CONFIRMED
            )._finance_sync_check_payable()
        return result


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        """Refuse blocked bills before anything is made; tell payments their bills."""
        bills = self.line_ids.move_id
        bills._finance_sync_check_payable()
        wizard = self.with_context(**{BILLS: Internal(tuple(bills.ids))})
        return super(AccountPaymentRegister, wizard)._create_payments()
