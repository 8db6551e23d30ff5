"""What the tests of accounts and payments share."""

from odoo import fields
from odoo.addons.finance_sync.tests.common import make_user

from ..core.bank import QUIET
from .common import ApCase

IBAN = "DE02120300000000202051"
OTHER_IBAN = "DE88100900001234567892"
PHONE = "+49 30 1234567"


class BankCase(ApCase):
    """A vendor with a telephone number that has been on file for long."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor.write({"phone": PHONE, "supplier_rank": 1})
        cls.long_ago(cls.vendor)
        cls.second = make_user(
            cls.env,
            "second",
            cls.company_us,
            cls.companies,
            "base.group_user",
            "finance_sync.group_approver",
        )

    @classmethod
    def long_ago(cls, partner):
        partner.finance_sync_phone_since = fields.Datetime.now() - 2 * QUIET

    def account(self, number=IBAN, user=None, **values):
        """An account as ``user`` enters it, whatever rights that takes."""
        banks = self.env["res.partner.bank"].with_user(user or self.clerk).sudo()
        bank = banks.create(
            {"acc_number": number, "partner_id": self.vendor.id, **values}
        )
        return bank.with_env(self.env)

    def pending(self, bank):
        return bank.finance_sync_change_ids.filtered(lambda c: c.state == "pending")

    def call(self, change, user=None, **values):
        """Confirm by the wizard, as a person does."""
        change = change.with_user(user or self.approver)
        action = change.action_confirm()
        return (
            self.env["finance.sync.bank.confirm"]
            .with_user(change.env.user)
            .with_context(**action["context"])
            .create(
                {
                    "called_person": "Accounts department",
                    "called_number": PHONE,
                    "called_at": fields.Datetime.now(),
                    **values,
                }
            )
        )

    def confirm(self, bank, user=None, **values):
        self.call(self.pending(bank), user, **values).action_confirm()

    def posted_bill(self, bank, **values):
        """A bill by hand, posted, to be paid to an account."""
        bill = (
            self.env["account.move"]
            .with_company(self.company_us)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.vendor.id,
                    "partner_bank_id": bank.id,
                    "invoice_date": "2026-03-02",
                    "invoice_line_ids": [
                        (0, 0, {"name": "Paper", "price_unit": 100.0, "tax_ids": []})
                    ],
                    **values,
                }
            )
        )
        bill.action_post()
        return bill

    def payment(self, bank, **values):
        payments = self.env["account.payment"].with_user(self.accountant)
        payments = payments.with_context(allowed_company_ids=self.company_us.ids)
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company_us.id)], limit=1
        )
        return payments.create(
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": self.vendor.id,
                "partner_bank_id": bank.id,
                "amount": 100.0,
                "date": fields.Date.today(),
                "journal_id": journal.id,
                **values,
            }
        )

    def wizard(self, bill):
        return (
            self.env["account.payment.register"]
            .with_user(self.accountant)
            .with_context(
                active_model="account.move",
                active_ids=bill.ids,
                allowed_company_ids=self.company_us.ids,
            )
            .create({})
        )
