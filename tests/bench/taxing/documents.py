"""The invoices that every side makes, and what their tax is. Standard library only."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

CUSTOMERS = 20
PRODUCTS = 10
LINES = 3
# Indiana levies a state tax only: one tax line a document, as an ordinary tax makes.
STATE, RATE = "IN", Decimal("0.07")
_CENT = Decimal("0.01")
_PRICES = tuple(Decimal(cents) / 100 for cents in range(1005, 90000, 2247))
_QUANTITIES = (1, 2, 3, 5)


class Line(NamedTuple):
    product: int
    price: Decimal
    quantity: int

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


class Document(NamedTuple):
    customer: int
    lines: tuple[Line, ...]


def documents(count: int, seed: int) -> list[Document]:
    """``count`` invoices of three lines; the same ones for the same seed."""
    chance = random.Random(seed)
    return [
        Document(
            chance.randrange(CUSTOMERS),
            tuple(
                Line(
                    chance.randrange(PRODUCTS),
                    chance.choice(_PRICES),
                    chance.choice(_QUANTITIES),
                )
                for _ in range(LINES)
            ),
        )
        for _ in range(count)
    ]


def engine_tax(amount: Decimal) -> Decimal:
    """What the simulated engine takes on a line: a cent more than the rate gives.

    So no line's tax is what Odoo would compute, and all of them have to be forced.
    """
    return (amount * RATE).quantize(_CENT, ROUND_HALF_UP) + _CENT


def engine_total(made: list[Document]) -> Decimal:
    return sum(
        (engine_tax(line.amount) for document in made for line in document.lines),
        Decimal(0),
    )


def engine_case() -> dict[str, Any]:
    """The case that makes the simulator's AvaTax answer with :func:`engine_tax`."""
    amounts = sorted({price * count for price in _PRICES for count in _QUANTITIES})
    return {
        "name": "A cent more than the rate gives",
        "region": STATE,
        "lines": [
            {
                "amount": str(amount),
                "details": [
                    {
                        "type": "STA",
                        "code": "18",
                        "name": "INDIANA",
                        "tax_name": "IN STATE TAX",
                        "rate": str(RATE),
                        "tax": str(engine_tax(amount)),
                    }
                ],
            }
            for amount in amounts
        ],
    }
