from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..compat import users_of


class HoldAssign(models.TransientModel):
    """Give holds to a colleague, or to a team."""

    _name = "finance.sync.hold.assign"
    _description = "Assign Finance Sync Holds"

    hold_ids = fields.Many2many("finance.sync.hold", required=True)
    count = fields.Integer(compute="_compute_count", string="Holds")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        domain="[('share', '=', False), ('id', 'in', candidate_ids)]",
    )
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidates")
    team_id = fields.Many2one("finance.sync.hold.team")

    @api.depends("hold_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.hold_ids)

    @api.depends("hold_ids", "team_id")
    def _compute_candidates(self):
        """Resolvers who have all the companies; of the team, if one is chosen."""
        # Names of colleagues only; reading users needs no right of its own.
        resolvers = users_of(self.env(su=True), "finance_sync.group_resolver")
        for wizard in self:
            companies = wizard.hold_ids.company_id
            found = resolvers.filtered(
                lambda user, needed=companies: needed <= user.company_ids
            )
            members = wizard.team_id.sudo().member_ids  # see above
            wizard.candidate_ids = found & members if members else found

    def action_assign(self):
        self.ensure_one()
        if not (self.user_id or self.team_id):
            raise UserError(_("Choose a person or a team."))
        holds = self.hold_ids
        holds._check_resolver()
        holds._assign(self.user_id, self.team_id if self.team_id else None)
        return {"type": "ir.actions.act_window_close"}
