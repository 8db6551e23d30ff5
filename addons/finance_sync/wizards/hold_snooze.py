from datetime import datetime, time, timedelta

import pytz
from odoo import _, api, fields, models
from odoo.exceptions import UserError

MORNING = time(8, 0)


class HoldSnooze(models.TransientModel):
    """Put holds off until a time, saying what is waited for."""

    _name = "finance.sync.hold.snooze"
    _description = "Snooze Finance Sync Holds"

    hold_ids = fields.Many2many("finance.sync.hold", required=True)
    count = fields.Integer(compute="_compute_limits", string="Holds")
    choice = fields.Selection(
        [
            ("tomorrow", "Tomorrow morning"),
            ("monday", "Next Monday"),
            ("week", "In a week"),
            ("other", "Another time"),
        ],
        string="Come Back",
        required=True,
        default="tomorrow",
    )
    until = fields.Datetime(compute="_compute_until", store=True, readonly=False)
    latest = fields.Datetime(
        compute="_compute_limits", help="The strictest of these holds allows no more."
    )
    too_long = fields.Boolean(compute="_compute_too_long")
    reason = fields.Char(required=True, size=200)

    @api.depends("choice")
    def _compute_until(self):
        for wizard in self:
            days = wizard._days()
            if days is not None:
                wizard.until = wizard._morning(days)

    def _days(self):
        """Days from today on, None where the person chooses."""
        today = fields.Date.context_today(self)
        return {"tomorrow": 1, "monday": 7 - today.weekday(), "week": 7}.get(
            self.choice
        )

    def _morning(self, days):
        """Eight o'clock where the user is, as naive UTC."""
        zone = pytz.timezone(self.env.user.tz or "UTC")
        day = fields.Date.context_today(self) + timedelta(days=days)
        local = zone.localize(datetime.combine(day, MORNING))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    @api.depends("hold_ids")
    def _compute_limits(self):
        for wizard in self:
            wizard.count = len(wizard.hold_ids)
            latest = wizard.hold_ids._latest_snoozes().values()
            wizard.latest = min(latest, default=False)

    @api.depends("until", "latest")
    def _compute_too_long(self):
        for wizard in self:
            wizard.too_long = bool(
                wizard.until and wizard.latest and wizard.until > wizard.latest
            )

    def action_snooze(self):
        self.ensure_one()
        if not self.hold_ids:
            raise UserError(_("No hold was selected."))
        self.hold_ids._snooze(self.until, self.reason)
        return {"type": "ir.actions.act_window_close"}
