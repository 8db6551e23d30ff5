from datetime import timedelta

from odoo import api, fields, models

from ..compat import AVERAGED


class SloSlot(models.Model):
    """One hour of an objective: how many, and how many went well."""

    _name = "finance.sync.slo.slot"
    _description = "Finance Sync Objective by Hour"
    _log_access = False
    _order = "hour desc"
    _rec_name = "hour"
    _sql_constraints = [
        ("hour_unique", "UNIQUE(slo_id, hour)", "One row for each hour."),
    ]

    slo_id = fields.Many2one(
        "finance.sync.slo", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="slo_id.company_id", store=True, index=True)
    hour = fields.Datetime(required=True, readonly=True)
    total = fields.Integer(string="Counted", required=True, readonly=True)
    good = fields.Integer(string="Went Well", required=True, readonly=True)
    bad = fields.Integer(
        string="Did Not", compute="_compute_bad", store=True, readonly=True
    )

    @api.depends("total", "good")
    def _compute_bad(self):
        for slot in self:
            slot.bad = slot.total - slot.good

    @api.model
    def _replace(self, objective, begin, rows):
        """Let the objective's hours from ``begin`` on be these: (hour, total, good).

        Hours that have left its window for good are dropped.
        """
        end = fields.Datetime.now() - timedelta(days=objective.window_days + 1)
        known = {
            slot.hour: slot for slot in self.search([("slo_id", "=", objective.id)])
        }
        new = {hour: (int(total), int(good)) for hour, total, good in rows}
        gone = [
            slot.id
            for hour, slot in known.items()
            if hour < end or (hour >= begin and hour not in new)
        ]
        self.browse(gone).unlink()
        missing = []
        for hour, (total, good) in new.items():
            slot = known.get(hour)
            if not slot:
                missing.append(
                    {
                        "slo_id": objective.id,
                        "hour": hour,
                        "total": total,
                        "good": good,
                    }
                )
            elif (slot.total, slot.good) != (total, good):
                slot.write({"total": total, "good": good})
        self.create(missing)


class SloHistory(models.Model):
    """How an objective stood at the end of a day."""

    _name = "finance.sync.slo.history"
    _description = "Finance Sync Objective by Day"
    _log_access = False
    _order = "day desc"
    _rec_name = "day"
    _sql_constraints = [
        ("day_unique", "UNIQUE(slo_id, day)", "One row for each day."),
    ]

    slo_id = fields.Many2one(
        "finance.sync.slo",
        string="Objective",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="slo_id.company_id", store=True, index=True)
    day = fields.Date(required=True, readonly=True)
    attainment = fields.Float(readonly=True, digits=(6, 3), **AVERAGED)
    objective = fields.Float(
        string="Objective (%)", readonly=True, digits=(6, 3), **AVERAGED
    )
    budget_left = fields.Float(
        string="Error Budget Left", readonly=True, digits=(8, 1), **AVERAGED
    )
    burn = fields.Float(
        string="Highest Burn Rate", readonly=True, digits=(8, 1), **AVERAGED
    )
