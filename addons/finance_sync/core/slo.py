"""Service level objectives: what share has to go well, and how fast it is used up.

Source: https://sre.google/workbook/alerting-on-slos/
"""

from __future__ import annotations

from dataclasses import dataclass

# A burn of 14.4 in the last hour spends 2 % of a month's budget; over six hours, a
# burn of 6 spends 5 %. Both together tell an outage from a hiccup.
FAST_BURN = 14.4
SLOW_SHARE = 6 / 14.4


@dataclass(frozen=True)
class Tally:
    """So many of ``total`` went well."""

    total: int = 0
    good: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.total + other.total, self.good + other.good)

    @property
    def bad_share(self) -> float:
        return (self.total - self.good) / self.total if self.total else 0.0

    @property
    def attainment(self) -> float:
        """Percent that went well; of nothing, all of it."""
        return 100.0 * (1.0 - self.bad_share)


def allowed_share(objective: float) -> float:
    """The share that may fail: 0.005 of an objective of 99.5 percent."""
    return max(1.0 - objective / 100.0, 1e-9)


def burn_rate(tally: Tally, objective: float) -> float:
    """How many times faster than allowed the error budget is being used.

    >>> round(burn_rate(Tally(100, 99), 99.5), 1)
    2.0
    """
    return tally.bad_share / allowed_share(objective)


def budget_left(tally: Tally, objective: float) -> float:
    """Percent of the error budget that is left; negative when overspent.

    >>> round(budget_left(Tally(1000, 999), 99.5))
    80
    """
    return 100.0 * (1.0 - burn_rate(tally, objective))


def is_burning(short: float, long: float, limit: float) -> bool:
    """Is the budget being used so fast that somebody should look now?"""
    return short >= limit and long >= limit * SLOW_SHARE
