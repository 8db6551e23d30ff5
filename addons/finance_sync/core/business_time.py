"""Working time: what lies so many working hours after a moment, and how many between.

Plain arithmetic over intervals that were read once, so that ten thousand due times cost
one look at the calendar.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

_HOUR = 3600.0


class BusinessTime:
    """Working intervals from ``first`` to ``last``, datetimes of one time zone.

    :param intervals: (start, end), sorted, not overlapping
    """

    def __init__(
        self,
        intervals: Iterable[tuple[datetime, datetime]],
        first: datetime,
        last: datetime,
    ) -> None:
        self.first, self.last = first, last
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        # Seconds worked before each interval begins, and in all.
        self._before: list[float] = [0.0]
        for start, end in intervals:
            if end <= start:
                continue
            self._starts.append(start)
            self._ends.append(end)
            worked = self._before[-1] + (end - start).total_seconds()
            self._before.append(round(worked, 3))

    def covers(self, moment: datetime) -> bool:
        return self.first <= moment <= self.last

    def hours_between(self, start: datetime, end: datetime) -> float:
        """Working hours from ``start`` to ``end``; 0 if ``end`` is earlier."""
        return max(0.0, self._worked(end) - self._worked(start)) / _HOUR

    def after(self, start: datetime, hours: float) -> datetime | None:
        """The moment by which ``hours`` have been worked since ``start``.

        None: not before ``last``. Zero hours are over at once, at night as well.
        """
        if hours <= 0:
            return start
        wanted = round(self._worked(start) + hours * _HOUR, 3)
        if wanted > self._before[-1]:
            return None
        # The interval in which it ends; one that is just full ends it.
        index = bisect_right(self._before, wanted) - 1
        if self._before[index] == wanted:
            index -= 1
        return self._starts[index] + timedelta(seconds=wanted - self._before[index])

    def _worked(self, moment: datetime) -> float:
        """Seconds worked since ``first``."""
        index = bisect_right(self._starts, moment) - 1
        if index < 0:
            return 0.0
        end = min(moment, self._ends[index])
        return self._before[index] + (end - self._starts[index]).total_seconds()
