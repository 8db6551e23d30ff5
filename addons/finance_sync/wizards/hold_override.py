from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..compat import users_of


class HoldOverride(models.TransientModel):
    """Ask to go on in spite of a hold, or decide on what another person asked."""

    _name = "finance.sync.hold.override"
    _description = "Finance Sync Hold Override"

    hold_id = fields.Many2one(
        "finance.sync.hold", required=True, readonly=True, ondelete="cascade"
    )
    summary = fields.Text(related="hold_id.summary")
    document_ref = fields.Char(related="hold_id.document_ref")
    amount = fields.Monetary(related="hold_id.amount")
    currency_id = fields.Many2one(related="hold_id.currency_id")
    second_person = fields.Boolean(related="hold_id.second_person")
    requested_by = fields.Many2one(related="hold_id.override_requested_by")
    requested_reason = fields.Text(
        related="hold_id.override_reason", string="Reason Given"
    )
    reason = fields.Text(
        help="Why it is right to go on. It stays with the hold for good."
    )
    approver_id = fields.Many2one(
        "res.users",
        string="Ask",
        domain="[('id', 'in', approver_ids)]",
        help="Who is reminded to decide. Any approver may.",
    )
    approver_ids = fields.Many2many("res.users", compute="_compute_approvers")
    may_decide = fields.Boolean(compute="_compute_approvers")

    @api.depends("hold_id")
    def _compute_approvers(self):
        # Names of colleagues only; reading users needs no right of its own.
        approvers = users_of(self.env(su=True), "finance_sync.group_approver")
        me = self.env.user
        for wizard in self:
            asked_by = wizard.requested_by
            wizard.may_decide = bool(asked_by) and asked_by != me and me in approvers
            wizard.approver_ids = approvers.filtered(
                lambda user: user != me and not user.share
            )

    def action_ask(self):
        """Override at once, or ask a second person where the hold's type says so."""
        self.ensure_one()
        hold = self.hold_id
        hold._override(self._needed_reason())
        if hold.state == "open" and self.approver_id:
            # Reminders of a hold are made by what is done with it.
            hold.sudo()._remind(self.approver_id)
        return {"type": "ir.actions.act_window_close"}

    def action_approve(self):
        self.ensure_one()
        self.hold_id._approve_override()
        return {"type": "ir.actions.act_window_close"}

    def action_refuse(self):
        self.ensure_one()
        self.hold_id._refuse_override(self._needed_reason())
        return {"type": "ir.actions.act_window_close"}

    def _needed_reason(self):
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(
                _("Give a reason. Whoever reads this later must follow it.")
            )
        return reason
