"""The company, vendors, items and orders of the benchmark. Runs inside Odoo."""

from __future__ import annotations

from typing import Any

from odoo import Command, release

from .. import odoo_worker
from . import documents

COMPANY = "Bench Inc."
CLERK, JOBS = "clerk", "jobs"
SERIES_19 = release.version_info[0] >= 19
UNIT = "product_uom_id" if SERIES_19 else "product_uom"
TAXES = "tax_ids" if SERIES_19 else "taxes_id"
AT_ONCE = 500


def seed(env: Any, ours: bool) -> None:
    """Everything but the orders, and a way in for files on our side."""
    company = odoo_worker.company(env, COMPANY, country_id=env.ref("base.us").id)
    tax = odoo_worker.percent_tax(env, company, "purchase", documents.RATE)
    company.account_purchase_tax_id = tax
    user = odoo_worker.user(
        env,
        CLERK,
        company,
        "account.group_account_invoice",
        "purchase.group_purchase_user",
    )
    env["product.product"].create(
        [
            {
                "name": f"Item {item}",
                "default_code": documents.item_code(item),
                # Received by hand, which costs no time; matching asks all the same.
                "type": "service",
                "purchase_method": "receive",
                "supplier_taxes_id": [Command.set(tax.ids)],
            }
            for item in range(documents.ITEMS)
        ]
    )
    if ours:
        _way_in(env, company, user)


def _way_in(env: Any, company: Any, owner: Any) -> None:
    worker = odoo_worker.user(
        env,
        JOBS,
        company,
        "account.group_account_invoice",
        "purchase.group_purchase_user",
    )
    line = {"company_id": company.id, "user_id": worker.id, "external_code": "BENCH"}
    connection = env["finance.sync.connection"].create(
        {
            "name": "Bench",
            "key": "bench",
            "provider": "bill_file",
            "environment": "test",
            "owner_id": owner.id,
            "company_ids": [Command.set(company.ids)],
            "user_line_ids": [Command.create(line)],
        }
    )
    connection.action_activate()


def add_orders(env: Any, first: int, count: int) -> None:
    """Confirmed orders, all of it received, and their vendors."""
    company = env["res.company"].search([("name", "=", COMPANY)])
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    products = env["product.product"].search(
        [("default_code", "=like", "BENCH-%")], order="default_code"
    )
    tax = company.account_purchase_tax_id
    for start in range(first, first + count, AT_ONCE):
        made = documents.orders(start, min(AT_ONCE, first + count - start))
        partners = _vendors(env, {order.vendor for order in made})
        orders = env["purchase.order"].create(
            [_prepare(order, partners, products, tax) for order in made]
        )
        orders.button_confirm()
        for line in orders.order_line:
            line.qty_received = line.product_qty
        env.flush_all()
        env.invalidate_all()


def _vendors(env: Any, wanted: set[int]) -> dict[int, Any]:
    by_ref = {f"bench-{vendor}": vendor for vendor in wanted}
    partners = env["res.partner"]
    found = partners.search([("ref", "in", list(by_ref))])
    missing = sorted(wanted - {by_ref[partner.ref] for partner in found})
    found |= partners.create(
        [
            {
                "name": documents.vendor_name(vendor),
                "ref": f"bench-{vendor}",
                "is_company": True,
                "country_id": env.ref("base.de").id,
                "vat": documents.vat_number(vendor),
            }
            for vendor in missing
        ]
    )
    return {by_ref[partner.ref]: partner for partner in found}


def _prepare(order: Any, partners: dict[int, Any], products: Any, tax: Any) -> dict:
    return {
        "name": order.name,
        "partner_id": partners[order.vendor].id,
        "date_order": str(order.date),
        "order_line": [
            Command.create(
                {
                    "product_id": products[line.item].id,
                    "product_qty": line.quantity,
                    "price_unit": float(line.price),
                    UNIT: products[line.item].uom_id.id,
                    TAXES: [Command.set(tax.ids)],
                }
            )
            for line in order.lines
        ],
    }
