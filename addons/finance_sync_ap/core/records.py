"""Vendors, orders and receipts as other systems deliver them.

Like the bill: one table for each says what there is, and parser and JSON Schema are
both read from it. Decimals are strings, dates ISO 8601. There are no bank details: a
vendor's account comes with a bill or by hand, and is confirmed by telephone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from odoo.addons.finance_sync.core.errors import ContractError

from .bill import MOST_LINES, Bill, Group, Term, read_group, read_list, schema_object

VENDOR = (
    Term("code", "code", "code", "Vendor's code", True),
    Term("name", "name", "text", "Name", True),
    Term("vat", "vat", "code", "VAT number"),
    Term("street", "street", "text", "Street"),
    Term("street2", "street2", "text", "Street, second line"),
    Term("zip", "zip", "code", "Postal code"),
    Term("city", "city", "text", "City"),
    Term("country", "country", "code", "Country (ISO 3166-1, two letters)"),
    Term("email", "email", "text", "Email"),
    Term("phone", "phone", "code", "Telephone"),
)
ORDER = (
    Term("number", "number", "code", "Number, as vendors write it on bills", True),
    Term("date", "date", "date", "Order date", True),
    Term("currency", "currency", "currency", "Currency", True),
    Term("vendor_code", "vendor_code", "code", "Vendor's code"),
    Term("vendor_vat", "vendor_vat", "code", "Vendor's VAT number"),
)
ORDER_LINE = (
    Term("ref", "ref", "code", "Line number", True),
    Term("name", "name", "text", "Description", True),
    Term("quantity", "quantity", "decimal", "Quantity", True),
    Term("unit", "unit", "code", "Unit (UN/ECE Recommendation 20)", True),
    Term("price", "price", "decimal", "Net price of one unit", True),
    Term("item", "item", "code", "Item number, ours or the vendor's"),
    Term("barcode", "barcode", "code", "GTIN"),
    Term("expected", "expected", "date", "Expected on"),
)
RECEIPT = (
    Term("order", "order", "code", "Sender's id of the order", True),
    Term("date", "date", "date", "Received on"),
)
RECEIPT_LINE = (
    Term("ref", "ref", "code", "Line number of the order", True),
    Term("quantity", "quantity", "decimal", "Quantity; negative for a return", True),
)
_KINDS = {
    "vendor": (VENDOR, ()),
    "order": (ORDER, ORDER_LINE),
    "receipt": (RECEIPT, RECEIPT_LINE),
}


def vendor_from_dict(message: Any) -> Group:
    """:raises ContractError: ``bad_vendor``, naming what is missing or wrong"""
    return _as("vendor", lambda: Group(read_group(message, VENDOR, "")))


def order_from_dict(message: Any) -> Bill:
    """:raises ContractError: ``bad_order``, likewise; quantities are positive"""
    order = _as("order", lambda: _with_lines(message, ORDER, ORDER_LINE))
    for line in order.lines:
        if line.quantity < 0 or line.price < 0:
            raise ContractError(
                f"Line {line.ref} has a negative quantity or price.", code="bad_order"
            )
    if not (order.vendor_code or order.vendor_vat):
        raise ContractError("The order names no vendor.", code="bad_order")
    return order


def receipt_from_dict(message: Any) -> Bill:
    """:raises ContractError: ``bad_receipt``, likewise"""
    return _as("receipt", lambda: _with_lines(message, RECEIPT, RECEIPT_LINE))


def _as(kind: str, read: Callable):
    try:
        return read()
    except ContractError as error:
        raise ContractError(error.message, code=f"bad_{kind}") from error


def _with_lines(message: Any, head: tuple[Term, ...], line: tuple[Term, ...]) -> Bill:
    if not isinstance(message, dict):
        raise ContractError("The record is not an object.")
    terms = {key: value for key, value in message.items() if key != "lines"}
    lines = read_list(message.get("lines"), "lines", line)
    if not lines:
        raise ContractError("It has no lines.")
    if len({one.ref for one in lines}) != len(lines):
        raise ContractError("A line number is there twice.")
    return Bill(read_group(terms, head, ""), lines=lines)


def schema(kind: str) -> dict:
    """The contract of a vendor, an order or a receipt as JSON Schema."""
    head, line = _KINDS[kind]
    found = schema_object(head)
    if line:
        found["properties"]["lines"] = {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_LINES,
            "items": schema_object(line),
        }
        found["required"].append("lines")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:finance_sync:ap:{kind}:1",
        "title": kind.capitalize(),
        **found,
    }
