"""The board for support, as things stand now: connections, backlog, lanes."""

from odoo import _, fields, models

CONNECTIONS = "finance_sync.finance_sync_connection_action"
EXCHANGES = "finance_sync.finance_sync_exchange_action"
WAITING_JOBS = ("wait_dependencies", "pending", "enqueued", "started")


class Dashboard(models.AbstractModel):
    _inherit = "finance.sync.dashboard"

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
