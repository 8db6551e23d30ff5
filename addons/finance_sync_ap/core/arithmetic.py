"""Does a bill add up? EN 16931's business rules on amounts.

Source: EN 16931-1:2017, rules BR-CO-10 to BR-CO-17 and those of the VAT breakdown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
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


def flaws(bill: Bill, places: int) -> tuple[Flaw, ...]:
    """Every rule that does not hold.

    VAT of a category may have been rounded by line, as many ledgers do.

    :param places: decimals of the bill's currency
    """
    return (*_totals(bill, places), *_taxes(bill, places))


def rounding_by_line(amounts: int, places: int) -> Decimal:
    """By how much VAT differs at most, rounded on each amount instead of once.

    :param amounts: how many there are of its rate; one cannot differ
    :param places: decimals of the currency
    """
    return Decimal(amounts) * Decimal(1).scaleb(-places) / 2


def tax_by_rate(bill: Bill) -> dict[Decimal, tuple[Decimal, int]]:
    """{rate in percent: (VAT as billed, on how many amounts)}.

    Rates that several categories have are left out: nobody knows whose VAT it is.
    """
    rates = Counter(_tax_key(one)[1] for one in bill.taxes)
    amounts = Counter(
        _tax_key(one)[1] for one in (*bill.lines, *bill.allowances, *bill.charges)
    )
    return {
        rate: (one.tax, amounts[rate])
        for one in bill.taxes
        if rates[rate := _tax_key(one)[1]] == 1
    }


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


def _taxes(bill: Bill, places: int) -> Iterable[Flaw]:
    """Each category and rate is taxed once, on all that belongs to it."""
    bases: dict[tuple, Decimal] = defaultdict(Decimal)
    amounts: Counter[tuple] = Counter()
    for sign, group, amount in (
        (1, bill.lines, "net"),
        (-1, bill.allowances, "amount"),
        (1, bill.charges, "amount"),
    ):
        for one in group:
            bases[_tax_key(one)] += sign * getattr(one, amount)
            amounts[_tax_key(one)] += 1
    for one in bill.taxes:
        key = _tax_key(one)
        about = f"BG-23 {key[0]} {key[1]} %"
        base = bases.pop(key, ZERO)
        if one.base != quantize(base, places):
            yield Flaw("BR-S-08", about, one.base, base)
        tax = quantize(one.base * key[1] / 100, places)
        if abs(one.tax - tax) > rounding_by_line(amounts[key], places):
            yield Flaw("BR-CO-17", about, one.tax, tax)
    for key, base in sorted(bases.items()):
        yield Flaw("BR-CO-18", f"BG-23 {key[0]} {key[1]} %", ZERO, base)


def _tax_key(one) -> tuple[str, Decimal]:
    return (one.tax_category, _or_zero(one.tax_rate).normalize() + 0)


def _or_zero(value: Decimal | None) -> Decimal:
    return ZERO if value is None else value


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
