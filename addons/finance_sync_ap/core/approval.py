"""Whether a bill is approved, and who may approve it. Decisions are facts in order."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

APPROVED, REQUESTED = "approved", "requested"
# What ends approvals that were given before.
ENDING = frozenset({"rejected", "revoked", "withdrawn"})


@dataclass(frozen=True)
class Decision:
    """``by``: who; ``content``: hash of what was decided on."""

    kind: str
    by: str
    content: str


@dataclass(frozen=True)
class Authority:
    """Up to ``limit``, in company currency, tax included."""

    user: int
    limit: Decimal


@dataclass(frozen=True)
class Delegation:
    """``giver``'s authority is ``taker``'s as well, both days included."""

    giver: int
    taker: int
    since: datetime.date
    until: datetime.date


def standing(decisions: Iterable[Decision], content: str) -> frozenset[str]:
    """Who has approved exactly this content, with nothing against it since."""
    approvers: set[str] = set()
    for decision in decisions:
        if decision.kind in ENDING:
            approvers.clear()
        elif decision.kind == APPROVED and decision.content == content:
            approvers.add(decision.by)
    return frozenset(approvers)


def state(decisions: Iterable[Decision], content: str, needed: int = 1) -> str:
    """``approved``, ``rejected`` or ``open``."""
    known = tuple(decisions)
    if len(standing(known, content)) >= needed:
        return "approved"
    last = next((d.kind for d in reversed(known) if d.kind != REQUESTED), None)
    return "rejected" if last == "rejected" else "open"


def authority(
    user: int,
    amount: Decimal,
    authorities: Iterable[Authority],
    delegations: Iterable[Delegation],
    today: datetime.date,
    excluded: frozenset[int] = frozenset(),
) -> int | None:
    """Whose authority over ``amount`` the user has: own, else one given; None: none.

    What was given is not given on. Nobody decides for one of the ``excluded``, who had
    a part in the bill.
    """
    if user in excluded:
        return None
    limits: dict[int, Decimal] = {}
    for each in authorities:
        limits[each.user] = max(limits.get(each.user, each.limit), each.limit)
    if amount <= limits.get(user, Decimal(-1)):
        return user
    givers = sorted(
        delegation.giver
        for delegation in delegations
        if delegation.taker == user
        and delegation.since <= today <= delegation.until
        and delegation.giver not in excluded
        and amount <= limits.get(delegation.giver, Decimal(-1))
    )
    return givers[0] if givers else None


def as_text(value: float | None) -> str:
    """An amount or quantity of a document to hash: to more places than either has."""
    return f"{round(value or 0.0, 6) + 0.0:.6f}"  # no minus before a zero
