"""Which order lines a bill's line may be for, and how surely."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

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
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(character for character in folded if character.isalnum())


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(sorted(set(_WORDS.findall(folded))))


@dataclass(frozen=True)
class Candidate:
    """``ratio``: how many of the order line's units one of the bill's unit is."""

    line: OrderLine
    way: str
    ratio: Decimal
    cost: int


class OrderBook:
    """The open orders of many vendors, to be asked about many bills."""

    def __init__(self, orders: Iterable[Order]):
        self._orders: dict[str, list[Order]] = defaultdict(list)
        self._index: dict[tuple, list[OrderLine]] = defaultdict(list)
        for order in orders:
            self._add(order)

    def _add(self, order: Order) -> None:
        ref = simplified(order.ref)
        self._orders[ref].append(order)
        scope = (order.vendor, order.currency)
        for line in order.lines:
            if line.line_ref:
                self._index[(*scope, BY_LINE, ref, line.line_ref)].append(line)
            for way, value in _values(line):
                self._index[(*scope, way, value)].append(line)
                self._index[(*scope, way, value, ref)].append(line)

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
        for way, one in self._look_up(question, line):
            if one.key in found:
                continue
            ratio = units.ratio(line.unit, one.unit)
            if ratio is None:
                continue
            found[one.key] = Candidate(one, way, ratio, _cost(way, line, one, ratio))
        return found

    def has_other_unit(self, question: Question, line: QuestionLine, units: Units):
        """Is there an order line whose unit cannot be compared with the bill's?"""
        found = self._look_up(question, line)
        return any(units.ratio(line.unit, one.unit) is None for _way, one in found)

    def _look_up(
        self, question: Question, line: QuestionLine
    ) -> Iterator[tuple[str, OrderLine]]:
        scope = (question.vendor, question.currency)
        named = (line.order_ref,) if line.order_ref else question.order_refs
        refs = [simplified(ref) for ref in named]
        if line.order_line_ref:
            for ref in refs:
                key = (*scope, BY_LINE, ref, line.order_line_ref)
                yield from ((BY_LINE, one) for one in self._index.get(key, ()))
        for way, value in _values(line):
            keys = [(*scope, way, value, ref) for ref in refs] or [(*scope, way, value)]
            for key in keys:
                yield from ((way, one) for one in self._index.get(key, ()))


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


def _cost(way: str, line: QuestionLine, one: OrderLine, ratio: Decimal) -> int:
    price = line.price / line.price_base / ratio
    off = _off(price, one.price) * _PRICE + _off(line.quantity * ratio, one.open)
    return WAYS.index(way) * _WAY + off


def _off(found: Decimal, expected: Decimal) -> int:
    """The deviation in thousandths of a percent, bounded."""
    if not expected:
        return 0 if not found else _WORST
    return min(int(abs(found - expected) / abs(expected) * _WORST), _WORST)
