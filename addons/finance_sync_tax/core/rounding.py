"""Spread a rounded sum over its parts."""

from collections.abc import Sequence
from decimal import Decimal

from odoo.addons.finance_sync.core.money import quantize


def spread(parts: Sequence[Decimal], places: int) -> list[Decimal]:
    """Round ``parts`` so that they add up to their rounded sum.

    Each part is rounded by itself; what is then too much or too little goes, one
    unit of the currency each, to the parts that rounding moved furthest the other
    way, the first of equals. So no part ends a unit or more from its exact value,
    and none changes its sign, which a share of a total by weights cannot promise
    where sales and returns are mixed.
    """
    rounded = [quantize(part, places) for part in parts]
    unit = Decimal(1).scaleb(-places)
    missing = quantize(sum(parts, Decimal(0)), places) - sum(rounded, Decimal(0))
    step = unit if missing > 0 else -unit
    moved = sorted(range(len(parts)), key=lambda i: (rounded[i] - parts[i]) * step)
    for index in moved[: int(abs(missing / unit))]:
        rounded[index] += step
    return rounded
