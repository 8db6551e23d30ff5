"""Which order lines a bill's line may be for, and how surely."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from .order import Order, OrderLine, Question, QuestionLine, Units

# How the two were brought together, the surest first.
BY_LINE = "order_line"
BY_VENDOR_ITEM = "vendor_item"
BY_BARCODE = "barcode"
BY_NAME = "name_and_price"
WAYS = (BY_LINE, BY_VENDOR_ITEM, BY_BARCODE, BY_NAME)

# Costs, exact integers: a surer way beats any price, a price beats any quantity.
_WAY = 10**12
_PRICE = 10**6
_WORST = 10**5
_WORDS = re.compile(r"\w+")


def simplified(text: str) -> str:
    """For comparing codes: NFKC, upper case, letters and digits alone."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).upper()))


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(sorted(set(_WORDS.findall(folded))))


@dataclass(frozen=True, slots=True)
class Candidate:
    """``ratio``: how many of the order line's units one of the bill's unit is."""

    line: OrderLine
    way: str
    ratio: Decimal
    cost: int


class _Asked(NamedTuple):
    """A bill's line in an order line's unit."""

    ratio: Decimal
    price: Decimal
    quantity: Decimal


# {way: {value: lines}}
_Index = dict[str, dict[str, list[OrderLine]]]


class OrderBook:
    """The open orders of many vendors, to be asked about many bills.

    Lines are indexed when they are first asked for: those of an order that a bill
    names, or all of its vendor's.
    """

    def __init__(self, orders: Iterable[Order]):
        self._orders: dict[str, list[Order]] = defaultdict(list)
        self._of_vendor: dict[tuple, list[Order]] = defaultdict(list)
        self._indexes: dict[tuple, _Index] = {}
        for order in orders:
            self._orders[simplified(order.ref)].append(order)
            self._of_vendor[(order.vendor, order.currency)].append(order)

    def foreign(self, question: Question) -> tuple[str, ...]:
        """Orders that the bill names and that are another vendor's or currency's."""
        named = {line.order_ref for line in question.lines} | set(question.order_refs)
        return tuple(
            ref
            for ref in sorted(filter(None, named))
            if (orders := self._orders.get(simplified(ref)))
            and not any(_fits(order, question) for order in orders)
        )

    def unknown(self, question: Question) -> tuple[str, ...]:
        """Orders that the bill names and that nobody knows, or that are closed."""
        named = {line.order_ref for line in question.lines} | set(question.order_refs)
        return tuple(
            ref
            for ref in sorted(filter(None, named))
            if simplified(ref) not in self._orders
        )

    def candidates(
        self, question: Question, line: QuestionLine, units: Units
    ) -> dict[str, Candidate]:
        """{order line's key: the surest and closest candidate}."""
        found: dict[str, Candidate] = {}
        # By unit, as most order lines of an item have the same one.
        asked: dict[str, _Asked | None] = {}
        for way, one in self._look_up(question, line):
            if one.key in found:
                continue
            if one.unit not in asked:
                asked[one.unit] = _in_unit(line, units.ratio(line.unit, one.unit))
            mine = asked[one.unit]
            if mine is not None:
                found[one.key] = Candidate(one, way, mine.ratio, _cost(way, mine, one))
        return found

    def has_other_unit(self, question: Question, line: QuestionLine, units: Units):
        """Is there an order line whose unit cannot be compared with the bill's?"""
        found = self._look_up(question, line)
        return any(units.ratio(line.unit, one.unit) is None for _way, one in found)

    def _look_up(
        self, question: Question, line: QuestionLine
    ) -> Iterator[tuple[str, OrderLine]]:
        named = (line.order_ref,) if line.order_ref else question.order_refs
        values = list(_values(line))
        if named:
            indexes = [self._of_order(question, simplified(ref)) for ref in named]
            if line.order_line_ref:
                values.insert(0, (BY_LINE, line.order_line_ref))
        else:
            indexes = [self._of_all(question)]
        for way, value in values:
            for index in indexes:
                for one in index[way].get(value, ()):
                    yield way, one

    def _of_order(self, question: Question, ref: str) -> _Index:
        key = (question.vendor, question.currency, ref)
        if key not in self._indexes:
            orders = self._orders.get(ref, ())
            mine = [order for order in orders if _fits(order, question)]
            self._indexes[key] = _indexed(mine)
        return self._indexes[key]

    def _of_all(self, question: Question) -> _Index:
        key = (question.vendor, question.currency)
        if key not in self._indexes:
            self._indexes[key] = _indexed(self._of_vendor.get(key, ()))
        return self._indexes[key]


def _indexed(orders: Iterable[Order]) -> _Index:
    """The lines of these orders by what they are found by."""
    found: _Index = {way: defaultdict(list) for way in WAYS}
    # The same items are ordered again and again.
    known: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for order in orders:
        for line in order.lines:
            if line.line_ref:
                found[BY_LINE][line.line_ref].append(line)
            item = (line.vendor_item, line.barcode, line.name)
            if item not in known:
                known[item] = list(_values(line))
            for way, value in known[item]:
                found[way][value].append(line)
    return found


def _values(line: OrderLine | QuestionLine) -> Iterator[tuple[str, str]]:
    for way, value in (
        (BY_VENDOR_ITEM, simplified(line.vendor_item)),
        (BY_BARCODE, simplified(line.barcode)),
        (BY_NAME, _words(line.name)),
    ):
        if value:
            yield way, value


def _fits(order: Order, question: Question) -> bool:
    return order.vendor == question.vendor and order.currency == question.currency


def _in_unit(line: QuestionLine, ratio: Decimal | None) -> _Asked | None:
    if ratio is None:
        return None
    return _Asked(ratio, line.price / line.price_base / ratio, line.quantity * ratio)


def _cost(way: str, mine: _Asked, one: OrderLine) -> int:
    off = _off(mine.price, one.price) * _PRICE + _off(mine.quantity, one.open)
    return WAYS.index(way) * _WAY + off


def _off(found: Decimal, expected: Decimal) -> int:
    """The deviation in thousandths of a percent, bounded."""
    if not expected:
        return 0 if not found else _WORST
    return min(int(abs(found - expected) / abs(expected) * _WORST), _WORST)
