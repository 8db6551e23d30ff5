from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from ..core.bank import Contact

# 19.0 has one number for both.
PHONES = ("phone", "mobile")
KEPT = "finance_sync_phone_since"


class Partner(models.Model):
    """Since when a telephone number is on file: it may confirm older facts only."""

    _inherit = "res.partner"

    finance_sync_phone_since = fields.Datetime(
        string="Phone Number Since",
        readonly=True,
        copy=False,
        help="Empty: since before changes of numbers were followed.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._finance_sync_keep_phone(vals_list)
        # Always, as the number may come by a default.
        now = fields.Datetime.now()
        return super().create([{**vals, KEPT: now} for vals in vals_list])

    def write(self, vals):
        """A contact that comes under a vendor brings its number anew."""
        self._finance_sync_keep_phone([vals])
        names = [name for name in PHONES if name in vals and name in self._fields]
        changed = self.filtered(
            lambda partner: (
                any((partner[name] or "") != (vals[name] or "") for name in names)
                or ("parent_id" in vals and partner.parent_id.id != vals["parent_id"])
            )
        )
        result = super().write(vals)
        if changed:
            # A fact about the change, whoever made it.
            super(Partner, changed.sudo()).write({KEPT: fields.Datetime.now()})
        return result

    def _finance_sync_keep_phone(self, vals_list):
        if not self.env.su and any(KEPT in vals for vals in vals_list):
            raise AccessError(_("Since when a number is known is not set by hand."))

    def _finance_sync_contacts(self):
        """Every telephone number on file of this vendor and its contacts."""
        # Whoever changes an account may not see all of the vendor's contacts.
        family = self.sudo().search(
            [("id", "child_of", self.commercial_partner_id.ids)]
        )
        return [
            Contact(partner.name or "", partner[name], partner.finance_sync_phone_since)
            for partner in family
            for name in PHONES
            if name in partner._fields and partner[name]
        ]


class MergePartners(models.TransientModel):
    """Merging gives accounts to another holder without writing them one by one."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        banks = self.env["res.partner.bank"].sudo()  # of all that are merged
        banks = banks.with_context(active_test=False)
        before = banks.search([("partner_id", "in", list(partner_ids))])
        holders = {bank.id: bank.partner_id.id for bank in before}
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        self.env.invalidate_all()
        moved = before.exists().filtered(
            lambda bank: bank.active and bank.partner_id.id != holders[bank.id]
        )
        # Which of its numbers were its own before is not known any more.
        family = [("id", "child_of", moved.partner_id.ids)]
        if moved:
            self.env["res.partner"].sudo().search(family).write(
                {KEPT: fields.Datetime.now()}
            )
        moved._finance_sync_changed("holder")
        return result
