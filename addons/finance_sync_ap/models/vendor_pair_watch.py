import functools

from odoo import api, models

SOON = "finance_sync_ap.vendors"
# What vendors are compared by.
COMPARED = frozenset(
    {"name", "vat", "country_id", "company_id", "active", "parent_id", "supplier_rank"}
)


def look_soon(env):
    """Look for alike vendors after this transaction, once."""
    hooks = env.cr.precommit
    if SOON not in hooks.data:
        hooks.data[SOON] = True
        hooks.add(functools.partial(_look, env))


def _look(env):
    env.cr.precommit.data.pop(SOON, None)
    env["finance.sync.vendor.pair"]._find_soon()


class Partner(models.Model):
    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._finance_sync_look_soon()
        return partners

    def write(self, vals):
        result = super().write(vals)
        if COMPARED & vals.keys():
            self._finance_sync_look_soon()
        return result

    def _finance_sync_look_soon(self):
        # Whoever changes a partner need not see whether it is a vendor.
        if any(self.sudo().mapped("supplier_rank")):
            look_soon(self.env)


class PartnerBank(models.Model):
    _inherit = "res.partner.bank"

    def _finance_sync_changed(self, kind, before=None):
        result = super()._finance_sync_changed(kind, before)
        # Who changes an account may not read everything of its holder.
        holders = self.sudo().partner_id.commercial_partner_id
        holders._finance_sync_look_soon()
        return result


class MergePartners(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids)
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        self.env.invalidate_all()
        for partner in partners.exists():
            self.env["finance.sync.vendor.pair"]._merged_into(partner)
        return result
