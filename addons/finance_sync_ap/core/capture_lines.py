"""The text of a PDF → the lines of a bill, by a pattern of its vendor, with how sure.

As with the other fields (``capture.py``): each search ends in time, and what is found
is a proposal that a person confirms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from odoo.addons.finance_sync.core.money import quantize

from .bill import LONGEST
from .capture import (
    AMBIGUOUS,
    DOUBTED,
    PROVEN,
    SURE,
    Template,
    find_all,
    less_sure,
    named_groups,
    number_of,
)

# Named groups that a pattern of lines may have.
PARTS = ("name", "item", "quantity", "price", "amount", "rate")
MOST_LINES = 200
# Amounts that are worked out have as many decimals as most currencies.
PLACES = 2
_NEAR = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """``amount``: for all of it, before VAT. ``price``: of one; None where only the
    amount is said. ``rate``: in percent; None: that of the bill. ``unit``: a code of
    UN/ECE Recommendation 20.
    """

    name: str
    quantity: Decimal
    amount: Decimal
    price: Decimal | None = None
    item: str = ""
    rate: Decimal | None = None
    unit: str = "C62"
    confidence: float = 0.0


def check_lines(pattern: str) -> None:
    """:raises ValueError: it is no pattern, or its groups make no line"""
    named = named_groups(pattern)
    for group in named:
        if group not in PARTS:
            raise ValueError(f"(?P<{group}>…) is not known")
    if "name" not in named:
        raise ValueError("(?P<name>…) is missing")
    if "amount" not in named and not {"quantity", "price"} <= named.keys():
        raise ValueError("(?P<amount>…) is missing, or quantity and price")


def capture_lines(
    template: Template, text: str, totals: Mapping[str, str], *, scanned: bool = False
) -> tuple[Line, ...]:
    """The lines in the order of the text; those without an amount are left out.

    Proven: all lines add up to the total before VAT. Sure: quantity times price is the
    amount, which was read as well. Ambiguous: there is nothing to compare. Doubted:
    quantity times price is something else.

    :param totals: BT-109 as it was found, if it was
    :param scanned: the text was recognised in a picture
    """
    if not template.lines:
        return ()
    found = []
    for match in find_all(template.lines, text, MOST_LINES):
        line = _line(match.groupdict(), template)
        if line:
            found.append(line)
    total = totals.get("BT-109")
    complete = bool(found) and total is not None and _sum(found) == Decimal(total)
    return tuple(_weighed(line, complete, scanned) for line in found)


def _line(parts: Mapping[str, str | None], template: Template) -> Line | None:
    """With the confidence that its own arithmetic gives it."""
    quantity, price, amount, rate = (
        number_of(parts.get(name) or "", template.decimal)
        for name in ("quantity", "price", "amount", "rate")
    )
    sure = AMBIGUOUS
    if amount is None:
        if quantity is None or price is None:
            return None
        amount = quantize(quantity * price, PLACES)
    elif quantity is not None and price is not None:
        sure = SURE if abs(quantity * price - amount) <= _NEAR else DOUBTED
    return Line(
        name=_words(parts.get("name"), LONGEST["text"]),
        quantity=Decimal(1) if quantity is None else quantity,
        amount=amount,
        price=price,
        item=_words(parts.get("item"), LONGEST["code"]),
        rate=rate,
        unit=template.unit,
        confidence=sure,
    )


def _weighed(line: Line, complete: bool, scanned: bool) -> Line:
    sure = line.confidence
    if complete and sure != DOUBTED:
        sure = PROVEN
    return replace(line, confidence=less_sure(sure) if scanned else sure)


def _sum(lines: Sequence[Line]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))


def _words(text: str | None, longest: int) -> str:
    return " ".join((text or "").split())[:longest].strip()
