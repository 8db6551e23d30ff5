"""Customers and products."""

from __future__ import annotations

from typing import Any

from .company import place_vals
from .data import CUSTOMERS, PRODUCTS, Customer, Product
from .records import Records


def load_customers(records: Records, companies: dict[str, Any]) -> dict[str, Any]:
    """The customers by key, which is also their reference."""
    return {
        key: _load_customer(records, key, data, companies[data.company])
        for key, data in CUSTOMERS.items()
    }


def _load_customer(records: Records, key: str, data: Customer, company: Any) -> Any:
    partners = records.put(
        "res.partner",
        f"customer_{key}",
        name=data.name,
        ref=key,
        is_company=data.is_company,
        vat=data.vat or False,
        email=f"{key}@customer.example",
        **place_vals(records, data.place),
    )
    return partners.with_company(company)


def load_products(records: Records) -> dict[str, Any]:
    """The products by internal reference, without a tax of their own."""
    return {
        code: _load_product(records, code, data) for code, data in PRODUCTS.items()
    }


def _load_product(records: Records, code: str, data: Product) -> Any:
    return records.put(
        "product.product",
        f"product_{code.lower()}",
        name=data.name,
        default_code=code,
        type=data.type,
        list_price=data.price,
        taxes_id=[(5, 0, 0)],
        supplier_taxes_id=[(5, 0, 0)],
    )
