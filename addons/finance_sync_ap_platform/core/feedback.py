"""What a platform is to be told of a bill, given what has happened to it.

Peppol's Invoice Response codes: AB received, IP in process, UQ under query, CA accepted
with a condition, RE refused, AP accepted, PD payment initiated. They only go forward.

Source: Peppol BIS Invoice Response 3.1
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .platform import PREBOOK

PEPPOL = {
    "received": "AB",
    "in_process": "IP",
    "queried": "UQ",
    "prebooked": "IP",
    "transferred": "AP",
    "refused": "RE",
    "initiated": "PD",
    "partial": "PD",
    "settled": "PD",
}
_RANK = {
    "": 0,
    "in_process": 1,
    "queried": 2,
    "prebooked": 3,
    "transferred": 4,
    "refused": 4,
}
ZERO = Decimal(0)


@dataclass(frozen=True)
class Facts:
    """Of a bill here. ``stage``: what the platform offered it for, if it says."""

    state: str
    drafted: bool = False
    posted: bool = False
    refused: bool = False
    stage: str = ""


def due_state(facts: Facts, known: frozenset[str], staged: bool) -> str:
    """What the platform should know, of the states that it takes; empty: nothing."""
    found = _state(facts, staged)
    return found if found in known else ""


def _state(facts: Facts, staged: bool) -> str:
    for_prebook = staged and facts.stage == PREBOOK
    if facts.refused:
        return "refused"
    if facts.posted:
        return "prebooked" if for_prebook else "transferred"
    if facts.drafted:
        return "prebooked" if for_prebook or not staged else ""
    if facts.state == "held":
        return "queried"
    return "in_process" if facts.state in ("waiting", "matched") else ""


def goes_forward(last: str, state: str) -> bool:
    """May ``state`` be reported after ``last``, of the same version of a bill?"""
    return bool(state) and _RANK[state] > _RANK[last]


@dataclass(frozen=True)
class Paid:
    """Of a bill, in its currency, positive. ``due``: the total without what credit
    notes took off. ``bank``: what statements show. ``underway``: paid from here, not
    yet on a statement.
    """

    due: Decimal
    bank: Decimal = ZERO
    underway: Decimal = ZERO


def payment_state(paid: Paid, last: str, last_paid: Decimal) -> str:
    """What to report after ``last`` with ``last_paid`` in all; empty: nothing new.

    ``returned``: less is paid than was reported, or a payment will not take place.
    """
    state = _payment(paid, last, last_paid)
    if (state, paid.bank) == (last, last_paid):
        return ""
    # What is left after a return was reported with it.
    if last == "returned" and paid.bank == last_paid and state == "partial":
        return ""
    return state


def _payment(paid: Paid, last: str, last_paid: Decimal) -> str:
    if paid.bank < last_paid:
        return "returned"
    if paid.bank > ZERO:
        return "settled" if paid.bank >= paid.due else "partial"
    if paid.underway > ZERO:
        return "initiated"
    return "returned" if last == "initiated" else ""
