"""Who got or lost a duty, and which lock date moved, as events."""

from odoo import api, models

from ..compat import GROUPS_FIELD, MEMBERS_FIELD, duties_of

# As the companies of this series name them; the others are hidden.
LOCKS = (
    "period_lock_date",
    "sale_lock_date",
    "purchase_lock_date",
    "tax_lock_date",
    "fiscalyear_lock_date",
    "hard_lock_date",
)

DUTIES = ("resolver", "manager", "approver", "auditor", "service")
# How 17.0's user form names the groups that it shows.
OF_THE_FORM = ("sel_groups_", "in_group_")


def _record(env, before, after):
    """``before``, ``after``: duty → ids of those users who have it."""
    users = sorted({user for duty in DUTIES for user in before[duty] ^ after[duty]})
    env["finance.sync.event"]._record_many(
        [
            {
                "type": "finance_sync.group.changed",
                "record": env["res.users"].browse(user),
                "data": {
                    "user": user,
                    "added": [d for d in DUTIES if user in after[d] - before[d]],
                    "removed": [d for d in DUTIES if user in before[d] - after[d]],
                },
            }
            for user in users
        ]
    )


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        after = duties_of(self.env, DUTIES, users)
        _record(self.env, {duty: set() for duty in DUTIES}, after)
        return users

    def write(self, vals):
        if not any(n == GROUPS_FIELD or n.startswith(OF_THE_FORM) for n in vals):
            return super().write(vals)
        before = duties_of(self.env, DUTIES, self)
        result = super().write(vals)
        _record(self.env, before, duties_of(self.env, DUTIES, self))
        return result


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        before = duties_of(self.env, DUTIES)
        groups = super().create(vals_list)
        _record(self.env, before, duties_of(self.env, DUTIES))
        return groups

    def write(self, vals):
        if not {MEMBERS_FIELD, "implied_ids", "implied_by_ids"}.intersection(vals):
            return super().write(vals)
        before = duties_of(self.env, DUTIES)
        result = super().write(vals)
        _record(self.env, before, duties_of(self.env, DUTIES))
        return result


class ResCompany(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        locks = [name for name in LOCKS if name in vals and name in self._fields]
        if not locks:
            return super().write(vals)
        before = {company: {n: company[n] for n in locks} for company in self}
        result = super().write(vals)
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": "finance_sync.lock_date.changed",
                    "record": company,
                    "data": {"lock": name, "before": old[name], "after": company[name]},
                }
                for company, old in before.items()
                for name in locks
                if old[name] != company[name]
            ]
        )
        return result
