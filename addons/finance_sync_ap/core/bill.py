"""The bill as every source delivers it: EN 16931's business terms, as JSON.

Keys are the terms' own numbers (``BT-1``), groups are lists under theirs (``BG-25``).
Decimals are strings, dates ISO 8601. One table per group says what there is; parser and
JSON Schema are both read from it.

Source: EN 16931-1:2017, the semantic model of the core elements of an invoice.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import to_decimal

INVOICE = "380"
CREDIT_NOTE = "381"
MOST_LINES = 5000
LONGEST = {"code": 64, "text": 1024}
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Term:
    """``kind``: code, text, date, decimal or currency. ``name``: the attribute."""

    key: str
    name: str
    kind: str
    title: str
    required: bool = False


HEAD = (
    Term("BT-1", "number", "code", "Invoice number", True),
    Term("BT-2", "date", "date", "Issue date", True),
    Term("BT-3", "type", "code", "Type code", True),
    Term("BT-5", "currency", "currency", "Currency", True),
    Term("BT-9", "due", "date", "Due date"),
    Term("BT-10", "buyer_reference", "code", "Buyer reference"),
    Term("BT-13", "order_ref", "code", "Purchase order reference"),
    Term("BT-15", "receipt_ref", "code", "Receiving advice reference"),
    Term("BT-16", "despatch_ref", "code", "Despatch advice reference"),
    Term("BT-19", "account_ref", "code", "Buyer accounting reference"),
    Term("BT-25", "preceding_ref", "code", "Preceding invoice reference"),
    Term("BT-27", "seller_name", "text", "Seller name"),
    Term("BT-31", "seller_vat", "code", "Seller VAT identifier"),
    Term("BT-44", "buyer_name", "text", "Buyer name"),
    Term("BT-48", "buyer_vat", "code", "Buyer VAT identifier"),
    Term("BT-59", "payee_name", "text", "Payee name"),
    Term("BT-83", "remittance", "text", "Remittance information"),
    Term("BT-84", "iban", "code", "Payment account identifier"),
    Term("BT-106", "lines_total", "decimal", "Sum of line net amounts", True),
    Term("BT-107", "allowances_total", "decimal", "Sum of document allowances"),
    Term("BT-108", "charges_total", "decimal", "Sum of document charges"),
    Term("BT-109", "net_total", "decimal", "Total without VAT", True),
    Term("BT-110", "tax_total", "decimal", "Total VAT", True),
    Term("BT-112", "total", "decimal", "Total with VAT", True),
    Term("BT-113", "paid", "decimal", "Paid amount"),
    Term("BT-114", "rounding", "decimal", "Rounding amount"),
    Term("BT-115", "payable", "decimal", "Amount due for payment", True),
)
LINE = (
    Term("BT-126", "ref", "code", "Line identifier", True),
    Term("BT-129", "quantity", "decimal", "Invoiced quantity", True),
    Term("BT-130", "unit", "code", "Unit of measure", True),
    Term("BT-131", "net", "decimal", "Line net amount", True),
    Term("BT-132", "order_line_ref", "code", "Order line reference"),
    Term("BT-133", "account_ref", "code", "Buyer accounting reference"),
    # The standard lists each of them; what counts here is their sum.
    Term("BT-136", "allowance", "decimal", "Line allowances, in total"),
    Term("BT-141", "charge", "decimal", "Line charges, in total"),
    Term("BT-146", "price", "decimal", "Item net price", True),
    Term("BT-149", "price_base", "decimal", "Item price base quantity"),
    Term("BT-151", "tax_category", "code", "VAT category", True),
    Term("BT-152", "tax_rate", "decimal", "VAT rate, in percent"),
    Term("BT-153", "name", "text", "Item name", True),
    Term("BT-155", "vendor_item", "code", "Seller's item identifier"),
    Term("BT-157", "barcode", "code", "Item standard identifier"),
    # The core has one order for a whole invoice; bills of several need an extension.
    Term("po_ref", "order_ref", "code", "Purchase order of this line"),
)
ADJUSTMENT = (
    Term("BT-92", "amount", "decimal", "Amount", True),
    Term("BT-95", "tax_category", "code", "VAT category", True),
    Term("BT-96", "tax_rate", "decimal", "VAT rate, in percent"),
    Term("BT-97", "reason", "text", "Reason"),
)
CHARGE = (
    Term("BT-99", "amount", "decimal", "Amount", True),
    Term("BT-102", "tax_category", "code", "VAT category", True),
    Term("BT-103", "tax_rate", "decimal", "VAT rate, in percent"),
    Term("BT-104", "reason", "text", "Reason"),
)
TAX = (
    Term("BT-116", "base", "decimal", "Taxable amount", True),
    Term("BT-117", "tax", "decimal", "VAT amount", True),
    Term("BT-118", "tax_category", "code", "VAT category", True),
    Term("BT-119", "tax_rate", "decimal", "VAT rate, in percent"),
)
GROUPS = {
    "BG-20": ("allowances", ADJUSTMENT),
    "BG-21": ("charges", CHARGE),
    "BG-23": ("taxes", TAX),
    "BG-25": ("lines", LINE),
}


@dataclass(frozen=True)
class Group:
    """One line, allowance, charge or VAT subtotal: its terms by name."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str):
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class Bill(Group):
    """A whole bill; terms that were not given are None, groups empty."""

    lines: tuple[Group, ...] = ()
    allowances: tuple[Group, ...] = ()
    charges: tuple[Group, ...] = ()
    taxes: tuple[Group, ...] = ()

    @property
    def credit(self) -> bool:
        return self.type == CREDIT_NOTE


