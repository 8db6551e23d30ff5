from odoo import _, api, fields, models, tools
from odoo.addons.finance_sync.core.sensitive import shorten
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..core.bank import fingerprint

KEPT = frozenset({"finance_sync_confirmed_as", "finance_sync_confirmed"})


class PartnerBank(models.Model):
    """An account is paid to once a second person has confirmed it by telephone.

    What was confirmed is number and holder, as a fingerprint: whichever way either
    changes, the confirmation no longer fits.
    """

    _inherit = "res.partner.bank"

    finance_sync_confirmed_as = fields.Char(
        readonly=True, copy=False, groups="base.group_system"
    )
    finance_sync_confirmed = fields.Boolean(
        string="Confirmed by Call-Back",
        compute="_compute_finance_sync_confirmed",
        compute_sudo=True,
        store=True,
        help="Payments go to confirmed accounts only.",
    )
    finance_sync_change_ids = fields.One2many(
        "finance.sync.bank.change",
        "bank_id",
        readonly=True,
        groups="finance_sync.group_user,finance_sync.group_auditor",
    )

    @api.depends(
        "acc_number", "partner_id", "bank_id", "active", "finance_sync_confirmed_as"
    )
    def _compute_finance_sync_confirmed(self):
        own = self._finance_sync_own_holders()
        for bank in self:
            bank.finance_sync_confirmed = bank._finance_sync_is_confirmed(own)

    def _finance_sync_is_confirmed(self, own=None):
        """Whether money may go there; not by a stored answer."""
        bank = self.sudo()  # the fingerprint is nobody's to read
        if not bank.active:
            return False
        if bank._finance_sync_holder().id in (own or self._finance_sync_own_holders()):
            return True
        known = bank.finance_sync_confirmed_as
        return bool(known) and known == bank._finance_sync_fingerprint()

    def _finance_sync_fingerprint(self):
        self.ensure_one()
        route = "|".join([self.bank_id.bic or self.bank_id.name or ""])
        if compat.SERIES_19:
            route = f"{route}|{self.clearing_number or ''}"
        return fingerprint(self.acc_number, self.partner_id._origin.id, route)

    def _finance_sync_holder(self):
        return self.partner_id.commercial_partner_id._origin

    @api.model
    @tools.ormcache()
    def _finance_sync_own_holders(self):
        """Our own companies: accounts are not paid to but between."""
        # Which partners are companies concerns everybody.
        return frozenset(self.env["res.company"].sudo().search([]).partner_id.ids)

    def _finance_sync_masked(self):
        return shorten(self.sanitized_acc_number or "")

    # -- Every way in

    @api.model_create_multi
    def create(self, vals_list):
        self._finance_sync_check_kept(vals_list)
        banks = super().create(vals_list)
        banks.filtered("active")._finance_sync_changed("created")
        return banks

    def write(self, vals):
        self._finance_sync_check_kept([vals])
        every = self.sudo()  # who changes an account may not read its fingerprint
        before = {bank: (bank._finance_sync_fingerprint(), bank.active, bank.partner_id)
                  for bank in every}  # fmt: skip
        masked = {bank: bank._finance_sync_masked() for bank in every}
        result = super().write(vals)
        by_kind = {}
        for bank, (known_as, was_active, holder) in before.items():
            if was_active and not bank.active:
                by_kind.setdefault("archived", []).append(bank.id)
            elif bank.active and not was_active:
                by_kind.setdefault("restored", []).append(bank.id)
            elif bank.active and known_as != bank._finance_sync_fingerprint():
                moved = bank.partner_id != holder
                by_kind.setdefault("holder" if moved else "number", []).append(bank.id)
        for kind, ids in by_kind.items():
            changed = self.browse(ids)
            if kind == "archived":
                changed._finance_sync_give_up(_("The account was archived."))
            else:
                changed._finance_sync_changed(
                    kind, {bank.id: text for bank, text in masked.items()}
                )
        return result

    def unlink(self):
        self._finance_sync_give_up(_("The account was deleted."))
        return super().unlink()

    def _finance_sync_check_kept(self, vals_list):
        if not self.env.su and any(KEPT & vals.keys() for vals in vals_list):
            raise AccessError(
                _("An account is confirmed by a call-back, not by writing to it.")
            )

    def _finance_sync_changed(self, kind, before=None):
        """Nothing is paid to these until a second person has confirmed them."""
        own = self._finance_sync_own_holders()
        strangers = self.filtered(
            lambda bank: bank.sudo()._finance_sync_holder().id not in own
        )
        if not strangers:
            return
        strangers._finance_sync_give_up(_("The account was changed again."))
        self.env["finance.sync.bank.change"]._begin(strangers, kind, before or {})

    def _finance_sync_give_up(self, why):
        pending = self.sudo().finance_sync_change_ids.filtered(
            lambda change: change.state == "pending"
        )
        pending.with_env(self.env)._supersede(why)
        # Not by ``write``, whose watch this is.
        for bank in self.sudo().filtered("finance_sync_confirmed_as"):
            bank.finance_sync_confirmed_as = False

    def _finance_sync_trust(self):
        """Take these as confirmed: after a call-back, or when the control begins."""
        for bank in self.sudo():  # kept by us alone
            bank.finance_sync_confirmed_as = bank._finance_sync_fingerprint()

    # -- What asks

    def _finance_sync_may_be_paid(self, payee):
        """Confirmed; and one of our own, if we pay ourselves only."""
        own = self._finance_sync_own_holders()
        if not self._finance_sync_is_confirmed(own):
            return False
        ours = self.sudo()._finance_sync_holder().id in own  # see there
        return not ours or payee.sudo().commercial_partner_id.id in own

    def _finance_sync_check_payable(self, payee):
        """For whatever sends money: payments, and payment orders of other addons.

        :raises UserError: one of these is not confirmed; says what to do next
        """
        for bank in self:
            if not bank._finance_sync_may_be_paid(payee):
                raise UserError(bank._finance_sync_refusal())

    def _finance_sync_refusal(self):
        bank = self.sudo()  # its last digits only
        return _(
            "Nothing can be paid to account %(account)s of %(holder)s: nobody has "
            "confirmed it yet. Ask an approver to call the vendor and to confirm it "
            "under Finance Sync → Bills → Bank Changes to Confirm.",
            account=bank._finance_sync_masked(),
            holder=bank.partner_id.display_name,
        )

    def _finance_sync_others(self):
        """The same number, active or archived, of other holders."""
        self.ensure_one()
        # Of partners that the user may not see, too: that is what is looked for.
        banks = self.sudo().with_context(active_test=False)
        found = banks.search(
            [
                ("sanitized_acc_number", "=", self.sanitized_acc_number),
                ("id", "!=", self.id),
            ]
        )
        mine = self.sudo()._finance_sync_holder()
        return found.filtered(lambda bank: bank._finance_sync_holder() != mine)

    def action_finance_sync_open_changes(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync_ap.finance_sync_bank_change_action"
            ),
            "domain": [("bank_id", "=", self.id)],
            "context": {},
        }
