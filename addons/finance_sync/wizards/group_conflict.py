from odoo import _, api, fields, models

from ..compat import users_of
from ..core.duties import CONFLICTS, DUTIES


class GroupConflict(models.TransientModel):
    """Who holds which duty, and which of them should be apart. Made anew each time."""

    _name = "finance.sync.group.conflict"
    _description = "Finance Sync Group Conflict"
    _order = "conflicting desc, user_name"

    user_id = fields.Many2one("res.users", readonly=True, ondelete="cascade")
    user_name = fields.Char(related="user_id.name", store=True)
    login = fields.Char(related="user_id.login")
    resolver = fields.Boolean(readonly=True)
    manager = fields.Boolean(readonly=True)
    approver = fields.Boolean(readonly=True)
    auditor = fields.Boolean(readonly=True)
    service = fields.Boolean(readonly=True)
    system = fields.Boolean(string="System Administrator", readonly=True)
    conflicting = fields.Boolean(readonly=True)
    reason = fields.Text(string="Why They Should Be Apart", readonly=True)

    @api.model
    def action_open(self):
        """Show every user with a duty, those with conflicting duties first."""
        # Whoever may open this screen sees the duties of every user, not their data.
        self.search([]).sudo().unlink()  # the own ones of last time
        self.create(self.sudo()._prepare_rows())
        return self.env["ir.actions.act_window"]._for_xml_id(
            "finance_sync.finance_sync_group_conflict_action"
        )

    def _prepare_rows(self):
        holders = {
            duty: users_of(self.env, f"finance_sync.group_{duty}") for duty in DUTIES
        }
        system = users_of(self.env, "base.group_system")
        everyone = self.env["res.users"].union(*holders.values())
        rows = []
        for user in everyone.filtered("active"):
            duties = {duty: user in holders[duty] for duty in DUTIES}
            reasons = self._reasons(duties)
            rows.append(
                {
                    "user_id": user.id,
                    "system": user in system,
                    "conflicting": bool(reasons),
                    "reason": "\n".join(reasons),
                    **duties,
                }
            )
        return rows

    def _reasons(self, duties):
        """Why the duties of one user conflict, one sentence for each pair."""
        texts = {
            ("manager", "approver"): _(
                "Manager and approver: sets up connections and approves their changes."
            ),
            ("auditor", "manager"): _("Auditor and manager: would audit own settings."),
            ("auditor", "resolver"): _(
                "Auditor and resolver: would audit own decisions."
            ),
            ("auditor", "approver"): _(
                "Auditor and approver: would audit own approvals."
            ),
        }
        machine = _("A login of an external system must not have a person's duties.")
        # A manager is a resolver too: one sentence about it is enough.
        found = [pair for pair in CONFLICTS if all(duties[duty] for duty in pair)]
        if ("auditor", "manager") in found:
            found = [pair for pair in found if pair != ("auditor", "resolver")]
        return list(dict.fromkeys(texts.get(pair, machine) for pair in found))

    def action_open_user(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.users",
            "res_id": self.user_id.id,
            "view_mode": "form",
            "views": [(self.env.ref("base.view_users_form").id, "form")],
        }
