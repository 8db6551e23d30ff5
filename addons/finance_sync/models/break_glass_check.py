"""Nobody keeps an emergency access beyond its time, even if the cron is late."""

import time

from odoo import _, api, models, tools
from odoo.exceptions import AccessError

# Kept on a transaction that noticed the end: it sees the groups as they were, and must
# not put them into a cache that others read.
ENDED = "finance_sync_glass_ended"


def ended_in(cr):
    """The ids of users whose emergency access was over when ``cr`` first asked."""
    # By cursor as well: those of tests share their cache.
    return cr.cache.setdefault((ENDED, id(cr)), set())


class Users(models.Model):
    _inherit = "res.users"

    @tools.ormcache("uid", "minute")
    def _finance_sync_glass_until(self, uid, minute):
        """When the user's emergency access ends, in seconds since 1970; or None.

        Cached by the minute as well: one worker may fill its cache while another
        grants.
        """
        self.env.cr.execute(
            "SELECT extract(epoch FROM min(ends_at))::float8"
            " FROM finance_sync_break_glass WHERE user_id = %s AND state = 'active'",
            [uid],
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _finance_sync_check_glass(self):
        """:raises AccessError: the time is up; this transaction sees the old groups"""
        uid = self.env.uid
        if not uid or not self.env.registry.ready:
            return
        ended = ended_in(self.env.cr)
        if uid not in ended:
            now = time.time()
            until = self._finance_sync_glass_until(uid, int(now // 60))
            if until is None or now < until:
                return
            ended.add(uid)
            self.env["finance.sync.break.glass"]._end_overdue_of(uid)
        raise AccessError(
            _("Your emergency access has ended. Reload the page to go on without it.")
        )

    def _has_group(self, group_ext_id):
        if not self.env.su:
            self._finance_sync_check_glass()
        return super()._has_group(group_ext_id)


class ModelAccess(models.Model):
    _inherit = "ir.model.access"

    @api.model
    def check(self, model, mode="read", raise_exception=True):
        if not self.env.su:
            self.env["res.users"]._finance_sync_check_glass()
        return super().check(model, mode, raise_exception)
