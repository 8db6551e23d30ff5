from odoo import _, fields, models
from odoo.addons.finance_sync.core.sensitive import shorten
from odoo.addons.finance_sync.models.internal import Internal
from odoo.exceptions import AccessError

from ..core.bank import read_account
from .bank_change import FOUND_ON
from .only_once import only_once

# These stop the payment, not the bill.
BANK_HOLDS = ("ap_bank_number", "ap_bank_archived")
LAST = 90  # an account of a bill comes after those of the vendor's own record


class Bill(models.Model):
    """Where a bill wants to be paid (BT-84): known, new, archived, or wrong."""

    _inherit = "finance.sync.bill"

    partner_bank_id = fields.Many2one(
        "res.partner.bank", string="Account on the Bill", readonly=True
    )
    bank_masked = fields.Char(
        string="Pay to", readonly=True, help="The last digits of the bill's account."
    )

    def write(self, vals):
        if not self.env.su and {"partner_bank_id", "bank_masked"} & vals.keys():
            raise AccessError(_("The bill's account is the one that was sent."))
        return super().write(vals)

    def _process(self):
        result = super()._process()
        self.sudo()._check_bank()  # see there: by what is found, not by users
        return result

    def _check_banks(self):
        for bill in self:
            bill._check_bank()

    def _check_bank(self):
        """Find the account or note that it is new. The bill goes on regardless."""
        text = self._content().iban if self.kind == "invoice" else None
        account = read_account(text)
        self.bank_masked = shorten(account.number) if account.number else False
        found = {}
        bank = self.env["res.partner.bank"]
        if self.partner_id and account.number:
            bank = self._known_bank(account.number)
            if not account.valid:
                found["ap_bank_number"] = _(
                    "The bill's account %s has wrong check digits. Ask the vendor.",
                    self.bank_masked,
                )
                bank = bank.browse()
            elif bank and not bank.active:
                found["ap_bank_archived"] = _(
                    "The bill's account %(account)s was archived at %(vendor)s. It was "
                    "not taken out of the archive.",
                    account=self.bank_masked,
                    vendor=self.partner_id.display_name,
                )
                bank = bank.browse()
            elif not bank:
                bank = self._new_bank(account.number)
        self.partner_bank_id = bank
        self._hold_bank(found)

    def _known_bank(self, number):
        """The vendor's account of this number; an active one if there is one."""
        banks = self.env["res.partner.bank"].with_context(active_test=False)
        return banks.search(
            [
                ("sanitized_acc_number", "=", number),
                ("partner_id", "child_of", self.partner_id.commercial_partner_id.ids),
            ],
            order="active desc, id",
            limit=1,
        )

    def _new_bank(self, number):
        """Enter it with the vendor; nothing is paid there until it is confirmed."""
        banks = self.env["res.partner.bank"].with_context(
            **{FOUND_ON: Internal(self.id)}
        )
        with only_once(self.env):
            return banks.create(
                {
                    "acc_number": number,
                    "partner_id": self.partner_id.commercial_partner_id.id,
                    "sequence": LAST,
                    "allow_out_payment": False,
                }
            )

    def _hold_bank(self, found):
        holds = self.env["finance.sync.hold"]
        holds._resolve_for(
            document=self,
            codes=[code for code in BANK_HOLDS if code not in found],
            why=_("Checked again: nothing is wrong any more."),
        )
        passed = self._overridden(BANK_HOLDS)
        for code, summary in found.items():
            if code in passed:
                continue
            holds._raise(
                code,
                document=self,
                connection=self.connection_id,
                summary=summary,
                amount=self._in_company_currency(self.amount_total),
                period=self.date,
            )

    def _prepare_move(self):
        vals = super()._prepare_move()
        if not self.due:
            # By the vendor's terms then; 19.0 would set it while posting.
            vals.pop("invoice_date_due", None)
        if self.partner_bank_id:
            vals["partner_bank_id"] = self.partner_bank_id.id
        return vals
