from odoo import models
from odoo.addons.finance_sync.core.errors import ConfigurationError

from .bill import PERIOD


class Company(models.Model):
    _inherit = "res.company"

    def write(self, vals):
        """A period is opened: bills that waited for it go on."""
        result = super().write(vals)
        if any(name.endswith("_lock_date") for name in vals):
            self._finance_sync_unlocked()
        return result

    def _finance_sync_unlocked(self):
        # A parent's dates lock its branches. Whoever opens a period sees no bills.
        companies = (
            self.env["res.company"].sudo().search([("id", "child_of", self.ids)])
        )
        holds = self.env["finance.sync.hold"].sudo()
        found = holds.search(
            [
                ("state", "=", "open"),
                ("code", "=", PERIOD),
                ("company_id", "in", companies.ids),
            ]
        )
        bills = self.env["finance.sync.bill"].sudo().browse(found.mapped("res_id"))
        for bill in bills.exists():
            try:
                user = bill.connection_id._execution_user(bill.company_id)
            except ConfigurationError:
                # Nobody to do it as: a person presses Check Again.
                continue
            worker = bill.with_env(bill.env(user=user.id, su=False)).with_context(
                allowed_company_ids=bill.company_id.ids
            )
            worker.with_delay(
                channel="root.finance_sync.operational",
                identity_key=f"finance_sync_ap.period:{bill.id}",
                description=f"Check {bill.number} again",
            )._job_process()
