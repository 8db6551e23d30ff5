"""Fraud rules: each looks at one fact and gives points. Amounts are positive, in
company currency; times are local to the company."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Facts:
    """What is known of a payment. ``None``: not known, or there is none."""

    amount: Decimal
    at: datetime.datetime
    usual: tuple[Decimal, ...] = ()
    bank_age_days: int | None = None
    bank_confirmed: bool = True
    bank_country: str = ""
    partner_country: str = ""
    partner_age_days: int | None = None
    others_with_bank: int = 0
    paid_recently: tuple[Decimal, ...] = ()
    same_amount_recently: int = 0


@dataclass(frozen=True)
class Rule:
    """``days``, ``factor``, ``least`` (amount), ``multiple`` and hours as its kind
    needs them."""

    kind: str
    points: int
    days: int = 0
    factor: Decimal = Decimal(0)
    least: Decimal = Decimal(0)
    multiple: Decimal = Decimal(0)
    hour_from: int = 0
    hour_to: int = 0


LEAST_HISTORY = 3
_SATURDAY = 5


def _new_bank_account(rule: Rule, facts: Facts) -> bool:
    return facts.bank_age_days is not None and facts.bank_age_days <= rule.days


def _far_over_usual(rule: Rule, facts: Facts) -> bool:
    if len(facts.usual) < LEAST_HISTORY:
        return False
    return facts.amount > rule.factor * statistics.median(facts.usual)


def _unusual_time(rule: Rule, facts: Facts) -> bool:
    """At the weekend, or outside ``hour_from`` to ``hour_to``."""
    if facts.at.weekday() >= _SATURDAY:
        return True
    return not rule.hour_from <= facts.at.hour < rule.hour_to


def _round_amount(rule: Rule, facts: Facts) -> bool:
    return bool(rule.multiple) and facts.amount % rule.multiple == 0


def _new_partner(rule: Rule, facts: Facts) -> bool:
    return facts.partner_age_days is not None and facts.partner_age_days <= rule.days


def _foreign_bank(rule: Rule, facts: Facts) -> bool:
    known = facts.bank_country and facts.partner_country
    return bool(known) and facts.bank_country != facts.partner_country


def _shared_bank_account(rule: Rule, facts: Facts) -> bool:
    return facts.others_with_bank > 0


def _split_payment(rule: Rule, facts: Facts) -> bool:
    """Each below ``multiple``, together not: what a limit of approval would catch."""
    parts = [*facts.paid_recently, facts.amount]
    return (
        len(parts) > 1
        and all(part < rule.multiple for part in parts)
        and sum(parts) >= rule.multiple
    )


def _same_amount(rule: Rule, facts: Facts) -> bool:
    return facts.same_amount_recently > 0


KINDS = {
    "new_bank_account": _new_bank_account,
    "far_over_usual": _far_over_usual,
    "unusual_time": _unusual_time,
    "round_amount": _round_amount,
    "new_partner": _new_partner,
    "foreign_bank": _foreign_bank,
    "shared_bank_account": _shared_bank_account,
    "split_payment": _split_payment,
    "same_amount": _same_amount,
}


def points(rules: Iterable[Rule], facts: Facts) -> tuple[int, tuple[int, ...]]:
    """The sum of points, and the positions of the rules that gave them."""
    rules = list(rules)
    struck = tuple(
        position
        for position, rule in enumerate(rules)
        if facts.amount >= rule.least and KINDS[rule.kind](rule, facts)
    )
    return sum(rules[position].points for position in struck), struck
