"""Bills against orders and receipts: who is billed for what, and what deviates.

1. Lines find their order lines by reference, by the vendor's code, by barcode, or by
   name; vendor and currency have to agree. All lines are assigned at once.
2. Quantity and price are compared in the order line's unit. What exceeds its open
   quantity goes on to further lines of the same item at the same price.
3. What is left waits for goods that are still to come, or deviates.

The result does not depend on the order of the bill's lines or of the order book.
Source of the comparisons: the three-way matches described by SAP (quantity and price
variances, cumulative) and Oracle (percentages of price, quantity ordered, received).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal

from .assignment import assign
from .candidates import Candidate, OrderBook
from .order import ZERO, Limits, OrderLine, Question, QuestionLine, Units

PRICE = "price"
QUANTITY = "quantity"
LINE = "line_value"
ORDER_LINE = "order_line_value"
CHARGES = "charges"
DOCUMENT = "document"
ROUNDING = "rounding"
UNIT = "unit"
UNMATCHED = "unmatched"
FOREIGN = "foreign_order"
UNKNOWN = "unknown_order"
NOT_RECEIVED = "not_received"

HOLD = "hold"
WAIT = "wait"
WARN = "warn"


@dataclass(frozen=True, slots=True)
class Link:
    """``quantity`` in the order line's unit, ``value`` the share of the line's net."""

    line_ref: str
    order_line: str
    quantity: Decimal
    value: Decimal
    way: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """What differs: ``found`` where ``expected`` was agreed, in ``kind``'s measure.

    ``weight``: hold (a person decides), wait (goods will come), warn (in our favour).
    ``amount``: what is at stake in the bill's currency, never negative.
    """

    kind: str
    weight: str
    line_ref: str = ""
    order_line: str = ""
    expected: Decimal = ZERO
    found: Decimal = ZERO
    amount: Decimal = ZERO
    about: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """``excess``: {order line: value above the order granted here}, to be kept."""

    links: tuple[Link, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    excess: tuple[tuple[str, Decimal], ...] = ()

    @property
    def state(self) -> str:
        """``matched``, ``waiting`` (only goods are missing) or ``held``."""
        weights = {deviation.weight for deviation in self.deviations}
        if HOLD in weights:
            return "held"
        return "waiting" if WAIT in weights else "matched"


def match(question: Question, book: OrderBook, limits: Limits, units: Units) -> Match:
    """Match a whole bill."""
    return _Matching(question, book, limits, units).run()


class _Matching:
    def __init__(self, question, book: OrderBook, limits: Limits, units: Units):
        self.question, self.book = question, book
        self.limits, self.units = limits, units
        self.links: list[Link] = []
        self.deviations: list[Deviation] = []
        # What is left of an order line, in its unit, and what was granted above it.
        self.left: dict[str, Decimal] = {}
        self.excess: dict[str, Decimal] = defaultdict(Decimal)

    def run(self) -> Match:
        goods = [line for line in self.question.lines if not line.charge]
        # By content, so that the order in which they came decides nothing.
        goods.sort(key=_content)
        self._refs()
        candidates = [
            self.book.candidates(self.question, line, self.units) for line in goods
        ]
        chosen = self._assigned(candidates)
        for index, line in enumerate(goods):
            self._rounding(line)
            if index in chosen:
                continue
            other = self.book.has_other_unit(self.question, line, self.units)
            kind = UNIT if other and not candidates[index] else UNMATCHED
            self._deviate(kind, HOLD, line, amount=abs(line.net), about=line.unit)
        # Each line takes from its own order line before any takes from another's.
        taken = {
            index: self._take(goods[index], first, goods[index].quantity * first.ratio)
            for index, first in sorted(chosen.items())
        }
        for index, first in sorted(chosen.items()):
            self._line(goods[index], first, candidates[index], taken[index])
        self._charges(goods)
        self._document()
        return Match(
            tuple(sorted(self.links, key=_link_order)),
            tuple(sorted(self.deviations, key=_deviation_order)),
            tuple(sorted(self.excess.items())),
        )

    def _refs(self) -> None:
        for ref in self.book.foreign(self.question):
            self._deviate(FOREIGN, HOLD, about=ref)
        for ref in self.book.unknown(self.question):
            self._deviate(UNKNOWN, HOLD, about=ref)

    def _assigned(self, candidates) -> dict[int, Candidate]:
        """One order line for each line of the bill, the whole bill at once."""
        chosen = {}
        for rows in _components(candidates):
            if len(rows) == 1:
                # Nobody competes with it, as hardly ever anybody does.
                found = candidates[rows[0]].values()
                chosen[rows[0]] = min(found, key=_candidate_order)
                continue
            keys = sorted({key for row in rows for key in candidates[row]})
            place = {key: index for index, key in enumerate(keys)}
            costs = {
                (number, place[key]): candidate.cost
                for number, row in enumerate(rows)
                for key, candidate in candidates[row].items()
            }
            for number, column in assign(costs, len(rows)).items():
                row = rows[number]
                chosen[row] = candidates[row][keys[column]]
        # More lines than order lines: what is split over two lines of a bill shares.
        for row, others in enumerate(candidates):
            if row not in chosen and others:
                chosen[row] = min(others.values(), key=_candidate_order)
        return chosen

    def _available(self, line: OrderLine) -> Decimal:
        return line.creditable if self.question.credit else line.open

    def _line(self, line: QuestionLine, first: Candidate, candidates, taken) -> None:
        price = line.price / line.price_base / first.ratio
        self._compare_price(line, first.line, price)
        wanted = line.quantity * first.ratio
        for other in _alike(first, candidates):
            if taken >= wanted:
                break
            taken += self._take(line, other, wanted - taken)
        if taken < wanted:
            self._over(line, first, wanted, taken, price)
        value = wanted * first.line.price
        above = abs(line.net) - value
        if above > 0 and not self.limits.line.allows(value, above):
            self._deviate(
                LINE, HOLD, line, first.line, value, abs(line.net), amount=above
            )
        self._accumulate(line, first.line, above)

    def _take(self, line: QuestionLine, one: Candidate, wanted: Decimal) -> Decimal:
        left = self.left.setdefault(one.line.key, self._available(one.line))
        taken = min(left, wanted)
        if taken > 0:
            self.left[one.line.key] = left - taken
            self._link(line, one, taken)
        return max(taken, ZERO)

    def _link(self, line: QuestionLine, one: Candidate, quantity: Decimal) -> None:
        whole = line.quantity * one.ratio
        share = line.net * quantity / whole if whole else ZERO
        self.links.append(Link(line.ref, one.line.key, quantity, share, one.way))

    def _compare_price(self, line, one: OrderLine, price: Decimal) -> None:
        above = price - one.price
        if above < 0:
            self._deviate(PRICE, WARN, line, one, one.price, price)
        elif not self.limits.price.allows(one.price, above):
            amount = above * abs(line.quantity)
            self._deviate(PRICE, HOLD, line, one, one.price, price, amount=amount)

    def _over(self, line, first: Candidate, wanted, taken, price) -> None:
        """More is billed than is open: within the limits, to come, or too much."""
        one, over = first.line, wanted - taken
        granted = one.creditable if self.question.credit else one.open
        if not self.question.credit and self.limits.quantity.allows(granted, over):
            self._link(line, first, over)
            return
        weight = HOLD
        if not self.question.credit and one.to_come >= over:
            weight = WAIT
        kind = NOT_RECEIVED if weight == WAIT else QUANTITY
        self._deviate(kind, weight, line, one, taken, wanted, amount=over * price)

    def _accumulate(self, line: QuestionLine, one: OrderLine, above: Decimal) -> None:
        """What exceeds an order line's value counts over all of its bills."""
        if above <= 0 or self.question.credit:
            return
        self.excess[one.key] += above
        total = one.excess + self.excess[one.key]
        value = one.ordered * one.price
        if not self.limits.order_line.allows(value, total):
            self._deviate(
                ORDER_LINE, HOLD, line, one, value, value + total, amount=total
            )

    def _rounding(self, line: QuestionLine) -> None:
        expected = line.quantity * line.price / line.price_base
        off = abs(abs(line.net) - abs(expected))
        if off > self.limits.rounding:
            self._deviate(ROUNDING, HOLD, line, None, expected, line.net, amount=off)

    def _charges(self, goods) -> None:
        charges = [line for line in self.question.lines if line.charge]
        total = sum((line.net for line in charges), ZERO)
        beside = sum((line.net for line in goods), ZERO)
        if total > 0 and not self.limits.charges.allows(beside, total):
            self._deviate(CHARGES, HOLD, expected=ZERO, found=total, amount=total)

    def _document(self) -> None:
        """The sum of what every line was granted has a limit of its own."""
        total = sum(self.excess.values(), ZERO)
        nets = (line.net for line in self.question.lines if not line.charge)
        expected = sum(nets, ZERO) - total
        if total > 0 and not self.limits.document.allows(expected, total):
            self._deviate(
                DOCUMENT,
                HOLD,
                expected=expected,
                found=expected + total,
                amount=total,
            )

    def _deviate(
        self, kind, weight, line=None, one=None, expected=ZERO, found=ZERO, **more
    ) -> None:
        self.deviations.append(
            Deviation(
                kind,
                weight,
                line_ref=line.ref if line else "",
                order_line=one.key if one else "",
                expected=expected,
                found=found,
                **more,
            )
        )


def _components(candidates) -> list[list[int]]:
    """Lines that compete for the same order lines, directly or through others."""
    parent = list(range(len(candidates)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    first_with: dict[str, int] = {}
    for row, found in enumerate(candidates):
        for key in found:
            parent[root(row)] = root(first_with.setdefault(key, row))
    groups = defaultdict(list)
    for row, found in enumerate(candidates):
        if found:
            groups[root(row)].append(row)
    return list(groups.values())


def _alike(first: Candidate, candidates) -> list[Candidate]:
    """Other order lines of the same item at the same price, the surest first."""
    same = [
        one
        for one in candidates.values()
        if one.line.key != first.line.key
        and one.way == first.way
        and one.line.price * first.ratio == first.line.price * one.ratio
        and one.ratio == first.ratio
    ]
    return sorted(same, key=_candidate_order)


def _content(line: QuestionLine):
    anonymous = replace(line, ref="")
    return (repr(anonymous), line.ref)


def _candidate_order(candidate: Candidate):
    return (candidate.cost, candidate.line.key)


def _link_order(link: Link):
    return (link.line_ref, link.order_line, link.quantity)


def _deviation_order(deviation: Deviation):
    return (deviation.kind, deviation.line_ref, deviation.order_line, deviation.about)
