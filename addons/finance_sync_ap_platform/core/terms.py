"""Bills of platforms in EN 16931's terms: lines, charges, VAT groups and totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from . import wire

ZERO = Decimal(0)


@dataclass(frozen=True)
class Line:
    """One line, amounts with the bill's sign taken off. ``charge``: freight and such.

    ``tax`` is None where the platform gives VAT for the whole bill only.
    """

    ref: str
    name: str
    net: Decimal
    quantity: Decimal = Decimal(1)
    unit: str = "C62"
    price: Decimal | None = None
    rate: Decimal | None = None
    tax: Decimal | None = None
    order: str | None = None
    order_line: str | None = None
    item: str | None = None
    account: str | None = None
    charge: bool = False

    def terms(self) -> dict:
        price = self.price
        if price is None:
            price = self.net / self.quantity if self.quantity else self.net
        return wire.filled(
            {
                "BT-126": self.ref,
                "BT-129": wire.number(self.quantity),
                "BT-130": self.unit,
                "BT-131": wire.number(self.net),
                "BT-132": self.order_line,
                "BT-133": self.account,
                "BT-146": wire.number(price),
                "BT-151": wire.category(self.rate),
                "BT-152": wire.number(self.rate or ZERO),
                "BT-153": self.name or self.item or self.ref,
                "BT-155": self.item,
                "po_ref": self.order,
            }
        )

    def charge_terms(self) -> dict:
        return {
            "BT-99": wire.number(self.net),
            "BT-102": wire.category(self.rate),
            "BT-103": wire.number(self.rate or ZERO),
            "BT-104": self.name,
        }


def measures(
    net: Decimal, quantity: Decimal | None, price: Decimal | None
) -> tuple[Decimal, Decimal | None]:
    """(quantity, price) whose product has the sign of ``net``; prices are positive.

    Platforms disagree on which of the two is negative on a credit note or a discount.
    """
    size = abs(quantity) if quantity else Decimal(1)
    return size.copy_sign(net), None if price is None else abs(price)


def bill_terms(
    head: Mapping,
    lines: Iterable[Line],
    *,
    net: Decimal | None,
    tax: Decimal | None,
    total: Decimal | None,
) -> dict:
    """``head`` with the groups, and the totals as the platform gives them.

    What the platform says wrongly stays wrong: the bill is held with the rule.
    """
    lines = tuple(lines)
    goods = [line for line in lines if not line.charge]
    charges = [line for line in lines if line.charge]
    goods_total = sum((line.net for line in goods), ZERO)
    charges_total = sum((line.net for line in charges), ZERO)
    return wire.filled(
        {
            **head,
            "BT-106": wire.number(goods_total),
            "BT-108": wire.number(charges_total) if charges else None,
            "BT-109": _number(net),
            "BT-110": _number(tax),
            "BT-112": _number(total),
            "BT-115": _number(total),
            "BG-21": [line.charge_terms() for line in charges],
            "BG-23": _vat(lines, tax),
            "BG-25": [line.terms() for line in goods],
        }
    )


def _number(value: Decimal | None) -> str | None:
    return None if value is None else wire.number(value)


def _vat(lines: tuple[Line, ...], whole: Decimal | None) -> list[dict]:
    """A group for each rate; the whole VAT where all lines have the same one."""
    bases: dict[Decimal, Decimal] = {}
    taxes: dict[Decimal, Decimal] = {}
    for line in lines:
        rate = line.rate or ZERO
        bases[rate] = bases.get(rate, ZERO) + line.net
        taxes[rate] = taxes.get(rate, ZERO) + (line.tax or ZERO)
    if len(bases) == 1 and whole is not None:
        taxes = dict.fromkeys(bases, whole)
    return [
        {
            "BT-116": wire.number(base),
            "BT-117": wire.number(taxes[rate]),
            "BT-118": wire.category(rate),
            "BT-119": wire.number(rate),
        }
        for rate, base in sorted(bases.items())
    ]
