"""Until when something is kept."""

from datetime import date, datetime, time

import pytest
from odoo.addons.finance_sync.core.expiry import threshold
from odoo.addons.finance_sync.core.retention import (
    finished_before,
    kept_until,
    statutory_before,
)

NOW = datetime.combine(date(2037, 1, 1), time())
DAY = date(2026, 3, 31)


def test_the_law_counts_from_the_end_of_the_year():
    assert kept_until(date(2026, 1, 1), 10) == date(2036, 12, 31)
    assert kept_until(date(2026, 12, 31), 10) == date(2036, 12, 31)
    assert statutory_before(NOW, 10) == datetime.combine(date(2027, 1, 1), time())


def test_days():
    assert finished_before(NOW, 1) == datetime.combine(date(2036, 12, 31), time())
    with pytest.raises(ValueError, match="0"):
        finished_before(NOW, 0)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 2, 27), None),
        (date(2026, 3, 1), 30),
        (date(2026, 3, 17), 14),
        (date(2026, 3, 24), 7),
        (date(2026, 3, 30), 1),
        (date(2026, 3, 31), 1),
        (date(2026, 4, 1), 0),
    ],
)
def test_thresholds_of_expiry(today, expected):
    assert threshold(DAY, today) == expected


def test_what_does_not_expire():
    assert threshold(None, DAY) is None
