"""Whether we and a platform say the same of a bill."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from . import platform
from .platform import Head

# What a bill is here.
OPEN = "open"
POSTED = "posted"
REFUSED = "refused"
VOIDED = "voided"

_ENDED = frozenset({platform.VOIDED, platform.REFUSED})
_BOOKED = frozenset({platform.TRANSFERRED, platform.PAID})
# What a platform may say of a bill that is that here.
_AGREE = {
    OPEN: frozenset(
        {
            platform.NEW,
            platform.ACKNOWLEDGED,
            platform.PREBOOKED,
            platform.IN_WORK,
        }
    ),
    POSTED: _BOOKED | {platform.PREBOOKED},
    REFUSED: _ENDED,
    VOIDED: _ENDED,
}
# What ought to have come to us.
_OURS = frozenset(set(platform.STATES) - _ENDED - {platform.NEW, platform.IN_WORK})
ZERO = Decimal(0)


@dataclass(frozen=True)
class Ours:
    """A bill here. ``paid``: as bank statements say; None where it is not posted."""

    state: str
    total: Decimal
    currency: str
    paid: Decimal | None = None


@dataclass(frozen=True)
class Difference:
    """``kind``: missing_here, missing_there, currency, total, state or paid.

    ``amount``: what it is about, positive, in the bill's currency.
    """

    kind: str
    ours: str
    theirs: str
    amount: Decimal = ZERO


def differences(
    ours: Ours, theirs: Head, *, shows_transfer: bool = True
) -> tuple[Difference, ...]:
    """What is not the same; empty where all is.

    :param shows_transfer: False for platforms that do not keep whether a bill was
        booked, so that it stays acknowledged there
    """
    found = []
    if theirs.currency and ours.currency and theirs.currency != ours.currency:
        found.append(Difference("currency", ours.currency, theirs.currency, ours.total))
    elif theirs.total is not None and theirs.total != ours.total:
        apart = abs(theirs.total - ours.total)
        found.append(_amounts("total", ours.total, theirs.total, apart))
    agreed = _AGREE[ours.state]
    if ours.state == POSTED and not shows_transfer:
        agreed = agreed | {platform.ACKNOWLEDGED}
    if theirs.state not in agreed:
        found.append(Difference("state", ours.state, theirs.state, ours.total))
    if ours.paid is not None and theirs.paid is not None and ours.paid != theirs.paid:
        apart = abs(theirs.paid - ours.paid)
        found.append(_amounts("paid", ours.paid, theirs.paid, apart))
    return tuple(found)


def missing_here(theirs: Head) -> Difference | None:
    """A bill that was taken from the platform and is not here, if it ought to be.

    What is still offered comes with the next reading.
    """
    if theirs.state not in _OURS:
        return None
    return Difference("missing_here", "", theirs.state, theirs.total or ZERO)


def missing_there(ours: Ours) -> Difference | None:
    """The platform has said clearly that it has no such bill."""
    if ours.state in (VOIDED, REFUSED):
        return None
    return Difference("missing_there", ours.state, "", ours.total)


def _amounts(kind: str, ours: Decimal, theirs: Decimal, apart: Decimal) -> Difference:
    return Difference(kind, f"{ours:f}", f"{theirs:f}", apart)
