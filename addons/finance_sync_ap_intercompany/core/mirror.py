"""An invoice of one of our companies → the bill that the other one receives.

The seller's side alone: what is on the invoice. Accounts, taxes and analytics are the
buyer's own business and not part of it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.addons.finance_sync.core.money import quantize
from odoo.addons.finance_sync_ap.core.bill import CREDIT_NOTE, INVOICE, LONGEST

ZERO = Decimal(0)
HUNDRED = Decimal(100)
# Prices are written this exact: times the quantity they are the line's net again.
PRICE_PLACES = 8
RATE_PLACES = 4


@dataclass(frozen=True)
class Line:
    """``net``: without tax, in the invoice's currency, as are ``tax`` and the totals.

    ``rate``: the sum of the line's taxes in percent; None where they are not percents.
    ``unit``: UN/ECE Recommendation 20.
    """

    ref: str
    name: str
    quantity: Decimal
    unit: str
    net: Decimal
    tax: Decimal
    rate: Decimal | None = ZERO
    item: str = ""
    barcode: str = ""


@dataclass(frozen=True)
class Invoice:
    """As it was posted. Amounts are positive on a credit note as on an invoice."""

    number: str
    date: datetime.date
    credit: bool
    currency: str
    places: int
    seller: str
    buyer: str
    net: Decimal
    tax: Decimal
    total: Decimal
    lines: tuple[Line, ...]
    seller_vat: str = ""
    buyer_vat: str = ""
    due: datetime.date | None = None
    order_ref: str = ""
    preceding: str = ""
    remittance: str = ""
    account: str = ""


def bill_of(invoice: Invoice) -> dict:
    """The contract's JSON (EN 16931's terms). What does not add up stays so: the
    buyer's checks say where.
    """
    amount = _amounts(invoice.places)
    head = {
        "BT-1": invoice.number,
        "BT-2": invoice.date.isoformat(),
        "BT-3": CREDIT_NOTE if invoice.credit else INVOICE,
        "BT-5": invoice.currency,
        "BT-9": invoice.due.isoformat() if invoice.due else "",
        "BT-13": invoice.order_ref,
        "BT-25": invoice.preceding,
        "BT-27": _text(invoice.seller),
        "BT-31": invoice.seller_vat,
        "BT-44": _text(invoice.buyer),
        "BT-48": invoice.buyer_vat,
        "BT-83": _text(invoice.remittance),
        "BT-84": invoice.account,
        "BT-106": amount(sum((line.net for line in invoice.lines), ZERO)),
        "BT-109": amount(invoice.net),
        "BT-110": amount(invoice.tax),
        "BT-112": amount(invoice.total),
        "BT-115": amount(invoice.total),
    }
    return {
        **{key: value for key, value in head.items() if value},
        "BG-23": [
            {
                "BT-116": amount(base),
                "BT-117": amount(tax),
                "BT-118": _category(rate),
                "BT-119": plain_number(rate),
            }
            for rate, base, tax in subtotals(invoice.lines)
        ],
        "BG-25": [_line(line, amount) for line in invoice.lines],
    }


def subtotals(lines: Iterable[Line]) -> list[tuple[Decimal, Decimal, Decimal]]:
    """[(rate, base, tax)], each rate once, the lowest first."""
    found: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for line in lines:
        rate = rate_of(line)
        base, tax = found.get(rate, (ZERO, ZERO))
        found[rate] = (base + line.net, tax + line.tax)
    return [(rate, *found[rate]) for rate in sorted(found)]


def rate_of(line: Line) -> Decimal:
    """The rate that the line was taxed at: what its taxes say, if it comes to that.

    Taxes that are no percents, or that net to nothing, have the rate they come to.
    """
    if line.rate is not None:
        expected = line.net * line.rate / HUNDRED
        # A cent and a half: rounded by line, or over the whole invoice.
        if abs(expected - line.tax) <= Decimal("0.015"):
            return line.rate.normalize() + 0
    if not line.net:
        return ZERO
    return quantize(line.tax * HUNDRED / line.net, RATE_PLACES).normalize() + 0


def _line(line: Line, amount) -> dict:
    rate = rate_of(line)
    price = quantize(line.net / line.quantity, PRICE_PLACES) if line.quantity else ZERO
    terms = {
        "BT-126": line.ref,
        "BT-129": plain_number(line.quantity),
        "BT-130": line.unit,
        "BT-131": amount(line.net),
        "BT-146": plain_number(price),
        "BT-151": _category(rate),
        "BT-152": plain_number(rate),
        "BT-153": _text(line.name) or "-",
        "BT-155": line.item[: LONGEST["code"]],
        "BT-157": line.barcode[: LONGEST["code"]],
    }
    return {key: value for key, value in terms.items() if value}


def _category(rate: Decimal) -> str:
    return "S" if rate else "Z"


def _text(text: str) -> str:
    return " ".join(text.split())[: LONGEST["text"]]


def _amounts(places: int):
    return lambda number: f"{quantize(number, places):.{places}f}"
