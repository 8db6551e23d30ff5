from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    finance_sync_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours for Holds",
        domain="[('company_id', 'in', (False, id))]",
        help="Holds are due after so many of these hours, holidays left out. "
        "Empty: the company's own working hours.",
    )
    finance_sync_snooze_days = fields.Integer(
        string="Longest Snooze", default=30, help="Days."
    )
    finance_sync_snooze_critical_hours = fields.Float(
        string="Longest Snooze of Critical Holds",
        default=8.0,
        help="Working hours for which a critical hold that blocks may be put off.",
    )
    _sql_constraints = [
        (
            "finance_sync_snooze_positive",
            "CHECK(finance_sync_snooze_days > 0)",
            "The longest snooze must be above zero.",
        ),
        (
            "finance_sync_critical_snooze_positive",
            "CHECK(finance_sync_snooze_critical_hours > 0)",
            "The longest snooze of critical holds must be above zero.",
        ),
    ]

    def write(self, vals):
        result = super().write(vals)
        if {"finance_sync_calendar_id", "resource_calendar_id"}.intersection(vals):
            self.env["finance.sync.hold"]._recompute_due(self)
        return result


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    finance_sync_calendar_id = fields.Many2one(
        related="company_id.finance_sync_calendar_id", readonly=False
    )
    finance_sync_snooze_days = fields.Integer(
        related="company_id.finance_sync_snooze_days", readonly=False
    )
    finance_sync_snooze_critical_hours = fields.Float(
        related="company_id.finance_sync_snooze_critical_hours", readonly=False
    )
