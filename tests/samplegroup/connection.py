"""The two connections, ready for use: AvaTax for the US, the rate table for Germany."""

from __future__ import annotations

from typing import Any

from .records import Records

SIMULATOR = "http://127.0.0.1:8090"
ACCOUNT, LICENCE = "sample-account", "sample-licence"
AVATAX, RATE_TABLE, US_TABLE = "avatax-us", "rates-de", "rates-us"


def load_connections(
    records: Records, companies: dict[str, Any], users: dict[str, Any], simulator: str
) -> dict[str, Any]:
    """The connections by key, active; an active one is left as it is."""
    us, de = companies["us"], companies["de"]
    tables = {
        RATE_TABLE: _table(records, RATE_TABLE, "Rate table, Germany", de, users),
        US_TABLE: _table(records, US_TABLE, "Rate table, United States", us, users),
    }
    avatax = records.find(_xml_id(AVATAX)) or _avatax(records, us, users, simulator)
    connections = {AVATAX: avatax, **tables}
    for connection in connections.values():
        if connection.state == "draft":
            connection.action_activate()
    us.finance_sync_tax_connection_id = avatax
    de.finance_sync_tax_connection_id = tables[RATE_TABLE]
    return connections


def _avatax(
    records: Records, company: Any, users: dict[str, Any], simulator: str
) -> Any:
    return records.put(
        "finance.sync.connection",
        _xml_id(AVATAX),
        **_common(AVATAX, "AvaTax, United States", company, users["execution-us"]),
        provider="avatax",
        base_url=f"{simulator}/avatax",
        auth_user=ACCOUNT,
        secret=LICENCE,
        owner_id=users["accountant"].id,
        service_user_id=users["service"].id,
        connect_timeout=2.0,
        read_timeout=5.0,
        retry_base=1.0,
        retry_cap=5.0,
        breaker_cool_down=5.0,
    )


def _table(
    records: Records, key: str, name: str, company: Any, users: dict[str, Any]
) -> Any:
    role = "execution-de" if key == RATE_TABLE else "execution-us"
    return records.once(
        "finance.sync.connection",
        _xml_id(key),
        **_common(key, name, company, users[role]),
        provider="rate_table",
        owner_id=users["accountant"].id,
    )


def _common(key: str, name: str, company: Any, user: Any) -> dict[str, Any]:
    line = {"company_id": company.id, "user_id": user.id, "external_code": "SAMPLE"}
    return {
        "name": name,
        "key": key,
        "environment": "test",
        "company_ids": [(6, 0, company.ids)],
        "user_line_ids": [(0, 0, line)],
    }


def _xml_id(key: str) -> str:
    return f"connection_{key.replace('-', '_')}"
