"""The board for support: does it answer, how fast, what waits, where?"""

from collections import defaultdict

from odoo import _, fields, models

from ..core.metrics import CALL_BOUNDS, quantile

ATTEMPTS = "finance_sync.finance_sync_attempt_action"
EXCHANGES = "finance_sync.finance_sync_exchange_action"
CONNECTIONS = "finance_sync.finance_sync_connection_action"
WELL = ("succeeded", "ok", "resolved")
WAITING_JOBS = ("wait_dependencies", "pending", "enqueued", "started")


class Dashboard(models.AbstractModel):
    _inherit = "finance.sync.dashboard"

    def _support_board(self, span):
        connections = self.env["finance.sync.connection"].search(
            [("state", "!=", "draft")]
        )
        calls = self._calls_by_connection(span)
        return {
            "tiles": self._support_tiles(span, connections, calls),
            "charts": self._support_charts(span, connections, calls),
            "tables": self._support_tables(span, connections, calls),
        }

    def _support_tiles(self, span, connections, calls):
        return [
            *self._call_tiles(span, calls),
            self._connection_tile(connections),
            *self._backlog_tiles(),
        ]

    def _support_charts(self, span, connections, calls):
        return [
            self._latency_chart(span),
            self._outcome_chart(span),
            self._failure_chart(connections, calls),
            self._waits_chart(span, connections),
            self._backlog_chart(connections),
            self._lane_chart(),
        ]

    def _support_tables(self, span, connections, calls):
        return [
            self._connection_table(connections, calls),
            self._objective_table(),
        ]

    # -- Calls, from hourly figures

    def _calls(self, span, by):
        return self.env["finance.sync.metric.hour"]._read_group(
            [("kind", "in", ("attempt", "decision")), *span.domain("hour")],
            by,
            ["events:sum"],
        )

    def _calls_by_connection(self, span):
        """Connection id → {"all", "failed", "again", "buckets"}."""
        found = defaultdict(
            lambda: {"all": 0, "failed": 0, "again": 0, "buckets": _no_calls()}
        )
        by = ["connection_ref", "outcome", "again", "bucket"]
        for connection, outcome, again, bucket, events in self._calls(span, by):
            row = found[connection]
            row["all"] += events
            row["failed"] += 0 if outcome in WELL else events
            row["again"] += events if again else 0
            row["buckets"][bucket] += events
        return found

    def _call_tiles(self, span, calls):
        total, failed, again = (
            int(sum(row[name] for row in calls.values()))
            for name in ("all", "failed", "again")
        )
        buckets = [sum(column) for column in zip(*_all_buckets(calls), strict=True)]
        started = span.domain("started_at")
        share = failed / total if total else 0.0
        return [
            self._tile(
                "calls",
                _("Calls"),
                total,
                sub=_("%s of them retries", again),
                action=self._open(ATTEMPTS, started, _("Calls")),
            ),
            self._tile(
                "failures",
                _("Failed calls"),
                self._percent(failed, total),
                sub=_("%s calls", failed),
                tone="good" if share < 0.01 else "warning" if share < 0.05 else "bad",
                action=self._open(
                    ATTEMPTS,
                    [*started, ("state", "in", ("failed", "unknown"))],
                    _("Failed Calls"),
                ),
            ),
            self._tile(
                "latency",
                _("Answer within"),
                self._duration(quantile(CALL_BOUNDS, buckets, 0.95)),
                sub=_(
                    "95 of 100; half within %s",
                    self._duration(quantile(CALL_BOUNDS, buckets, 0.5)),
                )
                if total
                else "",
                action=self._open(
                    ATTEMPTS, started, _("Calls"), {"group_by": ["operation"]}
                ),
            ),
        ]

    def _latency_chart(self, span):
        points = {point: _no_calls() for point in span.points()}
        for when, bucket, events in self._calls(span, ["hour:day", "bucket"]):
            counts = points.get(span.point(when))
            if counts:
                counts[bucket] += events
        return self._chart(
            "latency",
            _("Seconds until the answer"),
            "line",
            self._point_labels(span),
            [
                {
                    "label": label,
                    "data": [
                        _rounded(quantile(CALL_BOUNDS, counts, share))
                        for counts in points.values()
                    ],
                    "tone": tone,
                }
                for label, share, tone in (
                    (_("Half within"), 0.5, "info"),
                    (_("95 of 100 within"), 0.95, "warning"),
                )
            ],
        )

    def _outcome_chart(self, span):
        groups = self._calls(span, ["hour:day", "outcome", "again"])
        kinds = (
            (_("Answered"), "good", lambda well, again: well and not again),
            (
                _("Answered after a retry"),
                "warning",
                lambda well, again: well and again,
            ),
            (_("Failed"), "bad", lambda well, again: not well),
        )
        return self._chart(
            "outcomes",
            _("Calls by how they ended"),
            "bar",
            self._point_labels(span),
            [
                {
                    "label": label,
                    "data": self._series(
                        span,
                        [
                            (when, events)
                            for when, outcome, again, events in groups
                            if is_kind(outcome in WELL, again)
                        ],
                    ),
                    "tone": tone,
                }
                for label, tone, is_kind in kinds
            ],
            stacked=True,
        )

    def _failure_chart(self, connections, calls):
        rows = [
            (connection, calls[connection.id])
            for connection in connections
            if connection.id in calls
        ]
        return self._chart(
            "failures",
            _("Failed calls by connection"),
            "bar",
            [connection.name for connection, _row in rows],
            [
                {
                    "label": _("Failed"),
                    "data": [row["failed"] for _connection, row in rows],
                    "tone": "bad",
                },
                {
                    "label": _("Retries"),
                    "data": [row["again"] for _connection, row in rows],
                    "tone": "warning",
                },
            ],
            horizontal=True,
            actions=[
                self._open(
                    ATTEMPTS,
                    [
                        ("connection_ref", "=", connection.id),
                        ("state", "in", ("failed", "unknown")),
                    ],
                    connection.name,
                )
                for connection, _row in rows
            ],
        )

    def _waits_chart(self, span, connections):
        """Calls that were put off. They are of a connection, not of a company."""
        # Of connections that the user may see.
        groups = (
            self.env["finance.sync.metric.hour"]
            .sudo()
            ._read_group(
                [
                    ("kind", "=", "refusal"),
                    ("connection_ref", "in", connections.ids),
                    *span.domain("hour"),
                ],
                ["hour:day", "outcome"],
                ["events:sum"],
            )
        )
        return self._chart(
            "waits",
            _("Calls put off"),
            "bar",
            self._point_labels(span),
            [
                {
                    "label": label,
                    "data": self._series(
                        span, [(when, n) for when, why, n in groups if why == reason]
                    ),
                    "tone": tone,
                }
                for reason, label, tone in (
                    ("breaker", _("Breaker open"), "bad"),
                    ("rate", _("Rate limit"), "info"),
                    ("race", _("Others were faster"), "muted"),
                )
            ],
            stacked=True,
        )

    # -- The present: connections, backlog, lanes, objectives

    def _connection_tile(self, connections):
        down = connections.filtered(
            lambda one: one.state == "paused" or one.breaker_state == "open"
        )
        return self._tile(
            "connections",
            _("Connections not working"),
            len(down),
            sub=", ".join(down[:3].mapped("name")) or _("of %s", len(connections)),
            tone="bad" if down else "good",
            action=self._open(
                CONNECTIONS,
                [("id", "in", (down or connections).ids)],
                _("Connections Not Working") if down else _("Connections"),
            ),
        )

    def _backlog_tiles(self):
        exchanges = self.env["finance.sync.exchange"]
        states = {
            state: (count, oldest)
            for state, count, oldest in exchanges._read_group(
                [("state", "in", ("pending", "held"))],
                ["state"],
                ["__count", "create_date:min"],
            )
        }
        tiles = []
        for state, label, limit in (
            ("pending", _("Waiting messages"), 3600),
            ("held", _("Dead letters"), 0),
        ):
            count, oldest = states.get(state, (0, None))
            age = oldest and (fields.Datetime.now() - oldest).total_seconds()
            tiles.append(
                self._tile(
                    state,
                    label,
                    count,
                    sub=_("oldest: %s", self._duration(age)) if age else "",
                    tone="bad" if age and age > limit else "good",
                    action=self._open(EXCHANGES, [("state", "=", state)], label),
                )
            )
        return tiles

    def _backlog_chart(self, connections):
        groups = self.env["finance.sync.exchange"]._read_group(
            [("state", "in", ("pending", "held"))],
            ["connection_id", "state"],
            ["__count"],
        )
        counts = {(connection, state): n for connection, state, n in groups}
        shown = [c for c in connections if any(c == known for known, _s in counts)]
        return self._chart(
            "backlog",
            _("Backlog by connection"),
            "bar",
            [connection.name for connection in shown],
            [
                {
                    "label": label,
                    "data": [counts.get((c, state), 0) for c in shown],
                    "tone": tone,
                }
                for state, label, tone in (
                    ("pending", _("Waiting"), "info"),
                    ("held", _("Needs a person"), "bad"),
                )
            ],
            stacked=True,
            horizontal=True,
            actions=[
                self._open(
                    EXCHANGES,
                    [
                        ("connection_id", "=", c.id),
                        ("state", "in", ("pending", "held")),
                    ],
                    c.name,
                )
                for c in shown
            ],
        )

    def _lane_chart(self):
        """Unfinished jobs of the user's companies; their contents are not shown."""
        # Jobs are readable by job managers only; these are numbers of own companies.
        groups = (
            self.env["queue.job"]
            .sudo()
            ._read_group(
                [
                    ("channel", "=like", "root.finance_sync%"),
                    ("state", "in", WAITING_JOBS),
                    ("company_id", "in", [False, *self.env.companies.ids]),
                ],
                ["channel", "state"],
                ["__count"],
            )
        )
        lanes = sorted({channel for channel, _state, _n in groups})
        started = ("enqueued", "started")
        return self._chart(
            "lanes",
            _("Jobs by lane"),
            "bar",
            [lane.rpartition(".")[2] for lane in lanes],
            [
                {
                    "label": label,
                    "data": [
                        sum(
                            n
                            for channel, state, n in groups
                            if channel == lane and (state in started) == running
                        )
                        for lane in lanes
                    ],
                    "tone": tone,
                }
                for running, label, tone in (
                    (False, _("Waiting"), "info"),
                    (True, _("Running"), "good"),
                )
            ],
            stacked=True,
            horizontal=True,
        )

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


def _no_calls():
    return [0] * (len(CALL_BOUNDS) + 1)


def _all_buckets(calls):
    return [_no_calls(), *(row["buckets"] for row in calls.values())]


def _rounded(seconds):
    return None if seconds is None else round(seconds, 3)
