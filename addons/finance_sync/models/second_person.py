"""Four eyes: who may decide on what somebody else has asked for."""

from odoo import SUPERUSER_ID, _, models
from odoo.exceptions import AccessError


class Users(models.Model):
    _inherit = "res.users"

    def _finance_sync_is_approver(self):
        """Whether the user may decide at all; the superuser is nobody in person."""
        return self.id != SUPERUSER_ID and self.has_group("finance_sync.group_approver")

    def _finance_sync_check_approver(self):
        """:raises AccessError: the user may not decide on what others ask for"""
        if not self._finance_sync_is_approver():
            raise AccessError(_("Only an approver may decide on this."))
