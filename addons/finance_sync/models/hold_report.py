from odoo import fields, models

from ..compat import AVERAGED, NOT_SUMMED
from .hold_type import SEVERITIES

# Screens sort groups by these values.
BUCKETS = [
    ("00", "Up to 1 day"),
    ("01", "1 to 3 days"),
    ("03", "3 to 7 days"),
    ("07", "7 to 30 days"),
    ("30", "More than 30 days"),
]


class HoldReport(models.Model):
    """Holds, open and closed, by their age: for graphs, pivots and exports."""

    _name = "finance.sync.hold.report"
    _description = "Finance Sync Hold Analysis"
    _auto = False
    _order = "weight desc, id"
    _rec_name = "hold_id"

    hold_id = fields.Many2one("finance.sync.hold", readonly=True)
    type_id = fields.Many2one("finance.sync.hold.type", string="Hold", readonly=True)
    code = fields.Char(readonly=True)
    severity = fields.Selection(SEVERITIES, readonly=True)
    state = fields.Selection(
        lambda self: self.env["finance.sync.hold"]._fields["state"].selection,
        readonly=True,
    )
    blocking = fields.Boolean(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    connection_id = fields.Many2one("finance.sync.connection", readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    team_id = fields.Many2one("finance.sync.hold.team", readonly=True)
    opened_at = fields.Datetime(string="Opened on", readonly=True)
    resolved_at = fields.Datetime(string="Closed on", readonly=True)
    due = fields.Datetime(readonly=True)
    age_days = fields.Float(
        string="Age (Days)",
        readonly=True,
        help="Of open holds until now, of closed ones until they were closed.",
        **AVERAGED,
    )
    age_bucket = fields.Selection(BUCKETS, string="Age", readonly=True)
    late = fields.Boolean(
        readonly=True, help="Open after its due time, or closed after it."
    )
    escalation_level = fields.Integer(string="Escalations", readonly=True, **NOT_SUMMED)
    amount = fields.Monetary(readonly=True)
    materiality = fields.Monetary(
        string="Amount at Stake", readonly=True, help="In company currency."
    )
    weight = fields.Float(
        string="At Stake (Group)",
        readonly=True,
        help="In the currency of the database's first company.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)

    @property
    def _table_query(self):
        return """
            SELECT h.id, h.id AS hold_id, h.type_id, h.code, h.severity, h.state,
                h.blocking, h.company_id, h.connection_id, h.partner_id, h.user_id,
                h.team_id, h.create_date AS opened_at, h.resolved_at, h.due,
                h.escalation_level, h.amount, h.materiality, h.weight, h.currency_id,
                age.days AS age_days,
                CASE WHEN age.days < 1 THEN '00' WHEN age.days < 3 THEN '01'
                    WHEN age.days < 7 THEN '03' WHEN age.days < 30 THEN '07'
                    ELSE '30' END AS age_bucket,
                coalesce(h.due < age.until, false) AS late
            FROM finance_sync_hold h
            CROSS JOIN LATERAL (
                SELECT ended.until,
                    extract(epoch FROM ended.until - h.create_date) / 86400 AS days
                FROM (
                    SELECT coalesce(h.resolved_at, now() AT TIME ZONE 'UTC') AS until
                ) ended
            ) age
        """

    def action_open_hold(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.sync.hold",
            "res_id": self.hold_id.id,
            "view_mode": "form",
        }
