"""The boards' tables: connections, objectives, the largest amounts on hold."""

from odoo import _, fields, models

from ..core.metrics import CALL_BOUNDS, quantile

OPEN = [("state", "=", "open")]
LARGEST = 8


class Dashboard(models.AbstractModel):
    _inherit = "finance.sync.dashboard"

    def _connection_table(self, connections, calls):
        breakers = dict(
            self.env["finance.sync.connection"]
            ._fields["health"]
            ._description_selection(self.env)
        )
        tones = {"good": "good", "attention": "warning", "bad": "bad", "off": "muted"}
        now = fields.Datetime.now()
        rows = []
        for connection in connections:
            row = calls.get(connection.id)
            last = connection.last_success
            rows.append(
                {
                    "cells": [
                        connection.name,
                        {
                            "text": breakers[connection.health],
                            "tone": tones[connection.health],
                        },
                        str(int(row["all"])) if row else "0",
                        self._percent(row["failed"], row["all"]) if row else "–",
                        self._duration(
                            row and quantile(CALL_BOUNDS, row["buckets"], 0.95)
                        ),
                        str(connection.backlog_count),
                        str(connection.hold_count),
                        self._duration(last and (now - last).total_seconds())
                        if last
                        else _("never"),
                    ],
                    "action": {
                        "type": "ir.actions.act_window",
                        "res_model": connection._name,
                        "res_id": connection.id,
                        "views": [[False, "form"]],
                        "target": "current",
                    },
                }
            )
        right = {"right": True}
        return self._grid(
            "connections",
            _("Connections"),
            [
                {"label": _("Connection")},
                {"label": _("State")},
                {"label": _("Calls"), **right},
                {"label": _("Failed"), **right},
                {"label": _("95 of 100 within"), **right},
                {"label": _("Waiting"), **right},
                {"label": _("Holds"), **right},
                {"label": _("Last success"), **right},
            ],
            rows,
            empty=_("No connection is set up yet."),
        )

    def _objective_table(self):
        objectives = self.env["finance.sync.slo"].search([])
        states = dict(objectives._fields["state"]._description_selection(self.env))
        tones = {"met": "good", "risk": "warning", "missed": "bad", "none": "muted"}
        rows = [
            {
                "cells": [
                    one.name,
                    f"{one.objective:g} %",
                    f"{one.attainment:.2f} %" if one.total_events else "–",
                    {
                        "text": f"{one.budget_left:.0f} %" if one.total_events else "–",
                        "bar": max(0.0, min(100.0, one.budget_left))
                        if one.total_events
                        else None,
                        "tone": tones[one.state],
                    },
                    f"{one.burn_short:.1f} / {one.burn_long:.1f}",
                    {"text": states[one.state], "tone": tones[one.state]},
                ],
                "action": {
                    "type": "ir.actions.act_window",
                    "res_model": one._name,
                    "res_id": one.id,
                    "views": [[False, "form"]],
                    "target": "current",
                },
            }
            for one in objectives
        ]
        return self._grid(
            "objectives",
            _("Service level objectives"),
            [
                {"label": _("Objective")},
                {"label": _("Promised"), "right": True},
                {"label": _("Reached"), "right": True},
                {"label": _("Error budget left")},
                {"label": _("Burn rate 1 h / 6 h"), "right": True},
                {"label": _("State")},
            ],
            rows,
            empty=_("No objective is set. Add one under Monitoring ▸ Objectives."),
        )

    def _largest_holds_table(self):
        holds = self.env["finance.sync.hold"].search(
            OPEN, order="materiality desc, due", limit=LARGEST
        )
        now = fields.Datetime.now()
        rows = []
        for hold in holds:
            age = (now - hold.create_date).total_seconds()
            rows.append(
                {
                    "cells": [
                        hold.document_ref or hold.name,
                        hold.type_id.name,
                        {
                            "text": self._amounts({hold.currency_id: hold.materiality})[
                                1
                            ]
                            if hold.materiality
                            else "–"
                        },
                        self._duration(age),
                        {
                            "text": hold.user_id.name or _("nobody"),
                            "tone": "" if hold.user_id else "warning",
                        },
                        {
                            "text": _("overdue") if hold.overdue else _("in time"),
                            "tone": "bad" if hold.overdue else "muted",
                        },
                    ],
                    "action": {
                        "type": "ir.actions.act_window",
                        "res_model": hold._name,
                        "res_id": hold.id,
                        "views": [[False, "form"]],
                        "target": "current",
                    },
                }
            )
        return self._grid(
            "largest_holds",
            _("Largest amounts on hold"),
            [
                {"label": _("Document")},
                {"label": _("Reason")},
                {"label": _("Amount"), "right": True},
                {"label": _("Age"), "right": True},
                {"label": _("Owner")},
                {"label": _("Due")},
            ],
            rows,
            empty=_("Nothing is on hold."),
        )
