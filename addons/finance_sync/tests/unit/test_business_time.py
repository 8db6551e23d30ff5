"""Working hours after a moment, and between two."""

from datetime import datetime, timedelta

import pytest
from odoo.addons.finance_sync.core.business_time import BusinessTime

MONDAY = datetime(2026, 3, 2)  # noqa: DTZ001 - as Odoo has times


def day(number, start, end):
    """Working time on the ``number``th day after Monday."""
    begin = MONDAY + timedelta(days=number)
    return begin + timedelta(hours=start), begin + timedelta(hours=end)


@pytest.fixture
def week():
    """Monday to Friday, 8–12 and 13–17; Wednesday is a holiday."""
    intervals = [
        part
        for number in (0, 1, 3, 4, 7)
        for part in (day(number, 8, 12), day(number, 13, 17))
    ]
    return BusinessTime(intervals, MONDAY, MONDAY + timedelta(days=8))


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ((0, 8), 4, (0, 12)),  # to the end of the morning, not into the break
        ((0, 8), 4.5, (0, 13.5)),
        ((0, 0), 8, (0, 17)),  # begun at night
        ((0, 12.5), 1, (0, 14)),  # begun in the break
        ((1, 16), 2, (3, 9)),  # over the holiday
        ((4, 16), 2, (7, 9)),  # over the weekend
        ((5, 10), 1, (7, 9)),  # begun on a Saturday
        ((0, 8), 0.1, (0, 8.1)),
        ((5, 10), 0, (5, 10)),  # at once means at once
    ],
)
def test_after(week, start, hours, expected):
    def at(number, hour):
        return MONDAY + timedelta(days=number, hours=hour)

    assert week.after(at(*start), hours) == at(*expected)


def test_what_lies_beyond_is_not_known(week):
    assert week.after(MONDAY, 40) == day(7, 8, 17)[1]
    assert week.after(MONDAY, 40.1) is None
    assert BusinessTime([], MONDAY, MONDAY).after(MONDAY, 1) is None


def test_hours_between(week):
    assert week.hours_between(MONDAY, MONDAY + timedelta(days=1)) == 8
    assert week.hours_between(day(1, 16, 17)[0], day(3, 9, 10)[0]) == 2
    assert week.hours_between(day(3, 9, 10)[0], day(1, 16, 17)[0]) == 0


def test_both_agree(week):
    for quarter in range(1, 160):
        hours = quarter / 4
        end = week.after(MONDAY, hours)
        assert week.hours_between(MONDAY, end) == pytest.approx(hours)


def test_empty_intervals_count_nothing():
    clock = BusinessTime([day(0, 9, 9), day(0, 10, 11)], *day(0, 0, 24))
    assert clock.after(MONDAY, 1) == day(0, 10, 11)[1]
