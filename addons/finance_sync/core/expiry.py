"""When to warn that something expires."""

from __future__ import annotations

from datetime import date

# Days before. Each is told once.
THRESHOLDS = (30, 14, 7, 1)


def threshold(expires_on: date | None, today: date) -> int | None:
    """The narrowest threshold that has been reached; 0 once expired, None if far off.

    >>> threshold(date(2026, 3, 31), date(2026, 3, 20))
    14
    >>> threshold(date(2026, 3, 31), date(2026, 4, 1))
    0
    """
    if expires_on is None:
        return None
    left = (expires_on - today).days
    if left < 0:
        return 0
    reached = [days for days in THRESHOLDS if left <= days]
    return min(reached) if reached else None