def bill_from_dict(message: Any) -> Bill:
    """:raises ContractError: naming the first term that is missing or wrong"""
    if not isinstance(message, Mapping):
        raise ContractError("The bill is not an object.", code="bad_bill")
    head = {key: value for key, value in message.items() if key not in GROUPS}
    groups = {
        name: read_list(message.get(key), key, terms)
        for key, (name, terms) in GROUPS.items()
    }
    bill = Bill(read_group(head, HEAD, ""), **groups)
    if bill.type not in (INVOICE, CREDIT_NOTE):
        raise ContractError(f"BT-3 is {bill.type}, not 380 or 381.", code="bad_bill")
    if not bill.lines:
        raise ContractError("The bill has no lines (BG-25).", code="bad_bill")
    refs = [line.ref for line in bill.lines]
    if len(set(refs)) != len(refs):
        raise ContractError(
            "A line identifier (BT-126) is there twice.", code="bad_bill"
        )
    return bill


def charged_price(line: Group) -> Decimal:
    """The price that a line is charged at: with its own allowances and charges.

    For the base quantity, as BT-146. An order has one price; what a vendor writes as
    a price and a discount is compared with it as what it comes to.
    """
    extra = (line.charge or 0) - (line.allowance or 0)
    if not extra or not line.quantity:
        return line.price
    return line.price + extra * (line.price_base or 1) / line.quantity


def read_list(items: Any, key: str, terms: tuple[Term, ...]) -> tuple[Group, ...]:
    """The items of a group, empty where there is none.

    :raises ContractError: naming the item and its first wrong term
    """
    if items is None:
        return ()
    if not isinstance(items, list):
        raise ContractError(f"{key} is not a list.", code="bad_bill")
    if len(items) > MOST_LINES:
        raise ContractError(f"{key} has more than {MOST_LINES} items.", code="too_long")
    return tuple(
        Group(read_group(item, terms, f" of {key}, item {number}"))
        for number, item in enumerate(items, 1)
    )


def read_group(item: Any, terms: tuple[Term, ...], where: str) -> dict:
    """{name of the term: its value or None}

    :raises ContractError: a term is missing, wrong or not known
    """
    if not isinstance(item, Mapping):
        raise ContractError(f"The item{where} is not an object.", code="bad_bill")
    known = {term.key for term in terms}
    if unknown := sorted(str(key) for key in item if key not in known):
        raise ContractError(f"{unknown[0][:40]}{where} is not known.", code="bad_bill")
    return {term.name: _value(item.get(term.key), term, where) for term in terms}


def _value(value: Any, term: Term, where: str) -> Any:
    what = f"{term.title} ({term.key}){where}"
    if value is None or value == "":
        if term.required:
            raise ContractError(f"{what} is missing.", code="bad_bill")
        return None
    if term.kind == "decimal":
        # A JSON number is a float to others: what counts in money comes as a string.
        if not isinstance(value, (str, Decimal)):
            raise ContractError(f"{what} is not a decimal string.", code="bad_bill")
        return to_decimal(value, what)
    if not isinstance(value, str):
        raise ContractError(f"{what} is not a text.", code="bad_bill")
    return _TEXTS[term.kind](value.strip(), what)


def _text(value: str, what: str, longest: int) -> str:
    if len(value) > longest:
        raise ContractError(f"{what} is longer than {longest}.", code="bad_bill")
    return value


def _date(value: str, what: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise ContractError(f"{what} is not an ISO date.", code="bad_bill") from None


def _currency(value: str, what: str) -> str:
    if not _CURRENCY.fullmatch(value):
        raise ContractError(f"{what} is not an ISO 4217 code.", code="bad_bill")
    return value


_TEXTS = {
    "code": lambda value, what: _text(value, what, LONGEST["code"]),
    "text": lambda value, what: _text(value, what, LONGEST["text"]),
    "date": _date,
    "currency": _currency,
}
_SCHEMAS = {
    "code": {"type": "string", "maxLength": LONGEST["code"]},
    "text": {"type": "string", "maxLength": LONGEST["text"]},
    "date": {"type": "string", "format": "date"},
    "currency": {"type": "string", "pattern": f"^{_CURRENCY.pattern}$"},
    "decimal": {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]+)?$"},
}


def schema() -> dict:
    """The contract as JSON Schema."""
    head = schema_object(HEAD)
    for key, (_name, terms) in GROUPS.items():
        head["properties"][key] = {
            "type": "array",
            "maxItems": MOST_LINES,
            "items": schema_object(terms),
        }
    head["properties"]["BG-25"]["minItems"] = 1
    head["required"].append("BG-25")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:finance_sync:ap:bill:1",
        "title": "Bill",
        **head,
    }


def schema_object(terms: tuple[Term, ...]) -> dict:
    """What :func:`read_group` takes, as JSON Schema."""
    return {
        "type": "object",
        "properties": {
            term.key: {"title": term.title, **_SCHEMAS[term.kind]} for term in terms
        },
        "required": [term.key for term in terms if term.required],
        "additionalProperties": False,
    }
