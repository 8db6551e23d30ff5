from odoo import _, fields, models
from odoo.addons.finance_sync.core.canonical import digest
from odoo.exceptions import UserError

from ..core.bank import same_phone

SHORTEST_NOTE = 10
MOST_BILLS = 200
LONGEST = {"person": 120, "number": 40, "note": 2000}


class BankChange(models.Model):
    """The second person's call to the vendor, at a number known before."""

    _inherit = "finance.sync.bank.change"

    def action_confirm(self):
        """Ask for what the call said."""
        self.ensure_one()
        self._check_may_decide()
        return {
            "type": "ir.actions.act_window",
            "name": _("Call-Back"),
            "res_model": "finance.sync.bank.confirm",
            "view_mode": "form",
            "target": "new",
            "context": {"default_change_id": self.id},
        }

    def _confirm(self, *, person, number, source, called_at, note):
        """The vendor says that the account is theirs: it can be paid to.

        :param source: ``on_file``, or ``independent`` where no number was on file
        """
        self._lock()
        self._check_may_decide()
        call = self._check_call(person, number, source, called_at, note)
        bank = self.sudo().bank_id  # decided on by an approver, whoever may write it
        if bank._finance_sync_fingerprint() != self.sudo().fingerprint:
            raise UserError(
                _("The account has changed since. Look at its newest change.")
            )
        open_shared = self.sudo().finance_sync_hold_ids.filtered(
            lambda hold: hold.code == "ap_bank_shared"
        )
        if open_shared:
            raise UserError(
                _("First decide on the hold: the account belongs to others, too.")
            )
        bank._finance_sync_trust()
        self._settle("confirmed", call, _("Confirmed by a call-back."))
        self._check_bills(bank)

    def _check_bills(self, bank):
        """Bills that named this account while it was in the archive."""
        bills = self.env["finance.sync.bill"].sudo()  # see _confirm
        family = bank._finance_sync_holder().ids
        bills.search(
            [
                ("partner_id", "child_of", family),
                ("bank_masked", "=", bank._finance_sync_masked()),
                ("partner_bank_id", "=", False),
                ("state", "!=", "voided"),
            ],
            limit=MOST_BILLS,
        )._check_banks()

    def _refuse(self, *, person, number, source, called_at, note):
        """The vendor does not know the account: it goes into the archive."""
        self._lock()
        self._check_may_decide()
        if len((note or "").strip()) < SHORTEST_NOTE:
            raise UserError(_("Say in a note why the account is refused."))
        call = {
            **self._decided(note),
            "called_person": _cut(person, "person"),
            "called_number": _cut(number, "number"),
            "called_at": called_at,
        }
        bank = self.sudo().bank_id  # see _confirm
        self._settle("refused", call, _("The vendor did not confirm it."))
        bank.active = False

    def _lock(self):
        """Two who decide at once: the second one finds it decided on."""
        self.ensure_one()
        self.env.cr.execute(
            "SELECT FROM finance_sync_bank_change WHERE id = %s FOR UPDATE", [self.id]
        )
        self.invalidate_recordset(["state"])

    def _check_may_decide(self):
        """:raises UserError: the user changed the account, brought it in, or owns it"""
        self.env.user._finance_sync_check_approver()
        for change in self:
            if change.state != "pending":
                raise UserError(_("This change has been decided on already."))
            if self.env.user in change._contributors():
                raise UserError(
                    _("You had a part in this change: a second person confirms it.")
                )
            mine = self.env.user.sudo().partner_id  # the user's own
            holder = change.sudo().partner_id
            if mine in (holder, holder.commercial_partner_id):
                raise UserError(
                    _("This is your own account: somebody else confirms it.")
                )

    def _contributors(self):
        change = self.sudo()  # who had a part is known, whoever may read it
        users = change.changed_by
        if change.bank_id:
            users |= change.bank_id.create_uid
        return users | change.bill_id.move_id.create_uid

    def _check_call(self, person, number, source, called_at, note):
        """What is kept of the call.

        :raises UserError: it proves nothing
        """
        person, number = _cut(person, "person"), _cut(number, "number")
        if not person or not number:
            raise UserError(_("Say whom you called, and at which number."))
        known = [each["number"] for each in self.sudo().known_numbers or []]
        if source == "on_file":
            if not any(same_phone(number, each) for each in known):
                raise UserError(
                    _(
                        "%s was not on file when the account was changed. Whoever "
                        "changed the account may have given the number as well: call "
                        "one that was known before.",
                        number,
                    )
                )
        elif known:
            raise UserError(_("A number was on file before the change: call that one."))
        elif len((note or "").strip()) < SHORTEST_NOTE:
            raise UserError(
                _("Say where the number was found, other than on the bill or message.")
            )
        now = fields.Datetime.now()
        if not called_at or not self.changed_at <= called_at <= now:
            raise UserError(_("The call was after the change, and before now."))
        return {
            **self._decided(note),
            "called_person": person,
            "called_number": number,
            "called_at": called_at,
            "number_source": source,
        }

    def _decided(self, note):
        return {
            "confirmed_by": self.env.uid,
            "confirmed_at": fields.Datetime.now(),
            "note": _cut(note, "note"),
        }

    def _proof(self):
        """SHA-256 of what is kept of the call; the names stay out of the log."""
        stored = [
            self.finance_sync_uuid,
            self.fingerprint,
            self.state,
            self.called_person or "",
            self.called_number or "",
            self.number_source or "",
            self.note or "",
            fields.Datetime.to_string(self.called_at) or "",
            self.confirmed_by.id,
        ]
        return digest(stored)


def _cut(text, what):
    return (text or "").strip()[: LONGEST[what]]
