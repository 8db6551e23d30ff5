"""Accounting documents of Basware's P2P API in terms of the contract, and back.

Source: https://developer.basware.com/api/p2p/manual (version 1 of the resources)
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from . import platform, wire
from .terms import Line, bill_terms, measures

# Offered to us, and for what.
OFFERED = {
    "WaitingForPrebook": platform.PREBOOK,
    "WaitingForTransfer": platform.TRANSFER,
    "WaitingToBeRemoved": "",
}
STATES = {
    "WaitingForPrebook": platform.NEW,
    "WaitingForTransfer": platform.NEW,
    "PrebookInProgress": platform.ACKNOWLEDGED,
    "TransferInProgress": platform.ACKNOWLEDGED,
    "Prebooked": platform.PREBOOKED,
    "Transferred": platform.TRANSFERRED,
    "Completed": platform.TRANSFERRED,
    "Paid": platform.PAID,
    "PrebookFailed": platform.REFUSED,
    "TransferFailed": platform.REFUSED,
    "WaitingToBeRemoved": platform.VOIDED,
    "Removed": platform.VOIDED,
    "Returned": platform.VOIDED,
}
_LONGEST_REASON = 200


def change(document) -> platform.Change:
    """:raises ContractError: no document, or one without id or time"""
    document = wire.as_object(document, "invoice")
    status = wire.text(document.get("processingStatus")) or ""
    changed = wire.moment(document.get("lastUpdated"), "invoice's lastUpdated")
    return platform.Change(
        external_id=wire.identifier(document.get("invoiceId")),
        version=wire.version_of(changed),
        offered=status in OFFERED,
        stage=OFFERED.get(status, ""),
        message=wire.readable(
            message, document, wire.text(document.get("companyCode"))
        ),
    )


def head(document) -> platform.Head:
    """:raises ContractError: no document, or one without id"""
    document = wire.as_object(document, "invoice")
    total = wire.amount(document.get("grossSum"), "gross sum")
    paid = [
        (
            wire.text(one.get("paymentDate")) or "",
            wire.amount(one.get("paidTotal"), "paid total"),
        )
        for one in wire.as_list(document.get("paymentResponses"), "payments")
        if isinstance(one, Mapping) and one.get("success") is True
    ]
    status = wire.text(document.get("processingStatus")) or ""
    return platform.Head(
        external_id=wire.identifier(document.get("invoiceId")),
        state=STATES.get(status, platform.IN_WORK),
        number=wire.text(document.get("invoiceNumber")) or "",
        total=None if total is None else abs(total),
        # The newest is the last: they are kept in the order in which they came.
        paid=paid[-1][1] if paid else Decimal(0),
        currency=wire.text(document.get("currencyCode")) or "",
    )


def message(document: Mapping) -> dict:
    """What ``ap.invoice`` takes.

    A supplier has no VAT number here but the code that our vendor list gave it.

    :raises ContractError: an amount that is none
    """
    common = {"company": wire.text(document.get("companyCode"))}
    if document.get("processingStatus") in ("WaitingToBeRemoved", "Removed"):
        reason = wire.text(document.get("removalReasonComment"))
        why = reason or wire.text(document.get("removalReason")) or ""
        return {**common, "void": True, "reason": why[:_LONGEST_REASON]}
    total = wire.amount(document.get("grossSum"), "gross sum")
    # Credit notes come with negative sums.
    sign = Decimal(-1) if total is not None and total < 0 else Decimal(1)
    orders = [
        order
        for order in map(
            wire.text, wire.as_list(document.get("orderNumbers"), "order numbers")
        )
        if order
    ]
    terms = bill_terms(
        {
            "BT-1": wire.text(document.get("invoiceNumber")),
            "BT-2": wire.day(document.get("invoiceDate")),
            "BT-3": "381" if sign < 0 else "380",
            "BT-5": wire.text(document.get("currencyCode")),
            "BT-9": wire.day(document.get("dueDate")),
            "BT-13": orders[0] if len(set(orders)) == 1 else None,
            "BT-27": wire.text(document.get("supplierName")),
            "BT-83": wire.text(document.get("referenceNumber")),
            "BT-84": wire.text(document.get("supplierBankIBAN")),
        },
        _lines(document, sign),
        net=_signed(document.get("netSum"), "net sum", sign),
        tax=_signed(document.get("taxSum1"), "tax sum", sign),
        total=None if total is None else total * sign,
    )
    vendor = wire.text(document.get("supplierCode"))
    return wire.filled({**common, "vendor_code": vendor, "bill": terms})


def _signed(value, what: str, sign: Decimal) -> Decimal | None:
    found = wire.amount(value, what)
    return None if found is None else found * sign


def _lines(document: Mapping, sign: Decimal) -> list[Line]:
    """The invoice's own lines where they are sent, else how it was coded."""
    rows = wire.as_list(document.get("invoiceLines"), "invoice lines")
    if rows:
        return [_line(wire.as_object(row, "line"), sign) for row in rows]
    rows = wire.as_list(document.get("codingRows"), "coding rows")
    return [_coding(wire.as_object(row, "coding row"), sign) for row in rows]


def _line(row: Mapping, sign: Decimal) -> Line:
    net = _signed(row.get("netSum"), "line's net sum", sign) or Decimal(0)
    quantity, price = measures(
        net,
        wire.amount(row.get("quantity"), "quantity"),
        wire.amount(row.get("netPrice"), "net price"),
    )
    return Line(
        ref=wire.identifier(row.get("rowIndex"), "line's number"),
        name=wire.text(row.get("productName")) or "",
        net=net,
        quantity=quantity,
        unit=wire.unit(row.get("quantityUnit")),
        price=price,
        rate=wire.amount(row.get("taxPercent"), "tax percent"),
        tax=_signed(row.get("taxSum"), "line's tax sum", sign),
        order=wire.text(row.get("orderNumber")),
        order_line=wire.text(row.get("orderRowNumber")),
        item=wire.text(row.get("productCode")),
        charge=row.get("additionalCost") is True,
    )


def _coding(row: Mapping, sign: Decimal) -> Line:
    net = _signed(row.get("netTotal"), "coding row's net", sign) or Decimal(0)
    matched = wire.amount(row.get("matchedQuantity"), "matched quantity")
    quantity, _price = measures(net, matched, None)
    return Line(
        ref=wire.identifier(row.get("rowIndex"), "coding row's number"),
        name=wire.text(row.get("orderLineDescription"))
        or wire.text(row.get("productName"))
        or wire.text(row.get("accountName"))
        or "",
        net=net,
        quantity=quantity,
        unit=wire.unit(row.get("orderLineUOM")),
        rate=wire.amount(row.get("taxPercent"), "tax percent"),
        tax=_signed(row.get("taxSum"), "coding row's tax", sign),
        order=wire.text(row.get("orderNumber")),
        order_line=wire.text(row.get("orderLineNumber")),
        item=wire.text(row.get("productCode")),
        account=wire.text(row.get("accountCode")),
    )
