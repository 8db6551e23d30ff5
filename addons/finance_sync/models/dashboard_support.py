"""The board for support: does it answer, how fast, what waits, where?"""

from collections import defaultdict

from odoo import _, models

from ..core.metrics import CALL_BOUNDS, quantile

ATTEMPTS = "finance_sync.finance_sync_attempt_action"
WELL = ("succeeded", "ok", "resolved")


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


def _no_calls():
    return [0] * (len(CALL_BOUNDS) + 1)


def _all_buckets(calls):
    return [_no_calls(), *(row["buckets"] for row in calls.values())]


def _rounded(seconds):
    return None if seconds is None else round(seconds, 3)
