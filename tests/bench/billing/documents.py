"""Vendors, orders, and the bills for them as files. Standard library only.

Order number *n* and the bill for it are the same whoever makes them: everything follows
from the number.
"""

from __future__ import annotations

import datetime
import random
from decimal import Decimal
from typing import NamedTuple

LINES = 5
ITEMS = 40
# Of a vendor: so far apart that none looks like another one again.
ORDERS_EACH, DAYS_APART = 20, 15
RATE = 20
# A fifth of any amount is a whole number of cents, so however an accounting rounds its
# taxes, the total is the file's.
_PRICES = tuple(Decimal(cents) / 100 for cents in range(1005, 90000, 2245))
_QUANTITIES = (1, 2, 3, 5)
_FIRST_DAY = datetime.date(2025, 1, 2)
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


class Line(NamedTuple):
    item: int
    price: Decimal
    quantity: int

    @property
    def net(self) -> Decimal:
        return self.price * self.quantity


class Order(NamedTuple):
    number: int
    lines: tuple[Line, ...]

    @property
    def vendor(self) -> int:
        return self.number // ORDERS_EACH

    @property
    def name(self) -> str:
        return f"BENCH-{self.number:06d}"

    @property
    def date(self) -> datetime.date:
        days = DAYS_APART * (self.number % ORDERS_EACH)
        return _FIRST_DAY + datetime.timedelta(days=days)

    @property
    def net(self) -> Decimal:
        return sum((line.net for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return self.net * RATE / 100


def orders(first: int, count: int) -> list[Order]:
    return [_order(number) for number in range(first, first + count)]


def _order(number: int) -> Order:
    chance = random.Random(number)
    items = chance.sample(range(ITEMS), LINES)
    return Order(
        number,
        tuple(
            Line(item, chance.choice(_PRICES), chance.choice(_QUANTITIES))
            for item in items
        ),
    )


def vendors(count: int) -> int:
    """How many vendors ``count`` orders have."""
    return -(-count // ORDERS_EACH)


def vat_number(vendor: int) -> str:
    """A German one with its check digit (ISO 7064, MOD 11,10)."""
    digits = f"{10_000_000 + vendor * 137}"
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return f"DE{digits}{(11 - product) % 10}"


def vendor_name(vendor: int) -> str:
    """Unlike every other one, as names of vendors are."""
    chance = random.Random(f"vendor {vendor}")
    letters = "".join(chance.choices("abcdefghijklmnoprstuvw", k=12))
    return f"{letters.capitalize()} {vendor}"


def item_code(item: int) -> str:
    return f"BENCH-{item:03d}"


def bill_number(order: Order) -> str:
    return f"R{order.vendor}-{order.number}"


def ubl(order: Order) -> bytes:
    """The bill for an order as its vendor sends it: Peppol BIS Billing 3.0."""
    seller = _party("Supplier", vendor_name(order.vendor), vat_number(order.vendor))
    lines = "".join(_line(number, line) for number, line in enumerate(order.lines, 1))
    net, tax, total = order.net, order.tax, order.net + order.tax
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Invoice xmlns="{_UBL}Invoice-2"'
        f' xmlns:cac="{_UBL}CommonAggregateComponents-2"'
        f' xmlns:cbc="{_UBL}CommonBasicComponents-2">'
        "<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#"
        "urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>"
        "<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>"
        f"<cbc:ID>{bill_number(order)}</cbc:ID>"
        f"<cbc:IssueDate>{order.date}</cbc:IssueDate>"
        f"<cbc:DueDate>{order.date + datetime.timedelta(days=30)}</cbc:DueDate>"
        "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>"
        "<cbc:DocumentCurrencyCode>USD</cbc:DocumentCurrencyCode>"
        f"<cac:OrderReference><cbc:ID>{order.name}</cbc:ID></cac:OrderReference>"
        f"{seller}{_party('Customer', 'Bench Inc.', None)}"
        f"<cac:TaxTotal>{_money('TaxAmount', tax)}<cac:TaxSubtotal>"
        f"{_money('TaxableAmount', net)}{_money('TaxAmount', tax)}"
        f"{_category('TaxCategory')}</cac:TaxSubtotal></cac:TaxTotal>"
        f"<cac:LegalMonetaryTotal>{_money('LineExtensionAmount', net)}"
        f"{_money('TaxExclusiveAmount', net)}{_money('TaxInclusiveAmount', total)}"
        f"{_money('PayableAmount', total)}</cac:LegalMonetaryTotal>"
        f"{lines}</Invoice>"
    ).encode()


def _party(role: str, name: str, vat: str | None) -> str:
    scheme = (
        f"<cac:PartyTaxScheme><cbc:CompanyID>{vat}</cbc:CompanyID><cac:TaxScheme>"
        "<cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
        if vat
        else ""
    )
    return (
        f"<cac:Accounting{role}Party><cac:Party>"
        f"<cac:PartyName><cbc:Name>{name}</cbc:Name></cac:PartyName>{scheme}"
        "<cac:PartyLegalEntity>"
        f"<cbc:RegistrationName>{name}</cbc:RegistrationName>"
        f"</cac:PartyLegalEntity></cac:Party></cac:Accounting{role}Party>"
    )


def _line(number: int, line: Line) -> str:
    return (
        f"<cac:InvoiceLine><cbc:ID>{number}</cbc:ID>"
        f'<cbc:InvoicedQuantity unitCode="C62">{line.quantity}</cbc:InvoicedQuantity>'
        f"{_money('LineExtensionAmount', line.net)}"
        f"<cac:Item><cbc:Name>Item {line.item}</cbc:Name>"
        "<cac:SellersItemIdentification>"
        f"<cbc:ID>{item_code(line.item)}</cbc:ID></cac:SellersItemIdentification>"
        f"{_category('ClassifiedTaxCategory')}</cac:Item>"
        f"<cac:Price>{_money('PriceAmount', line.price)}</cac:Price>"
        "</cac:InvoiceLine>"
    )


def _category(name: str) -> str:
    return (
        f"<cac:{name}><cbc:ID>S</cbc:ID><cbc:Percent>{RATE}</cbc:Percent>"
        f"<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:{name}>"
    )


def _money(name: str, amount: Decimal) -> str:
    return f'<cbc:{name} currencyID="USD">{amount:.2f}</cbc:{name}>'
