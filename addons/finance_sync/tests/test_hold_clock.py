"""When a hold is due, in working hours."""

from datetime import timedelta

from freezegun import freeze_time
from odoo import fields

from .hold_case import HoldCase

at = fields.Datetime.to_datetime


class TestClock(HoldCase):
    def test_due_is_counted_in_working_hours(self):
        friday = at("2026-03-06 11:00:00")
        due = self.holds._due(self.company_us, 2.0, friday)
        self.assertEqual(due, at("2026-03-09 09:00:00"))

    def test_holidays_do_not_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "company_id": self.company_us.id,
                "date_from": at("2026-03-09 00:00:00"),
                "date_to": at("2026-03-09 23:59:00"),
            }
        )
        due = self.holds._due(self.company_us, 2.0, at("2026-03-06 11:00:00"))
        self.assertEqual(due, at("2026-03-10 09:00:00"))

    def test_without_a_calendar_a_day_has_24_hours(self):
        self.calendar.attendance_ids.unlink()
        due = self.holds._due(self.company_us, 2.0, at("2026-03-06 23:00:00"))
        self.assertEqual(due, at("2026-03-07 01:00:00"))

    def test_open_holds_follow_a_changed_calendar(self):
        holds = [self.raise_hold() for _number in range(3)]
        before = holds[0].due
        afternoons = self.calendar.copy()
        afternoons.attendance_ids.write({"hour_from": 13, "hour_to": 17})
        self.company_us.finance_sync_calendar_id = afternoons
        for hold in holds:
            self.assertEqual(
                hold.due,
                self.holds._due(
                    self.company_us,
                    hold.sla_hours,
                    hold.create_date.replace(microsecond=0),
                ),
            )
        self.assertNotEqual(holds[0].due, before)

    def test_it_starts_with_the_record_however_long_the_transaction_runs(self):
        began = self.env.cr.now()
        with freeze_time(began + timedelta(hours=2)):
            hold = self.raise_hold()
        due = hold.due
        self.holds._cron_due()
        self.assertEqual(hold.due, due)

    def test_a_new_promise_does_not_change_an_old_one(self):
        hold = self.raise_hold()
        before = hold.due
        hold.type_id.sla_hours = 1
        self.holds._cron_due()
        self.assertEqual(hold.due, before)
