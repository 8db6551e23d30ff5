"""When to try again."""

from __future__ import annotations

import random
from dataclasses import dataclass

# A provider asking for more than a day has a broken clock or a broken client.
LONGEST_WAIT = 86400.0
_LARGEST_EXPONENT = 62


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential back-off. ``base`` and ``cap`` in seconds, ``jitter`` a fraction."""

    max_attempts: int = 8
    base: float = 5.0
    cap: float = 3600.0
    jitter: float = 0.2

    def delay(self, attempt: int, retry_after: float | None = None, rng=random):
        """Seconds to wait after failed attempt number ``attempt`` (from 1).

        Never less than the provider asked for in ``retry_after``, up to a day.
        """
        exponent = min(max(attempt, 1) - 1, _LARGEST_EXPONENT)
        wait = min(self.base * 2**exponent, self.cap)
        wait *= 1 + rng.uniform(-self.jitter, self.jitter)
        asked = min(retry_after or 0.0, LONGEST_WAIT)
        return max(wait, asked, 0.0)

    def spent(self, attempts: int) -> bool:
        """True if no further attempt is due after this many."""
        return attempts >= self.max_attempts
