"""The board for controllers: what waits, for how long, for how much; is it better?"""

from datetime import timedelta
from itertools import pairwise

from odoo import _, fields, models

from ..core.metrics import CYCLE_BOUNDS, quantile
from .dashboard import AGES

OPEN = [("state", "=", "open")]
HOLDS = "finance_sync.finance_sync_hold_action"
EXCHANGES = "finance_sync.finance_sync_exchange_action"
MOST_CODES = 12


class Dashboard(models.AbstractModel):
    _inherit = "finance.sync.dashboard"

    def _process_board(self, span):
        return {
            "tiles": self._process_tiles(span),
            "charts": self._process_charts(span),
            "tables": self._process_tables(),
        }

    def _process_tiles(self, span):
        return [
            *self._hold_tiles(),
            self._held_tile(),
            self._touchless_tile(span),
            self._cycle_tile(span),
        ]

    def _process_charts(self, span):
        return [
            self._holds_by_type_chart(),
            self._holds_by_age_chart(),
            self._holds_trend_chart(span),
            self._touchless_chart(span),
            self._cycle_chart(span),
            self._finished_chart(span),
        ]

    def _process_tables(self):
        return [self._largest_holds_table()]

    # -- Holds

    def _hold_tiles(self):
        holds = self.env["finance.sync.hold"]
        groups = holds._read_group(
            OPEN, ["currency_id"], ["__count", "materiality:sum", "create_date:min"]
        )
        count = sum(group[1] for group in groups)
        amounts = {currency: amount for currency, _n, amount, _min in groups if amount}
        oldest = min((group[3] for group in groups if group[3]), default=None)
        overdue = holds.search_count([*OPEN, ("overdue", "=", True)])
        unassigned = holds.search_count(
            [*OPEN, ("user_id", "=", False), ("team_id", "=", False)]
        )
        age = oldest and (fields.Datetime.now() - oldest).total_seconds()
        return [
            self._tile(
                "holds",
                _("Open holds"),
                count,
                sub=_("%s without an owner", unassigned) if unassigned else "",
                tone="warning" if count else "good",
                action=self._open(HOLDS, OPEN, _("Open Holds")),
            ),
            self._tile(
                "hold_amount",
                _("Amount on hold"),
                self._amounts(amounts)[1],
                sub=_("in %s currencies", len(amounts)) if len(amounts) > 1 else "",
                action=self._open(
                    HOLDS, [*OPEN, ("materiality", ">", 0)], _("Amount on Hold")
                ),
            ),
            self._tile(
                "overdue",
                _("Overdue holds"),
                overdue,
                sub=_("oldest: %s", self._duration(age)) if age else "",
                tone="bad" if overdue else "good",
                action=self._open(
                    HOLDS, [*OPEN, ("overdue", "=", True)], _("Overdue Holds")
                ),
            ),
        ]

    def _holds_by_type_chart(self):
        groups = self.env["finance.sync.hold"]._read_group(
            OPEN, ["type_id", "currency_id"], ["__count", "materiality:sum"]
        )
        by_type = {}
        for hold_type, currency, count, amount in groups:
            known = by_type.setdefault(hold_type, [0, {}])
            known[0] += count
            known[1][currency] = known[1].get(currency, 0.0) + amount
        ordered = sorted(by_type.items(), key=lambda item: -item[1][0])[:MOST_CODES]
        return self._chart(
            "holds_by_type",
            _("Open holds by reason"),
            "bar",
            [hold_type.name for hold_type, _known in ordered],
            [
                {
                    "label": _("Holds"),
                    "data": [known[0] for _type, known in ordered],
                    "tone": "warning",
                }
            ],
            horizontal=True,
            notes=[self._amounts(known[1])[1] for _type, known in ordered],
            actions=[
                self._open(HOLDS, [*OPEN, ("type_id", "=", t.id)], t.name)
                for t, _known in ordered
            ],
        )

    def _holds_by_age_chart(self):
        """Bars of open holds by the days since they were opened."""
        now = fields.Datetime.now()
        limits = [None, *(now - timedelta(days=days) for days in AGES), None]
        labels = [
            _("up to %s day", AGES[0]),
            *(
                _("%(low)s–%(high)s days", low=low, high=high)
                for low, high in pairwise(AGES)
            ),
            _("over %s days", AGES[-1]),
        ]
        domains = []
        for newer, older in pairwise(limits):
            domain = list(OPEN)
            if newer:
                domain.append(("create_date", "<=", newer))
            if older:
                domain.append(("create_date", ">", older))
            domains.append(domain)
        holds = self.env["finance.sync.hold"]
        counts = [
            dict(holds._read_group(domain, ["blocking"], ["__count"]))
            for domain in domains
        ]
        return self._chart(
            "holds_by_age",
            _("Open holds by age"),
            "bar",
            labels,
            [
                {
                    "label": label,
                    "data": [count.get(blocking, 0) for count in counts],
                    "tone": tone,
                }
                for blocking, label, tone in (
                    (True, _("Blocking"), "bad"),
                    (False, _("Not blocking"), "muted"),
                )
            ],
            stacked=True,
            actions=[
                self._open(HOLDS, domain, label)
                for domain, label in zip(domains, labels, strict=True)
            ],
        )

    def _holds_trend_chart(self, span):
        holds = self.env["finance.sync.hold"]
        datasets = []
        for label, field, tone in (
            (_("Opened"), "create_date", "warning"),
            (_("Closed"), "resolved_at", "good"),
        ):
            groups = holds._read_group(
                span.domain(field), [f"{field}:day"], ["__count"]
            )
            datasets.append(
                {"label": label, "data": self._series(span, groups), "tone": tone}
            )
        return self._chart(
            "holds_trend",
            _("Holds opened and closed"),
            "bar",
            self._point_labels(span),
            datasets,
        )

    # -- Exchanges

    def _held_tile(self):
        held = [("state", "=", "held")]
        count = self.env["finance.sync.exchange"].search_count(held)
        return self._tile(
            "held",
            _("Messages that need a person"),
            count,
            tone="bad" if count else "good",
            action=self._open(EXCHANGES, held, _("Messages That Need a Person")),
        )

    def _done(self, span, by):
        """Hourly figures of exchanges that were done, grouped."""
        return self.env["finance.sync.metric.hour"]._read_group(
            [
                ("kind", "=", "exchange"),
                ("outcome", "=", "done"),
                *span.domain("hour"),
            ],
            by,
            ["events:sum"],
        )

    def _touchless(self, span):
        counts = dict(self._done(span, ["again"]))
        touchless, touched = counts.get(False, 0), counts.get(True, 0)
        return touchless, touchless + touched

    def _touchless_tile(self, span):
        touchless, done = self._touchless(span)
        before, done_before = self._touchless(span.before())
        sub = _("%s messages done", int(done))
        if done and done_before:
            change = 100.0 * (touchless / done - before / done_before)
            sub = _("%(change)+.1f points on the time before", change=change)
        share = touchless / done if done else 1.0
        return self._tile(
            "touchless",
            _("Touchless"),
            self._percent(touchless, done),
            sub=sub,
            tone=_tone(share) if done else "",
            action=self._open(
                EXCHANGES,
                [
                    ("state", "=", "done"),
                    ("hold_ids", "!=", False),
                    *span.domain("done_at"),
                ],
                _("Done After a Person Was Asked"),
            ),
        )

    def _touchless_chart(self, span):
        points = {point: [0, 0] for point in span.points()}
        for when, again, events in self._done(span, ["hour:day", "again"]):
            known = points.get(span.point(when))
            if known:
                known[0] += 0 if again else events
                known[1] += events
        return self._chart(
            "touchless",
            _("Done without a person"),
            "line",
            self._point_labels(span),
            [
                {
                    "label": _("Touchless"),
                    "data": [
                        round(100.0 * good / done, 1) if done else None
                        for good, done in points.values()
                    ],
                    "tone": "good",
                }
            ],
            unit="%",
        )

    def _counts_by_bucket(self, groups):
        counts = [0] * (len(CYCLE_BOUNDS) + 1)
        for bucket, events in groups:
            counts[bucket] += events
        return counts

    def _cycle_tile(self, span):
        counts = self._counts_by_bucket(self._done(span, ["bucket"]))
        return self._tile(
            "cycle",
            _("From message to done"),
            self._duration(quantile(CYCLE_BOUNDS, counts, 0.5)),
            sub=_(
                "95 of 100 within %s",
                self._duration(quantile(CYCLE_BOUNDS, counts, 0.95)),
            )
            if sum(counts)
            else "",
            action=self._open(
                EXCHANGES,
                [("state", "=", "done"), *span.domain("done_at")],
                _("Done"),
            ),
        )

    def _cycle_chart(self, span):
        points = {point: [0] * (len(CYCLE_BOUNDS) + 1) for point in span.points()}
        for when, bucket, events in self._done(span, ["hour:day", "bucket"]):
            counts = points.get(span.point(when))
            if counts:
                counts[bucket] += events
        return self._chart(
            "cycle",
            _("Minutes from message to done"),
            "line",
            self._point_labels(span),
            [
                {
                    "label": label,
                    "data": [
                        _minutes(quantile(CYCLE_BOUNDS, counts, share))
                        for counts in points.values()
                    ],
                    "tone": tone,
                }
                for label, share, tone in (
                    (_("Half within"), 0.5, "info"),
                    (_("95 of 100 within"), 0.95, "muted"),
                )
            ],
            logarithmic=True,
        )

    def _finished_chart(self, span):
        groups = self.env["finance.sync.metric.hour"]._read_group(
            [
                ("kind", "=", "exchange"),
                ("outcome", "in", ("done", "held", "cancelled")),
                *span.domain("hour"),
            ],
            ["hour:day", "outcome"],
            ["events:sum"],
        )
        return self._chart(
            "finished",
            _("Messages by what became of them"),
            "bar",
            self._point_labels(span),
            [
                {
                    "label": label,
                    "data": self._series(
                        span, [(w, n) for w, outcome, n in groups if outcome == state]
                    ),
                    "tone": tone,
                }
                for state, label, tone in (
                    ("done", _("Done"), "good"),
                    ("held", _("Needed a person"), "bad"),
                    ("cancelled", _("Cancelled"), "muted"),
                )
            ],
            stacked=True,
        )


def _tone(share):
    return "good" if share >= 0.95 else "warning" if share >= 0.8 else "bad"


def _minutes(seconds):
    return None if seconds is None else round(seconds / 60, 2)
