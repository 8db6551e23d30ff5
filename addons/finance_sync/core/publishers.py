"""What brings events outside, whatever is there: one way in, one kind of outcome.

A publisher for another broker is a class with ``publish`` and ``close`` and a line in
``models/subscription_target.py``. For Kafka: the key of a record is the envelope's
``subject`` (so that one partition keeps the order of a document), ``acks=all`` and
``enable.idempotence`` make its future the confirmation, and the first future that fails
ends the batch.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from .errors import ProviderError, RejectedError

MINUTE, HOUR = 60.0, 3600.0
JITTER = 0.1
GONE = 410
_CONTENT = (400, 409, 413, 415, 422)
UNROUTABLE = "unroutable"


@dataclass(frozen=True)
class Schedule:
    """Seconds before each attempt. ``endless``: the last wait goes on for ever."""

    waits: tuple[float, ...]
    endless: bool = False


# Standard Webhooks: https://www.standardwebhooks.com, “Delivery, retries and ordering”.
STANDARD = Schedule(
    (
        0.0,
        5.0,
        5 * MINUTE,
        30 * MINUTE,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        14 * HOUR,
        20 * HOUR,
        24 * HOUR,
    )
)
# A broker is one's own: it comes back soon, and takes everything that waited.
BROKER = Schedule((0.0, 5.0, 10.0, 20.0, 30.0, MINUTE), endless=True)


@dataclass(frozen=True)
class Envelope:
    """One message. ``subject``: messages about the same one keep their order.

    ``id`` stays the same however often it is sent; receivers dedupe by it.
    """

    id: str
    type: str
    subject: str
    body: bytes
    content_type: str


@dataclass(frozen=True)
class Outcome:
    """What came of one envelope. ``error`` is None where it is confirmed."""

    id: str
    elapsed_ms: int
    status: int | None = None
    error: ProviderError | None = None

    @property
    def is_about_content(self) -> bool:
        """The receiver works, and refuses this very event."""
        refused = self.status in _CONTENT or self.error.code == UNROUTABLE
        return isinstance(self.error, RejectedError) and refused

    @property
    def is_gone(self) -> bool:
        """The receiver says that it wants nothing any more."""
        return self.status == GONE


class Publisher(Protocol):
    """Sends batches. ``batch_size``: how many events are taken up at a time."""

    batch_size: int
    schedule: Schedule

    def publish(self, batch: Sequence[Envelope]) -> Iterator[Outcome]:
        """Send in order, and say of each what came of it, as soon as it is known.

        Confirmed means that the receiver keeps it. The first that fails is the last
        that is tried: what follows it must not overtake it.
        """

    def close(self) -> None:
        """Let go of connections."""


def delay(
    attempts: int,
    retry_after: float | None = None,
    schedule: Schedule = STANDARD,
    rng=random,
) -> float | None:
    """Seconds until the next attempt after ``attempts`` failed ones; None: no more.

    Never earlier than the receiver asks for.
    """
    if attempts >= len(schedule.waits) and not schedule.endless:
        return None
    base = schedule.waits[min(attempts, len(schedule.waits) - 1)]
    wait = base * (1 + rng.uniform(0, JITTER))
    return max(wait, min(retry_after or 0.0, 24 * HOUR))
