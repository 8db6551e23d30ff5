"""Invoices of Coupa's core API in terms of the contract.

Source: https://compass.coupa.com, Invoices API (/invoices)
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from . import platform, wire
from .terms import Line, bill_terms, measures

# What concerns a ledger; the others are still on their way there.
WANTED = ("approved", "voided")
_CHARGES = (
    ("shipping-amount", "Shipping"),
    ("handling-amount", "Handling"),
    ("misc-amount", "Miscellaneous"),
)
ZERO = Decimal(0)


def changed_at(invoice: Mapping):
    """:raises ContractError: no time"""
    return wire.moment(invoice.get("updated-at"), "invoice's updated-at")


def change(invoice) -> platform.Change:
    """:raises ContractError: no invoice, or one without id or time"""
    invoice = wire.as_object(invoice, "invoice")
    return platform.Change(
        external_id=wire.identifier(invoice.get("id")),
        version=wire.version_of(changed_at(invoice)),
        offered=invoice.get("exported") is not True,
        message=wire.readable(
            message, invoice, wire.name_of(invoice.get("account-type"), "name")
        ),
    )


def head(invoice) -> platform.Head:
    """:raises ContractError: no invoice, or one without id"""
    invoice = wire.as_object(invoice, "invoice")
    total = wire.amount(invoice.get("gross-total"), "gross total")
    return platform.Head(
        external_id=wire.identifier(invoice.get("id")),
        state=_state(invoice),
        number=wire.text(invoice.get("invoice-number")) or "",
        total=None if total is None else abs(total),
        paid=paid_total(invoice),
        currency=wire.name_of(invoice.get("currency"), "code") or "",
    )


def _state(invoice: Mapping) -> str:
    status = invoice.get("status")
    if status in ("voided", "abandoned"):
        return platform.VOIDED
    if status == "disputed":
        return platform.REFUSED
    if status != "approved":
        return platform.IN_WORK
    if invoice.get("paid") is True:
        return platform.PAID
    return platform.ACKNOWLEDGED if invoice.get("exported") is True else platform.NEW


def paid_total(invoice: Mapping) -> Decimal:
    """What its payments come to.

    :raises ContractError: an amount that is none
    """
    payments = wire.as_list(invoice.get("payments"), "payments")
    return sum(
        (
            wire.amount(
                wire.as_object(one, "payment").get("amount-paid"), "amount paid"
            )
            or ZERO
            for one in payments
        ),
        ZERO,
    )


def message(invoice: Mapping) -> dict:
    """What ``ap.invoice`` takes.

    :raises ContractError: an amount that is none
    """
    common = {"company": wire.name_of(invoice.get("account-type"), "name")}
    if invoice.get("status") == "voided":
        return {**common, "void": True, "reason": ""}
    supplier = invoice.get("supplier")
    gross = wire.amount(invoice.get("gross-total"), "gross total")
    # Credit notes come with negative amounts.
    sign = Decimal(-1) if gross is not None and gross < 0 else Decimal(1)
    lines = [*_lines(invoice, sign), *_charges(invoice, sign)]
    total = None if gross is None else gross * sign
    tax = _tax(invoice, lines, sign)
    registration = wire.name_of(invoice.get("supplier-tax-registration"), "number")
    terms = bill_terms(
        {
            "BT-1": wire.text(invoice.get("invoice-number")),
            "BT-2": wire.day(invoice.get("invoice-date")),
            "BT-3": "381" if _is_credit(invoice) else "380",
            "BT-5": wire.name_of(invoice.get("currency"), "code"),
            "BT-9": wire.day(invoice.get("net-due-date")),
            "BT-13": _one_order(lines),
            "BT-25": wire.text(invoice.get("original-invoice-number")),
            "BT-27": wire.name_of(supplier, "name"),
            "BT-31": registration or wire.name_of(supplier, "tax-id"),
            "BT-48": wire.name_of(invoice.get("buyer-tax-registration"), "number"),
            "BT-83": wire.text(invoice.get("payment-order-reference")),
        },
        lines,
        net=None if total is None else total - tax,
        tax=tax,
        total=total,
    )
    vendor = wire.name_of(supplier, "number")
    return wire.filled({**common, "vendor_code": vendor, "bill": terms})


def _is_credit(invoice: Mapping) -> bool:
    return invoice.get("document-type") == "Credit Note"


def _signed(value, what: str, sign: Decimal) -> Decimal | None:
    found = wire.amount(value, what)
    return None if found is None else found * sign


def _lines(invoice: Mapping, sign: Decimal) -> list[Line]:
    rows = wire.as_list(invoice.get("invoice-lines"), "invoice lines")
    header = wire.amount(invoice.get("tax-rate"), "tax rate")
    return [_line(wire.as_object(row, "line"), header, sign) for row in rows]


def _line(row: Mapping, header: Decimal | None, sign: Decimal) -> Line:
    # A line about an amount has no quantity.
    given = wire.amount(row.get("quantity"), "quantity")
    price = wire.amount(row.get("price"), "price")
    net = _signed(row.get("total"), "line's total", sign)
    if net is None:
        net = (price or ZERO) * (Decimal(1) if given is None else given) * sign
    quantity, price = measures(net, given, price)
    rate = wire.amount(row.get("tax-rate"), "line's tax rate")
    order_line = wire.text(row.get("order-line-num"))
    return Line(
        ref=wire.identifier(row.get("line-num"), "line's number"),
        name=wire.text(row.get("description")) or "",
        net=net,
        quantity=quantity,
        unit=wire.unit(wire.name_of(row.get("uom"), "code")),
        price=price,
        rate=header if rate is None else rate,
        tax=_signed(row.get("tax-amount"), "line's tax", sign),
        order=wire.text(row.get("po-number")),
        order_line=order_line or wire.text(row.get("order-line-id")),
        item=wire.text(row.get("source-part-num")),
        account=wire.name_of(row.get("account"), "code"),
    )


def _charges(invoice: Mapping, sign: Decimal) -> list[Line]:
    rate = wire.amount(invoice.get("tax-rate"), "tax rate")
    found = []
    for key, name in _CHARGES:
        value = _signed(invoice.get(key), name.lower(), sign)
        if value:
            found.append(Line(ref=name, name=name, net=value, rate=rate, charge=True))
    return found


def _tax(invoice: Mapping, lines: list[Line], sign: Decimal) -> Decimal:
    if invoice.get("line-level-taxation") is True:
        return sum((line.tax or ZERO for line in lines), ZERO)
    return _signed(invoice.get("tax-amount"), "tax amount", sign) or ZERO


def _one_order(lines: list[Line]) -> str | None:
    orders = {line.order for line in lines if line.order}
    return orders.pop() if len(orders) == 1 else None
