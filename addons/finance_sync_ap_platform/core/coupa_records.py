"""Orders, receipts and suppliers of Coupa's core API in terms of the contract.

Source: https://compass.coupa.com, Purchase Orders API (/purchase_orders), Receiving
Transactions API (/receiving_transactions), Suppliers API (/suppliers)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from . import platform, wire

# Orders that the vendor has, or had.
_ORDERED = frozenset({"issued", "soft_closed", "closed", "cancelled"})
_RECEIVED = frozenset({"created", "voided"})
_SUPPLIES = frozenset({"active", "inactive"})
_CANCELLED = "cancelled"
# What a transaction does to the quantity that was received. Those that void another
# one are left out: the other's own status says it.
_SIGNS = {
    "InventoryReceipt": 1,
    "ReceivingQuantityConsumption": 1,
    "ReceivingAmountConsumption": 1,
    "ReceivingQuantityReturnToSupplier": -1,
    "ReceivingAmountReturnToSupplier": -1,
}
# Whether the vendor is paid for what was thrown away is a person's to say.
_DISPOSED = frozenset({"ReceivingQuantityDisposal", "ReceivingAmountDisposal"})
_PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class Reader:
    """``is_wanted`` and ``message`` take a record and the company's code there."""

    path: str
    is_wanted: Callable[[Mapping, str], bool]
    company: Callable[[Mapping, str], str | None]
    message: Callable[[Mapping], dict]


def change(kind: str, record: Mapping, company: str) -> platform.Change:
    """:raises ContractError: one without id or time"""
    reader = READERS[kind]
    number = wire.identifier(record.get("id"), "record's id")
    changed = wire.moment(record.get("updated-at"), "record's updated-at")
    owner = reader.company(record, company)

    def message(one: Mapping) -> dict:
        return wire.filled({"company": owner, **reader.message(one)})

    return platform.Change(
        external_id=_name(kind, number, company),
        version=wire.version_of(changed),
        message=wire.readable(message, record, owner),
    )


def number_of(external_id: str) -> str:
    """Coupa's own number in an ``external_id`` of :func:`change`."""
    return external_id.rpartition(":")[2]


def _name(kind: str, number: str, company: str) -> str:
    """Suppliers belong to no company over there: each of ours has them as its own."""
    return f"{company}:{number}" if kind == platform.VENDOR and company else number


# -- Companies: charts of accounts


def _chart(row: Mapping) -> str | None:
    account = row.get("account")
    inner = account.get("account-type") if isinstance(account, Mapping) else None
    return wire.name_of(row.get("account-type"), "name") or wire.name_of(inner, "name")


def _charts(order: Mapping) -> list[str]:
    """Those that the order's lines are booked on, in order."""
    rows = _objects(order.get("order-lines"))
    split = [one for row in rows for one in _objects(row.get("account-allocations"))]
    return sorted({chart for chart in map(_chart, [*rows, *split]) if chart})


def _objects(value) -> list[Mapping]:
    """What there is to ask for a company; what is wrong is told by the message."""
    found = value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, Mapping)]


def _order_company(order: Mapping, _company: str) -> str | None:
    return next(iter(_charts(order)), None)


def _receipt_company(receipt: Mapping, _company: str) -> str | None:
    line = receipt.get("order-line")
    return _chart(receipt) or (_chart(line) if isinstance(line, Mapping) else None)


def _is_of(found: str | None, company: str) -> bool:
    """What names no company goes to whom the connection's routing says."""
    return not company or found in (None, company)


# -- Orders


def _is_order_wanted(order: Mapping, company: str) -> bool:
    return wire.text(order.get("status")) in _ORDERED and _is_of(
        _order_company(order, company), company
    )


def _order(order: Mapping) -> dict:
    if order.get("status") == _CANCELLED:
        return {"void": True}
    if len(_charts(order)) > 1:
        raise wire.broken("The order's lines are of several companies.")
    rows = wire.as_list(order.get("order-lines"), "order lines")
    rows = [wire.as_object(row, "order line") for row in rows]
    ordered = wire.text(order.get("order-date")) or order.get("created-at")
    lines = [_order_line(row) for row in rows if row.get("status") != _CANCELLED]
    if rows and not lines:
        return {"void": True}
    content = {
        "number": wire.text(order.get("po-number")),
        "date": wire.day(ordered),
        "currency": wire.name_of(order.get("currency"), "code"),
        "vendor_code": wire.name_of(order.get("supplier"), "number"),
        "lines": lines,
    }
    return {"order": wire.filled(content)}


