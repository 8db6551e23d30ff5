import json
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools.misc import format_amount

GRAPH_DAYS = 14


class Connection(models.Model):
    """What the overview shows of a connection, read in groups for all at once."""

    _inherit = "finance.sync.connection"

    hold_amount_text = fields.Char(
        string="Amount on Hold", compute="_compute_hold_amount_text"
    )
    overview_graph = fields.Text(compute="_compute_overview_graph")
    health = fields.Selection(
        [
            ("good", "Working"),
            ("attention", "Needs attention"),
            ("bad", "Not working"),
            ("off", "Off"),
        ],
        compute="_compute_health",
    )

    def _compute_hold_amount_text(self):
        """Absolute amounts, each currency by itself: sums across them mean nothing."""
        totals = {}
        groups = self.env["finance.sync.hold"]._read_group(
            [("connection_id", "in", self.ids), ("state", "=", "open")],
            ["connection_id", "currency_id"],
            ["materiality:sum"],
        )
        for connection, currency, amount in groups:
            if currency and amount:
                text = format_amount(self.env, amount, currency)
                totals.setdefault(connection, []).append(text)
        for connection in self:
            connection.hold_amount_text = " + ".join(totals.get(connection, []))

    def _compute_overview_graph(self):
        today = fields.Date.context_today(self)
        days = [today - timedelta(days=back) for back in range(GRAPH_DAYS - 1, -1, -1)]
        counts = self._exchanges_by_day(days[0])
        for connection in self:
            values = [
                {
                    "label": str(day.day),
                    "value": counts.get((connection, day), 0),
                    "type": "past",
                }
                for day in days
            ]
            connection.overview_graph = json.dumps(
                [{"values": values, "key": _("Messages"), "title": "", "area": True}]
            )

    def _exchanges_by_day(self, since):
        """(connection, day) → exchanges created on that day."""
        groups = self.env["finance.sync.exchange"]._read_group(
            [
                ("connection_id", "in", self.ids),
                ("create_date", ">=", fields.Datetime.to_datetime(since)),
            ],
            ["connection_id", "create_date:day"],
            ["__count"],
        )
        return {
            (connection, fields.Date.to_date(day)): count
            for connection, day, count in groups
        }

    @api.depends("state")
    def _compute_health(self):
        for connection in self:
            if connection.state == "draft":
                connection.health = "off"
            elif connection.state == "paused" or connection.breaker_state == "open":
                connection.health = "bad"
            elif connection.hold_count or connection.failure_count:
                connection.health = "attention"
            else:
                connection.health = "good"

    def action_open_exchanges(self):
        return self._open(
            "finance_sync.finance_sync_exchange_action",
            [("connection_id", "in", self.ids)],
            {"search_default_open": 1},
        )

    def action_open_failures(self):
        since = fields.Datetime.now() - timedelta(hours=24)
        return self._open(
            "finance_sync.finance_sync_attempt_action",
            [("connection_ref", "in", self.ids), ("started_at", ">=", since)],
            {"search_default_failed": 1},
        )

    def action_open_holds(self):
        return self._open(
            "finance_sync.finance_sync_hold_action",
            [("connection_id", "in", self.ids)],
            {"search_default_open": 1},
        )

    def _open(self, action, domain, context):
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(action),
            "domain": domain,
            "context": context,
        }
