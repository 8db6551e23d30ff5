"""The company, customers and products of the benchmark. Runs inside Odoo."""

from __future__ import annotations

from typing import Any

from odoo import Command

from .. import odoo_worker
from ..odoo_worker import percent_tax, user
from .documents import CUSTOMERS, PRODUCTS, RATE, STATE

ACCOUNT, LICENCE = "sample-account", "sample-licence"
COMPANY = "Bench Inc."
CONNECTION = "bench"


def seed(env: Any, side: str, simulator: str) -> None:
    """Everything that documents need, and, but on the plain side, an engine.

    :param side: ``plain``, ``table`` or ``engine``
    """
    company = odoo_worker.company(env, COMPANY, **_place(env))
    tax = percent_tax(env, company, "sale", float(RATE * 100))
    accountant = user(env, "accountant", company, "account.group_account_user")
    env["product.product"].create(
        [
            {
                "name": f"Product {number}",
                "default_code": f"BENCH-{number}",
                "taxes_id": [Command.set(tax.ids)],
                "supplier_taxes_id": [Command.clear()],
            }
            for number in range(PRODUCTS)
        ]
    )
    env["res.partner"].create(
        [
            {"name": f"Customer {number}", "ref": f"bench-{number}", **_place(env)}
            for number in range(CUSTOMERS)
        ]
    )
    if side != "plain":
        _engine(env, company, tax, accountant, side, simulator)


def _place(env: Any) -> dict[str, Any]:
    us = env.ref("base.us")
    state = us.state_ids.filtered(lambda one: one.code == STATE)
    return {
        "street": "1 Monument Circle",
        "city": "Indianapolis",
        "zip": "46204",
        "country_id": us.id,
        "state_id": state.id,
    }


def _engine(
    env: Any, company: Any, tax: Any, accountant: Any, side: str, simulator: str
) -> None:
    manager = user(env, "manager", company, "finance_sync.group_manager")
    approver = user(env, "approver", company, "finance_sync.group_approver")
    template = env["finance.sync.tax.template"].create(
        {"company_id": company.id, "jurisdiction_type": "state", "tax_id": tax.id}
    )
    template.with_user(manager).action_submit()
    template.with_user(approver).action_approve()
    place = _place(env)
    env["finance.sync.tax.registration"].create(
        {
            "company_id": company.id,
            "country_id": place["country_id"],
            "state_id": place["state_id"],
            "valid_from": "2020-01-01",
        }
    )
    line = {"company_id": company.id, "user_id": accountant.id}
    connection = env["finance.sync.connection"].create(
        {
            "name": "Bench",
            "key": CONNECTION,
            "environment": "test",
            "owner_id": accountant.id,
            "company_ids": [Command.set(company.ids)],
            "user_line_ids": [Command.create({**line, "external_code": "BENCH"})],
            **(_avatax(simulator) if side == "engine" else {"provider": "rate_table"}),
        }
    )
    connection.action_activate()
    company.finance_sync_tax_connection_id = connection


def _avatax(simulator: str) -> dict[str, Any]:
    return {
        "provider": "avatax",
        "base_url": f"{simulator}/avatax",
        "auth_user": ACCOUNT,
        "secret": LICENCE,
    }