def _order_line(row: Mapping) -> dict:
    quantity = wire.amount(row.get("quantity"), "quantity")
    price = wire.amount(row.get("price"), "price")
    item = wire.text(row.get("source-part-num"))
    return wire.filled(
        {
            "ref": wire.identifier(row.get("line-num"), "line's number"),
            "name": wire.text(row.get("description")),
            # A line about an amount has no quantity, on bills as well.
            "quantity": wire.number(Decimal(1) if quantity is None else quantity),
            "unit": wire.unit(wire.name_of(row.get("uom"), "code")),
            "price": None if price is None else wire.number(price),
            "item": item or wire.name_of(row.get("item"), "item-number"),
            "expected": wire.day(row.get("need-by-date")),
        }
    )


# -- Receipts


def _is_receipt_wanted(receipt: Mapping, company: str) -> bool:
    return (
        wire.text(receipt.get("type")) in {*_SIGNS, *_DISPOSED}
        and wire.text(receipt.get("status")) in _RECEIVED
        # Without one it is a movement within their stock.
        and isinstance(receipt.get("order-line"), Mapping)
        and _is_of(_receipt_company(receipt, company), company)
    )


def _receipt(receipt: Mapping) -> dict:
    if receipt.get("status") == "voided":
        return {"void": True}
    line = wire.as_object(receipt.get("order-line"), "order line")
    received = wire.text(receipt.get("transaction-date")) or receipt.get("created-at")
    content = {
        "order": wire.identifier(line.get("order-header-id"), "order's id"),
        "date": wire.day(received),
        "lines": [
            {
                "ref": wire.identifier(line.get("line-num"), "line's number"),
                "quantity": wire.number(_quantity(receipt, line)),
            }
        ],
    }
    return {"receipt": wire.filled(content)}


def _quantity(receipt: Mapping, line: Mapping) -> Decimal:
    """With its sign; of an amount, its share of the line."""
    kind = receipt.get("type")
    if kind in _DISPOSED:
        raise wire.broken("Goods were disposed of: received or not, it does not say.")
    quantity = wire.amount(receipt.get("quantity"), "received quantity")
    if quantity is None:
        total = wire.amount(receipt.get("total"), "received total")
        price = wire.amount(line.get("price"), "order line's price")
        if total is None or not price:
            raise wire.broken("The receipt has neither a quantity nor an amount.")
        quantity = (total / price).quantize(_PLACES)
    return abs(quantity) * _SIGNS[kind]


# -- Suppliers


def _is_supplier_wanted(supplier: Mapping, _company: str) -> bool:
    """Without a number no ledger knows it yet, and neither do bills."""
    return wire.text(supplier.get("status")) in _SUPPLIES and bool(
        wire.text(supplier.get("number"))
    )


def _supplier(supplier: Mapping) -> dict:
    if supplier.get("status") == "inactive":
        return {"void": True}
    address = supplier.get("primary-address")
    address = address if isinstance(address, Mapping) else {}
    content = {
        "code": wire.text(supplier.get("number")),
        "name": wire.text(supplier.get("name")),
        "vat": wire.text(supplier.get("tax-id")),
        "street": wire.text(address.get("street1")),
        "street2": wire.text(address.get("street2")),
        "zip": wire.text(address.get("postal-code")),
        "city": wire.text(address.get("city")),
        "country": wire.name_of(address.get("country"), "code"),
        "email": wire.name_of(supplier.get("primary-contact"), "email"),
    }
    return {"vendor": wire.filled(content)}


def _supplier_company(_supplier: Mapping, company: str) -> str | None:
    return company or None


READERS = {
    platform.ORDER: Reader(
        "/api/purchase_orders", _is_order_wanted, _order_company, _order
    ),
    platform.RECEIPT: Reader(
        "/api/receiving_transactions", _is_receipt_wanted, _receipt_company, _receipt
    ),
    platform.VENDOR: Reader(
        "/api/suppliers", _is_supplier_wanted, _supplier_company, _supplier
    ),
}
