from datetime import timedelta, timezone

from odoo import api, fields, models

from ..core.business_time import BusinessTime

# How far ahead the calendar is read first, and at the furthest, in days.
NEAR, FAR = 60, 960
AT_ONCE = 5000


class Hold(models.Model):
    """The clock of holds: working hours of the company, holidays left out.

    It runs on while a hold is snoozed. A snooze takes a hold off somebody's list; it
    does not make the promise to settle it any later.
    """

    _inherit = "finance.sync.hold"

    @api.model
    def _due(self, company, hours, start=None):
        """The moment by which ``hours`` have been worked since ``start``, naive UTC."""
        start = start or fields.Datetime.now()
        days = NEAR
        calendar = self._calendar(company)
        while calendar and days <= FAR:
            found = self._clock(calendar, start, days).after(start, hours)
            if found:
                return found.replace(microsecond=0)
            days *= 4
        # Without working hours, a day has twenty-four.
        return start + timedelta(hours=hours)

    @api.model
    def _calendar(self, company):
        """The working hours that count for a company; empty: day and night."""
        company = (company or self.env.company).sudo()  # settings of any company
        return company.finance_sync_calendar_id or company.resource_calendar_id

    @api.model
    def _clock(self, calendar, start, days):
        """The calendar's working time from ``start`` on, by one read of it."""
        end = start + timedelta(days=days)
        # Holidays and hours are everybody's; whoever causes a hold may not see them.
        found = calendar.sudo()._work_intervals_batch(
            start.replace(tzinfo=timezone.utc), end.replace(tzinfo=timezone.utc)
        )
        intervals = [(_naive(a), _naive(b)) for a, b, _attendance in found[False]]
        return BusinessTime(intervals, start, end)

    @api.model
    def _cron_due(self):
        """Due times of open holds, after calendars or holidays have changed."""
        companies = self.env["res.company"].sudo().search([])  # serves all of them
        self._recompute_due(companies)

    @api.model
    def _recompute_due(self, companies):
        """What is open in these companies, in the order of their calendars."""
        # Called by the cron and by whoever may change a company's settings.
        groups = self.sudo()._read_group(
            [("state", "=", "open"), ("company_id", "in", companies.ids)],
            ["company_id"],
            ["create_date:min"],
        )
        for company, oldest in groups:
            holds = self.sudo().search(
                [("state", "=", "open"), ("company_id", "=", company.id)]
            )
            for at in range(0, len(holds), AT_ONCE):
                holds[at : at + AT_ONCE]._reschedule(company, oldest)

    def _reschedule(self, company, oldest):
        """Due times of one company's holds, by one look at its calendar."""
        calendar = self._calendar(company)
        clock = None
        if calendar:
            days = (fields.Datetime.now() - oldest).days + FAR
            clock = self._clock(calendar, oldest.replace(microsecond=0), days)
        by_due = {}
        for hold in self.filtered("sla_hours"):
            start = hold.create_date.replace(microsecond=0)
            due = clock and clock.after(start, hold.sla_hours)
            due = due or start + timedelta(hours=hold.sla_hours)
            if due.replace(microsecond=0) != hold.due:
                by_due.setdefault(due.replace(microsecond=0), []).append(hold.id)
        for due, ids in by_due.items():
            self.browse(ids).due = due
        self.browse([i for ids in by_due.values() for i in ids])._plan_escalation()


def _naive(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None)
