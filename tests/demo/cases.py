"""What the demo invoices, and the tax each document must bear.

The taxes are figures from outside of this software: published examples, or worked out
by hand as the remark says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.support.group import Line

FULL_PRICE, HALF_CENT = 100.0, 163.75


@dataclass(frozen=True)
class Case:
    """One invoice. ``tax``: what it must bear, in its own currency.

    ``recorded``: whether the engine keeps a record of it, which must then agree.
    """

    title: str
    company: str
    customer: str
    lines: tuple[Line, ...]
    tax: Decimal
    values: dict[str, Any] = field(default_factory=dict)
    rounding: str = ""
    recorded: bool = True
    ship_to: str = ""


def _avatax(title: str, customer: str, tax: str, *lines: Line, **more: Any) -> Case:
    ship_to = more.pop("ship_to", "")
    return Case(title, "us", customer, lines, Decimal(tax), more, ship_to=ship_to)


def _table(title: str, customer: str, tax: str, *lines: Line, **more: Any) -> Case:
    rounding = more.pop("rounding", "")
    return Case(
        title, "de", customer, lines, Decimal(tax), more, rounding, recorded=False
    )


# Three small lines, one free of charge, one returned, one rebate.
MIXED = (
    *[Line("GOODS", 0.13)] * 3,
    Line("GOODS", 50.0, discount=100.0),
    Line("GOODS", 10.03, quantity=-1),
    Line("GOODS", 100.0),
    Line("SERVICE", -5.05),
)
GROSS = (Line("GROSS", 119.0), Line("GROSS", 10.0), *[Line("GROSS", 0.10)] * 3)

CASES = (
    # 1.09 + 0.25 + 0.18
    _avatax("Virginia, 3 jurisdictions", "virginia", "1.52", Line("GOODS", 25.40)),
    _avatax("New York, not registered", "new-york", "0", Line("GOODS", 25.40)),
    # 6.975
    _avatax("Half a cent at 7.75 %", "california", "6.98", Line("GOODS", 90.0)),
    # 11.46 + 3.68, though 9.25 % in one is 15.15
    _avatax("Engine differs from Odoo", "tennessee", "15.14", Line("GOODS", HALF_CENT)),
    # 0.13 + 0.22 + 0.05 over the document; equal lines bear different taxes
    _avatax(
        "Denver, 10 lines of 0.45", "colorado", "0.40", *[Line("GOODS", 0.45)] * 10
    ),
    # 1.52 + 6.00
    _avatax(
        "Same product, two prices",
        "virginia",
        "7.52",
        Line("GOODS", 25.40),
        Line("GOODS", FULL_PRICE),
    ),
    # 330 × 65 % × 5.6 %
    _avatax("Arizona, partial base", "arizona", "12.01", Line("MACHINE", 330.0)),
    # 8.81 on the goods
    _avatax(
        "Colorado, fee without a price",
        "colorado",
        "9.08",
        Line("GOODS", FULL_PRICE),
        Line("FEE", 0.0),
    ),
    # 6 % on the service only
    _avatax(
        "Certificate for goods only",
        "reseller",
        "6.00",
        Line("GOODS", FULL_PRICE),
        Line("SERVICE", FULL_PRICE),
    ),
    _avatax(
        "Certificate of another state",
        "reseller",
        "7.75",
        Line("GOODS", FULL_PRICE),
        ship_to="california",
    ),
    _avatax("Certificate has expired", "lapsed", "6.00", Line("GOODS", FULL_PRICE)),
    _avatax(
        "Certificate held on the day",
        "lapsed",
        "0",
        Line("GOODS", FULL_PRICE),
        date="2021-06-15",
    ),
    # 109 + 25 + 18
    _avatax("Yen", "virginia", "152", Line("GOODS", 2540.0), currency="JPY"),
    # 1.092 + 0.254 + 0.178
    _avatax("Dinars", "virginia", "1.524", Line("GOODS", 25.405), currency="KWD"),
    # 100.00 × 19 % and 20.00 × 7 %
    _table(
        "Germany, two rates",
        "german-consumer",
        "20.40",
        Line("GOODS", FULL_PRICE),
        Line("BOOK", 20.0),
    ),
    _table("France, consumer", "french-consumer", "20.00", Line("GOODS", FULL_PRICE)),
    _table("France, reverse charge", "french-business", "0", Line("GOODS", FULL_PRICE)),
    _table(
        "France, number unverified",
        "french-unverified",
        "20.00",
        Line("GOODS", FULL_PRICE),
    ),
    _table("Greece (EL), reverse charge", "greek-business", "0", Line("GOODS", 50.0)),
    _table(
        "N. Ireland (XI), reverse charge",
        "northern-irish-business",
        "0",
        Line("GOODS", 50.0),
    ),
    _table("Export", "swiss-business", "0", Line("GOODS", FULL_PRICE)),
    # Lines: 3 × 0.02 − 1.91 + 19.00 − 0.96. Document: 85.31 × 19 % = 16.2089
    _table(
        "Rebates, rounded by line",
        "german-consumer",
        "16.19",
        *MIXED,
        rounding="round_per_line",
    ),
    _table(
        "Rebates, rounded at the end",
        "german-consumer",
        "16.21",
        *MIXED,
        rounding="round_globally",
    ),
    # Lines: 19.00 + 1.60 + 3 × 0.02. Document: 129.30 × 19 ÷ 119 = 20.6445
    _table(
        "Price with tax, by line",
        "german-consumer",
        "20.66",
        *GROSS,
        rounding="round_per_line",
    ),
    _table(
        "Price with tax, at the end",
        "german-consumer",
        "20.64",
        *GROSS,
        rounding="round_globally",
    ),
    # 1000 × 19 % and 10.005 × 19 % = 1.90095
    _table(
        "Yen, Germany", "german-consumer", "190", Line("GOODS", 1000.0), currency="JPY"
    ),
    _table(
        "Dinars, Germany",
        "german-consumer",
        "1.901",
        Line("GOODS", 10.005),
        currency="KWD",
    ),
)
