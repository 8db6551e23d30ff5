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
        finance_sync_vat_state=data.vat_state,
        email=f"{key}@customer.example",
        **place_vals(records, data.place),
    )
    return partners.with_company(company)


def load_products(records: Records, companies: dict[str, Any]) -> dict[str, Any]:
    """The products by internal reference.

    They have no tax of their own, except where that says that the price includes it.
    """
    return {
        code: _load_product(records, code, data, companies["de"])
        for code, data in PRODUCTS.items()
    }


def _load_product(records: Records, code: str, data: Product, company: Any) -> Any:
    taxes = records.env["account.tax"]
    if data.included:
        taxes = _included_tax(records, data.included, company)
    return records.put(
        "product.product",
        f"product_{code.lower()}",
        name=data.name,
        default_code=code,
        type=data.type,
        list_price=data.price,
        taxes_id=[(6, 0, taxes.ids)],
        supplier_taxes_id=[(5, 0, 0)],
    )


def _included_tax(records: Records, percent: float, company: Any) -> Any:
    # Odoo 19 keeps what it computes the old field from.
    new = "price_include_override" in records.env["account.tax"]._fields
    included = (
        {"price_include_override": "tax_included"} if new else {"price_include": True}
    )
    return records.once(
        "account.tax",
        f"tax_included_{percent:g}",
        name=f"{percent:g} % in the price",
        amount=percent,
        type_tax_use="sale",
        company_id=company.id,
        country_id=company.account_fiscal_country_id.id,
        **included,
    )
