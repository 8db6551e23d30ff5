"""A limit per caller, kept by each process for itself: cheap, against floods."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from .rate_limit import Bucket, RateLimit, take

MOST_CALLERS = 4096


class Throttle:
    """Counts what callers did wrong; who does so too often is refused for a while."""

    def __init__(self, limit: RateLimit, clock=time.monotonic):
        self._limit, self._clock = limit, clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, caller: str) -> float:
        """Seconds until ``caller`` is listened to again; 0: now."""
        now = self._clock()
        with self._lock:
            bucket = self._buckets.get(caller)
            if bucket is None:
                return 0.0
            allowed, retry_at, _taken = take(bucket, self._limit, now)
        return 0.0 if allowed else max(retry_at - now, 0.0)

    def count(self, caller: str) -> None:
        """``caller`` did it again. Of too many callers the quietest are forgotten."""
        with self._lock:
            bucket = self._buckets.pop(caller, None)
            _allowed, _retry_at, taken = take(bucket, self._limit, self._clock())
            self._buckets[caller] = taken
            if len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
