"""What the two dashboards show: figures, graphs, tables, each with a way further.

Everything is read as the user, so that record rules decide what counts. What the
browser gets is plain: texts that are ready to be shown, numbers for graphs, actions.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytz
from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import format_amount, format_date

LONGEST_DAYS = 400
# Beyond so many days a graph has a point for each week instead of each day.
DAYS_BY_DAY = 35
GROUPS = ("finance_sync.group_resolver", "finance_sync.group_auditor")
AGES = (1, 3, 7, 30)


@dataclass(frozen=True)
class Span:
    """Days, both included, in the user's time zone."""

    first: date
    last: date
    zone: str

    @property
    def days(self):
        return (self.last - self.first).days + 1

    @property
    def step(self):
        return "day" if self.days <= DAYS_BY_DAY else "week"

    def before(self):
        """As long, and just before."""
        length = timedelta(days=self.days)
        return Span(self.first - length, self.first - timedelta(days=1), self.zone)

    def domain(self, field):
        """``field`` (UTC, as stored) lies within."""
        begin = self._utc(self.first)
        end = self._utc(self.last + timedelta(days=1))
        return [(field, ">=", begin), (field, "<", end)]

    def _utc(self, day):
        local = pytz.timezone(self.zone).localize(datetime.combine(day, time.min))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def points(self):
        """The first day of each step, oldest first."""
        if self.step == "day":
            return [self.first + timedelta(days=n) for n in range(self.days)]
        monday = self.first - timedelta(days=self.first.weekday())
        weeks = (self.last - monday).days // 7 + 1
        return [monday + timedelta(weeks=n) for n in range(weeks)]

    def point(self, value):
        """The point that a day, as ``_read_group`` gives it, belongs to."""
        day = value.date() if isinstance(value, datetime) else value
        return day - timedelta(days=day.weekday()) if self.step == "week" else day


class Dashboard(models.AbstractModel):
    """Addons add to ``_process_*`` and ``_support_*``."""

    _name = "finance.sync.dashboard"
    _description = "Finance Sync Dashboard"

    @api.model
    def board(self, name, first, last):
        """The board ``process`` or ``support`` from one day to another.

        :return: ``{"tiles", "charts", "tables", "companies", "until"}``
        """
        self._check_may_look()
        span = self._span(first, last)
        if name == "process":
            parts = self._process_board(span)
        elif name == "support":
            parts = self._support_board(span)
        else:
            raise UserError(_("There is no such dashboard."))
        return {
            **parts,
            "companies": ", ".join(self.env.companies.mapped("name")),
            "step": span.step,
        }

    def _check_may_look(self):
        if not any(self.env.user.has_group(group) for group in GROUPS):
            raise AccessError(
                _("The dashboards are for those who work holds, and for auditors.")
            )

    def _span(self, first, last):
        try:
            first, last = fields.Date.to_date(first), fields.Date.to_date(last)
        except (TypeError, ValueError) as error:
            raise UserError(_("Choose two days.")) from error
        if not first or not last or first > last:
            raise UserError(_("Choose a first day that is not after the last one."))
        if (last - first).days >= LONGEST_DAYS:
            raise UserError(_("Choose %s days at most.", LONGEST_DAYS))
        zone = self.env.context.get("tz") or self.env.user.tz or "UTC"
        return Span(first, last, zone if zone in pytz.all_timezones_set else "UTC")

    # -- What figures, graphs and tables look like to the browser

    def _tile(self, key, label, value, sub="", tone="", action=None):
        """:param tone: "", "good", "warning" or "bad" """
        return {
            "key": key,
            "label": label,
            "value": str(value),
            "sub": sub,
            "tone": tone,
            "action": action,
        }

    def _chart(self, key, title, kind, labels, datasets, **more):
        """:param datasets: ``{"label", "data", "tone"}``, data as long as labels
        :param more: ``stacked``, ``horizontal``, ``unit``, ``actions`` (one per
            label), ``wide``
        """
        return {
            "key": key,
            "title": title,
            "kind": kind,
            "labels": labels,
            "datasets": datasets,
            "empty": not any(value for set_ in datasets for value in set_["data"]),
            **more,
        }

    def _grid(self, key, title, columns, rows, **more):
        """:param columns: ``{"label", "right"}``
        :param rows: ``{"cells": [text or {"text", "tone", "bar"}], "action"}``
        """
        return {"key": key, "title": title, "columns": columns, "rows": rows, **more}

    def _open(self, xml_id, domain, name=None, context=None):
        """An action that shows the records behind a figure."""
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        kept = ("id", "res_model", "type", "view_mode", "views", "search_view_id")
        return {
            **{key: action[key] for key in kept if key in action},
            "name": name or action["name"],
            "domain": domain,
            "context": context or {},
            "target": "current",
        }

    def _point_labels(self, span):
        pattern = "d MMM"
        return [
            format_date(self.env, point, date_format=pattern) for point in span.points()
        ]

    def _series(self, span, groups):
        """Values in the order of the span's points, from (group's date, value)."""
        values = dict.fromkeys(span.points(), 0)
        for when, value in groups:
            point = when and span.point(when)
            if point in values:
                values[point] += value
        return list(values.values())

    def _percent(self, part, whole):
        return f"{100.0 * part / whole:.1f} %" if whole else "–"

    def _duration(self, seconds):
        """In the largest unit that leaves a figure to read."""
        if seconds is None:
            return "–"
        if seconds < 1:
            return _("%s ms", round(seconds * 1000))
        if seconds < 90:
            return _("%s s", round(seconds, 1) if seconds < 10 else round(seconds))
        if seconds < 5400:
            return _("%s min", round(seconds / 60))
        if seconds < 172800:
            return _("%s h", round(seconds / 3600, 1))
        return _("%s days", round(seconds / 86400))

    def _amounts(self, totals):
        """(total in the present company's currency, text), of {currency: amount}.

        Amounts in several currencies are converted at today's rates.
        """
        company = self.env.company
        target, today = company.currency_id, fields.Date.context_today(self)
        total, converted = 0.0, False
        for currency, amount in totals.items():
            if currency and currency != target:
                total += currency._convert(amount, target, company, today)
                converted = True
            else:
                total += amount
        text = format_amount(self.env, total, target)
        return total, f"≈ {text}" if converted else text
