"""Exact money. Everything here is ``Decimal``; floats stop at the door."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction

from .errors import ContractError

# Room for any ledger amount and any rate; stops numbers such as 1e999999999, which
# are short to send and fill the memory when they are written out.
LARGEST_EXPONENT = 40
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_LONGEST = 100
_EXACT = Context(prec=200, rounding=ROUND_HALF_UP)


def to_decimal(value, what: str = "amount") -> Decimal:
    """A finite Decimal from Decimal, int, str, or float (as Python prints it).

    :raises ContractError: not a number, not finite, or out of any sensible range
    """
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, str, float)):
        raise ContractError(f"The {what} is not a number.", code="not_a_number")
    if isinstance(value, (str, float)):
        text = value.strip() if isinstance(value, str) else repr(value)
        if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
            raise ContractError(
                f"The {what} is not a finite number.", code="not_a_number"
            )
        value = text
    number = value if isinstance(value, Decimal) else _parsed(value)
    if not number.is_finite():
        raise ContractError(f"The {what} is not a finite number.", code="not_a_number")
    if not is_reasonable(number):
        raise ContractError(f"The {what} is out of range.", code="out_of_range")
    return number


def _parsed(value: int | str) -> Decimal:
    if isinstance(value, int) and value.bit_length() > 8 * _LONGEST:
        return Decimal(f"1e{LARGEST_EXPONENT + 1}")
    return Decimal(value)


def is_reasonable(number: Decimal) -> bool:
    """True if writing the number out takes no more than a line."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        return False
    return exponent >= -_LONGEST and number.adjusted() <= LARGEST_EXPONENT


def quantize(amount: Decimal, places: int) -> Decimal:
    """Rounded half up (away from zero) to ``places`` decimals; zero has no sign.

    Half up is what tax engines and authorities use; Python's default, half even,
    is not.
    """
    with localcontext(_EXACT):
        rounded = amount.quantize(Decimal(1).scaleb(-places))
    return rounded if rounded else abs(rounded)


def allocate(
    total: Decimal, weights: Sequence[Decimal], places: int
) -> tuple[Decimal, ...]:
    """Split ``total`` by weight; the parts sum to it exactly.

    Largest remainders get the spare units, the first line on a tie. Opposite totals
    give opposite parts, so that a refund mirrors its sale. Weights that sum to zero
    count by their size; all zero, equally.

    :raises ValueError: no weights, or a total with more decimals than ``places``
    """
    if not weights:
        raise ValueError("There is nothing to allocate to.")
    units = Fraction(total) * 10**places
    if units.denominator != 1:
        raise ValueError(f"The total has more than {places} decimals.")
    sign = -1 if units < 0 else 1
    parts = _split(abs(units.numerator), _shares(weights))
    with localcontext(_EXACT):
        return tuple(Decimal(sign * part).scaleb(-places) + 0 for part in parts)


def _shares(weights: Sequence[Decimal]) -> list[Fraction]:
    exact = [Fraction(weight) for weight in weights]
    if not sum(exact):
        exact = [abs(weight) for weight in exact]
    if not sum(exact):
        exact = [Fraction(1)] * len(exact)
    whole = sum(exact)
    return [weight / whole for weight in exact]


def _split(units: int, shares: list[Fraction]) -> list[int]:
    exact = [units * share for share in shares]
    parts = [part.numerator // part.denominator for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[: units - sum(parts)]:
        parts[index] += 1
    return parts
