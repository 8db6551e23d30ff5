"""Do both companies have the same in their books?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

POSTED, DRAFT, CANCELLED, NONE = "posted", "draft", "cancel", ""
# What a pair can be in.
WAITING = "waiting"
TAKEN_BACK = "taken_back"
DELIVERED = "delivered"
AGREED = "agreed"
DIFFERS = "differs"
VOIDED = "voided"


@dataclass(frozen=True)
class Side:
    """One company's entry. ``state``: as the ledger has it, empty if there is none.

    Amounts are in ``currency``, which is the document's, and positive; ``credit``
    says what they mean.
    """

    state: str = NONE
    credit: bool = False
    currency: str = ""
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    total: Decimal = Decimal(0)


@dataclass(frozen=True)
class Verdict:
    """``state``: see above. ``differences``: (what, the seller's, the buyer's)."""

    state: str
    differences: tuple[tuple[str, str, str], ...] = ()


def finding(verdict: Verdict) -> str:
    """What it comes to, in no language: the same text if nothing new was found."""
    differences = "; ".join(as_texts(verdict.differences))
    return f"{verdict.state}: {differences}" if differences else verdict.state


def as_texts(differences: Iterable[tuple[str, str, str]]) -> list[str]:
    """Each as ``total 115.00, 116.00``: the seller's, the buyer's."""
    return [f"{what} {mine}, {theirs}" for what, mine, theirs in differences]


def compare(seller: Side, buyer: Side, *, delivered: bool) -> Verdict:
    """:param delivered: the buyer was sent the invoice, in any version"""
    there = buyer.state in (POSTED, DRAFT)
    if seller.state != POSTED:
        if not there:
            given_up = seller.state != DRAFT or not delivered
            return Verdict(VOIDED if given_up else TAKEN_BACK)
        if seller.state == DRAFT:
            return Verdict(TAKEN_BACK)
        return Verdict(DIFFERS, (("state", seller.state, buyer.state),))
    if not delivered:
        return Verdict(WAITING)
    if not there:
        return Verdict(DELIVERED)
    found = tuple(_differences(seller, buyer))
    if found:
        return Verdict(DIFFERS, found)
    return Verdict(AGREED if buyer.state == POSTED else DELIVERED)


def _differences(seller: Side, buyer: Side):
    if seller.credit != buyer.credit:
        yield "kind", _kind(seller), _kind(buyer)
    if seller.currency != buyer.currency:
        yield "currency", seller.currency, buyer.currency
        return
    for name in ("net", "tax", "total"):
        mine, theirs = getattr(seller, name), getattr(buyer, name)
        if mine != theirs:
            yield name, str(mine), str(theirs)


def _kind(side: Side) -> str:
    return "credit_note" if side.credit else "invoice"
