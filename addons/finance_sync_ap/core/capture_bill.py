"""What a person has confirmed beside a PDF → the contract's JSON of the bill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import quantize, to_decimal

from .bill import INVOICE, Bill, Term
from .capture import CAPTURED, NEEDED, RATE, TERMS, Rate
from .capture_lines import Line

ZERO = Decimal(0)


@dataclass(frozen=True)
class Gap:
    """Of one VAT rate: what its lines come to, and what is taxed at it."""

    rate: Decimal
    lines: Decimal
    base: Decimal


def bill_from_terms(
    values: Mapping[str, str],
    name: str,
    rates: Sequence[Rate] = (),
    lines: Sequence[Line] = (),
    *,
    places: int = 2,
) -> dict:
    """The contract's JSON of a bill, with its lines, else with one for each rate.

    Whether lines, rates and totals add up is for ``line_gaps`` and the contract's
    checks.

    :param values: by term, those of ``CAPTURED``
    :param name: what lines are called that have no name
    :param rates: its VAT table; without one there is one rate, said or worked out
    :param places: decimals of a rate that is worked out
    :raises ContractError: a total is no number, a rate is there twice, or a line's is
        not said
    """
    head = {key: text.strip() for key, text in values.items() if text.strip()}
    for term in CAPTURED:
        if term.key in NEEDED and term.key not in head:
            raise ContractError(
                f"{term.title} ({term.key}) is missing.", code="bad_bill"
            )
    net, tax = (_number(head, key) for key in ("BT-109", "BT-110"))
    rate = head.pop(RATE, None)
    if not rates:
        if rate is None:
            rate = plain_number(quantize(tax * 100 / net, places)) if net else "0"
        rates = (Rate(to_decimal(rate, "rate"), net, tax),)
    _check_once(rates)
    return {
        **head,
        "BT-3": head.get("BT-3", INVOICE),
        "BT-106": head["BT-109"],
        "BT-115": head["BT-112"],
        "BG-23": [
            {
                "BT-116": plain_number(row.base),
                "BT-117": plain_number(row.tax),
                "BT-118": _category(row.rate),
                "BT-119": plain_number(row.rate),
            }
            for row in rates
        ],
        "BG-25": _lines(lines, rates, name) if lines else _of_rates(rates, name),
    }


def line_gaps(bill: Bill) -> tuple[Gap, ...]:
    """Rates whose lines come to something else than what is taxed, lowest first."""
    sums: dict[Decimal, list[Decimal]] = {}
    for line in bill.lines:
        sums.setdefault(line.tax_rate or ZERO, [ZERO, ZERO])[0] += line.net
    for row in bill.taxes:
        sums.setdefault(row.tax_rate or ZERO, [ZERO, ZERO])[1] += row.base
    gaps = (Gap(rate, lines, base) for rate, (lines, base) in sorted(sums.items()))
    return tuple(gap for gap in gaps if gap.lines != gap.base)


def _of_rates(rates: Sequence[Rate], name: str) -> list[dict]:
    """Only totals are known: a line for each rate."""
    several = len(rates) > 1
    lines = [
        Line(
            name=f"{name} ({plain_number(row.rate)} %)" if several else name,
            quantity=Decimal(1),
            amount=row.base,
            price=row.base,
            rate=row.rate,
        )
        for row in rates
    ]
    return _lines(lines, rates, name)


def _lines(lines: Sequence[Line], rates: Sequence[Rate], name: str) -> list[dict]:
    known = {row.rate for row in rates}
    return [
        _line(number, line, _rate_of(number, line, known), name)
        for number, line in enumerate(lines, 1)
    ]


def _line(number: int, line: Line, rate: Decimal, name: str) -> dict:
    item = {"BT-155": line.item} if line.item else {}
    return {
        "BT-126": str(number),
        **_priced(line),
        "BT-130": line.unit,
        "BT-131": plain_number(line.amount),
        "BT-151": _category(rate),
        "BT-152": plain_number(rate),
        "BT-153": line.name or name,
        **item,
    }


def _priced(line: Line) -> dict:
    """Quantity and price; a price is never negative, as the standard has it (BR-27)."""
    quantity, price, base = line.quantity, line.price, {}
    if price is None and quantity:
        # Rounded to one unit, it would not come to the amount any more.
        price = line.amount if quantity > 0 else -line.amount
        base = {"BT-149": plain_number(abs(quantity))}
    elif price is None:
        quantity, price = Decimal(1), line.amount
    if price < 0:
        quantity, price = -quantity, -price
    return {"BT-129": plain_number(quantity), "BT-146": plain_number(price), **base}


def _rate_of(number: int, line: Line, known: set[Decimal]) -> Decimal:
    """Its own; where none is said, the bill's: none at all, or the only one."""
    if line.rate is not None:
        return line.rate
    if ZERO in known:
        return ZERO
    if len(known) == 1:
        return next(iter(known))
    raise ContractError(
        f"Line {number} has no VAT rate, and the bill has several.", code="bad_bill"
    )


def _category(rate: Decimal) -> str:
    return "S" if rate else "Z"


def _check_once(rates: Sequence[Rate]) -> None:
    seen = set()
    for row in rates:
        if row.rate in seen:
            raise ContractError(
                f"The rate {plain_number(row.rate)} % is there twice.", code="bad_bill"
            )
        seen.add(row.rate)


def _number(head: Mapping[str, str], key: str) -> Decimal:
    term: Term = TERMS[key]
    return to_decimal(head[key], f"{term.title} ({key})")
