"""What a bill is matched against: purchase orders, receipts, limits, units.

Quantities and prices are ``Decimal`` and positive on a bill as on a credit note; which
of the two it is says :attr:`Question.credit`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

ORDERED = "ordered"
RECEIVED = "received"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of an order, in its own unit.

    ``price``: net of discounts, for one ``unit``. ``received`` is net of returns.
    ``billed``: by other bills, drafts among them; never by the one in question.
    ``excess``: the value above ``price`` and quantity that other bills were already
    granted on this line, so that slices add up. ``basis``: whether what was ordered
    or what was received may be billed; services without a receipt are ``ordered``.
    """

    key: str
    order_ref: str
    unit: str
    price: Decimal
    ordered: Decimal
    received: Decimal = ZERO
    billed: Decimal = ZERO
    excess: Decimal = ZERO
    basis: str = RECEIVED
    line_ref: str = ""
    vendor_item: str = ""
    barcode: str = ""
    name: str = ""

    @property
    def open(self) -> Decimal:
        """What may still be billed, never negative."""
        granted = self.received if self.basis == RECEIVED else self.ordered
        return max(granted - self.billed, ZERO)

    @property
    def to_come(self) -> Decimal:
        """What may be billed once it has arrived."""
        if self.basis == ORDERED:
            return ZERO
        return max(self.ordered - max(self.received, self.billed), ZERO)

    @property
    def creditable(self) -> Decimal:
        """What was billed and is not kept: returned goods, or more than ordered."""
        granted = self.received if self.basis == RECEIVED else self.ordered
        return max(self.billed - granted, ZERO)


@dataclass(frozen=True, slots=True)
class Order:
    """``vendor``: the commercial partner's key, as in :class:`Question`."""

    ref: str
    vendor: str
    currency: str
    lines: tuple[OrderLine, ...]


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A line of a bill.

    ``price`` is for ``price_base`` units (EN 16931 BT-146, BT-149), ``net`` the line's
    amount (BT-131). ``charge``: freight and the like that no order line is for.
    """

    ref: str
    quantity: Decimal
    unit: str
    price: Decimal
    net: Decimal
    price_base: Decimal = Decimal(1)
    order_ref: str = ""
    order_line_ref: str = ""
    vendor_item: str = ""
    barcode: str = ""
    name: str = ""
    charge: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a bill, and the limits that hold for its vendor.

    ``order_refs``: the orders that the bill names in its head (BT-13 and extensions).
    """

    vendor: str
    currency: str
    lines: tuple[QuestionLine, ...]
    order_refs: tuple[str, ...] = ()
    credit: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A deviation passes under *both* of them; ``None`` does not limit."""

    percent: Decimal | None = ZERO
    amount: Decimal | None = ZERO

    def allows(self, expected: Decimal, excess: Decimal) -> bool:
        """:param excess: what is above ``expected``, positive"""
        if excess <= 0:
            return True
        if self.amount is not None and excess > self.amount:
            return False
        if self.percent is None:
            return True
        return excess * 100 <= abs(expected) * self.percent


@dataclass(frozen=True, slots=True)
class Limits:
    """Upward limits, all separate. Amounts in the bill's currency.

    ``price`` by unit, ``quantity`` in the order line's unit, ``line`` for a line's
    value, ``order_line`` for an order line's value over all its bills, ``charges``
    for all charges together beside the bill's goods, ``document`` for the whole.
    ``rounding``: how far a line's net may be from quantity times price.
    """

    price: Limit = Limit()
    quantity: Limit = Limit()
    line: Limit = Limit()
    order_line: Limit = Limit()
    charges: Limit = Limit()
    document: Limit = Limit()
    rounding: Decimal = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Units:
    """``factors``: {unit: (category, how many of the category's reference unit)}."""

    factors: Mapping[str, tuple[str, Decimal]] = field(default_factory=dict)

    def ratio(self, unit: str, target: str) -> Decimal | None:
        """How many ``target`` one ``unit`` is; None where nobody knows."""
        if unit == target:
            return Decimal(1)
        one, other = self.factors.get(unit), self.factors.get(target)
        if one is None or other is None or one[0] != other[0]:
            return None
        return one[1] / other[1]
