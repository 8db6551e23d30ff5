"""Does a bill add up? EN 16931's business rules on amounts.

Source: EN 16931-1:2017, rules BR-CO-10 to BR-CO-17 and those of the VAT breakdown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from odoo.addons.finance_sync.core.money import quantize

from .bill import Bill

ZERO = Decimal(0)


@dataclass(frozen=True)
class Flaw:
    """``rule``: the standard's; ``given``: the bill says so; ``found``: it is so."""

    rule: str
    about: str
    given: Decimal
    found: Decimal


def flaws(bill: Bill, places: int, tolerance: Decimal = ZERO) -> tuple[Flaw, ...]:
    """Every rule that does not hold, by more than ``tolerance``.

    :param places: decimals of the bill's currency
    :param tolerance: for VAT by category alone, which some systems round by line
    """
    found = [*_totals(bill, places), *_taxes(bill, places, tolerance)]
    return tuple(found)


def _totals(bill: Bill, places: int) -> Iterable[Flaw]:
    lines = _sum(line.net for line in bill.lines)
    allowances = _sum(one.amount for one in bill.allowances)
    charges = _sum(one.amount for one in bill.charges)
    net = bill.lines_total - _or_zero(bill.allowances_total)
    net += _or_zero(bill.charges_total)
    rules = (
        ("BR-CO-10", "BT-106", bill.lines_total, lines),
        ("BR-CO-11", "BT-107", _or_zero(bill.allowances_total), allowances),
        ("BR-CO-12", "BT-108", _or_zero(bill.charges_total), charges),
        ("BR-CO-13", "BT-109", bill.net_total, net),
        ("BR-CO-14", "BT-110", bill.tax_total, _sum(one.tax for one in bill.taxes)),
        ("BR-CO-15", "BT-112", bill.total, bill.net_total + bill.tax_total),
        (
            "BR-CO-16",
            "BT-115",
            bill.payable,
            bill.total - _or_zero(bill.paid) + _or_zero(bill.rounding),
        ),
    )
    for rule, about, given, expected in rules:
        if given != quantize(expected, places):
            yield Flaw(rule, about, given, expected)


def _taxes(bill: Bill, places: int, tolerance: Decimal) -> Iterable[Flaw]:
    """Each category and rate is taxed once, on all that belongs to it."""
    bases: dict[tuple, Decimal] = defaultdict(Decimal)
    for sign, group, amount in (
        (1, bill.lines, "net"),
        (-1, bill.allowances, "amount"),
        (1, bill.charges, "amount"),
    ):
        for one in group:
            bases[_tax_key(one)] += sign * getattr(one, amount)
    for one in bill.taxes:
        key = _tax_key(one)
        about = f"BG-23 {key[0]} {key[1]} %"
        base = bases.pop(key, ZERO)
        if one.base != quantize(base, places):
            yield Flaw("BR-S-08", about, one.base, base)
        tax = quantize(one.base * key[1] / 100, places)
        if abs(one.tax - tax) > tolerance:
            yield Flaw("BR-CO-17", about, one.tax, tax)
    for key, base in sorted(bases.items()):
        yield Flaw("BR-CO-18", f"BG-23 {key[0]} {key[1]} %", ZERO, base)


def _tax_key(one) -> tuple[str, Decimal]:
    return (one.tax_category, _or_zero(one.tax_rate).normalize() + 0)


def _or_zero(value: Decimal | None) -> Decimal:
    return ZERO if value is None else value


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
