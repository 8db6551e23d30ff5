"""The sample group: a US and a German company with all that invoices need.

Made for tests, the demo and ``./dev db NAME``. Loading twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .company import load_companies, load_currencies, load_users
from .connection import SIMULATOR, load_connections
from .records import Records
from .tax import load_tax
from .trade import load_customers, load_products

__all__ = ["Group", "load"]


@dataclass(frozen=True)
class Group:
    """The records, by the keys that ``data`` gives them."""

    companies: dict[str, Any]
    users: dict[str, Any]
    customers: dict[str, Any]
    products: dict[str, Any]
    connections: dict[str, Any]


def load(env: Any, simulator: str = SIMULATOR) -> Group:
    """Make or complete the sample group. The caller commits.

    :param env: of the superuser, as ``./dev shell`` has it
    :param simulator: URL of the provider simulator, for connections made now
    """
    records = Records(env)
    companies = load_companies(records)
    load_currencies(records)
    users = load_users(records, companies)
    everywhere = [company.id for company in companies.values()]
    records = Records(env(context=dict(env.context, allowed_company_ids=everywhere)))
    customers = load_customers(records, companies)
    products = load_products(records, companies)
    load_tax(records, companies, users, customers)
    connections = load_connections(records, companies, users, simulator)
    return Group(companies, users, customers, products, connections)
