from odoo import fields, models

from ..models.break_glass import DUTIES, MINUTES


class BreakGlassRequest(models.TransientModel):
    """Take emergency access: which duty, for how long, and why."""

    _name = "finance.sync.break.glass.request"
    _description = "Finance Sync Emergency Access Request"

    duty = fields.Selection(DUTIES, required=True, default="manager")
    minutes = fields.Selection(MINUTES, string="For", required=True, default="30")
    reason = fields.Text(
        required=True, help="What happened, and what you are going to do about it."
    )

    def action_take(self):
        self.ensure_one()
        self.env["finance.sync.break.glass"]._take(self.duty, self.minutes, self.reason)
        # The menus and buttons of the new duty, and the banner.
        return {"type": "ir.actions.client", "tag": "reload"}


class BreakGlassReview(models.TransientModel):
    """Say what came of an emergency access."""

    _name = "finance.sync.break.glass.review"
    _description = "Finance Sync Emergency Access Review"

    glass_id = fields.Many2one(
        "finance.sync.break.glass", required=True, readonly=True, ondelete="cascade"
    )
    user_id = fields.Many2one(related="glass_id.user_id")
    reason = fields.Text(related="glass_id.reason")
    verdict = fields.Selection(
        [("justified", "Justified"), ("misused", "Not justified")], required=True
    )
    note = fields.Text(
        string="Finding", required=True, help="What you looked at, and what you found."
    )

    def action_review(self):
        self.ensure_one()
        self.glass_id._review(self.verdict, self.note)
        return {"type": "ir.actions.act_window_close"}
