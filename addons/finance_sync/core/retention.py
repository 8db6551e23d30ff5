"""Until when something is kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta

# Books and vouchers, in most countries of Europe; shorter ones are set by company.
STATUTORY_YEARS = 10


def kept_until(document_date: date, years: int) -> date:
    """The last day on which the law wants a document kept.

    The time runs from the end of the calendar year that the document is of.

    >>> kept_until(date(2026, 3, 4), 10)
    datetime.date(2036, 12, 31)
    """
    return date(document_date.year + years, 12, 31)


def finished_before(now: datetime, days: int) -> datetime:
    """Payloads of what finished before this may go. ``days`` above zero."""
    if days <= 0:
        raise ValueError(days)
    return now - timedelta(days=days)


def statutory_before(now: datetime, years: int) -> datetime:
    """What finished before this is past the time that the law wants.

    >>> statutory_before(datetime(2037, 1, 1), 10)
    datetime.datetime(2027, 1, 1, 0, 0)
    """
    return datetime(now.year - years, 1, 1)  # noqa: DTZ001 - as Odoo, naive UTC
