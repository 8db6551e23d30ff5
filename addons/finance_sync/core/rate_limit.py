"""Token bucket, as decisions on a value. Who keeps the value is not its concern.

Times are seconds since the epoch by one clock: the database's.
"""

from __future__ import annotations

from dataclasses import dataclass

# Epoch seconds as floats are good to a quarter of a microsecond: whoever comes back
# exactly at ``retry_at`` must not be sent away for a rounding error.
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class RateLimit:
    """``per_second`` calls on average (None or 0: no limit), ``burst`` at once."""

    per_second: float | None = None
    burst: int = 1

    @property
    def capacity(self) -> float:
        return float(max(self.burst or 0, 1))


@dataclass(frozen=True)
class Bucket:
    tokens: float
    updated_at: float


def take(
    bucket: Bucket | None, limit: RateLimit, now: float
) -> tuple[bool, float | None, Bucket]:
    """May a call be made now? ``(allowed, retry_at or None, new bucket)``.

    No bucket yet (None) is a full one.
    """
    granted, retry_at, bucket = take_many(bucket, limit, now, 1)
    return bool(granted), retry_at, bucket


def take_many(
    bucket: Bucket | None, limit: RateLimit, now: float, count: int
) -> tuple[int, float | None, Bucket]:
    """How many of ``count`` calls may be made now?

    ``(granted, retry_at of the next one, new bucket)``; ``retry_at`` is None where all
    are granted.
    """
    if bucket is None or not limit.per_second:
        bucket = Bucket(limit.capacity, now)
    if not limit.per_second:
        return count, None, bucket
    tokens = _refilled(bucket, limit, now)
    granted = min(count, int(tokens + _TOLERANCE))
    left = max(tokens - granted, 0.0)
    retry_at = None
    if granted < count:
        retry_at = now + (1.0 - left) / limit.per_second
    return granted, retry_at, Bucket(left, now)


def _refilled(bucket: Bucket, limit: RateLimit, now: float) -> float:
    # A clock that was set back refills nothing, and takes nothing away.
    elapsed = max(now - bucket.updated_at, 0.0)
    return min(bucket.tokens + elapsed * limit.per_second, limit.capacity)
