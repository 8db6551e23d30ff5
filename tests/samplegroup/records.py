"""Records under fixed external ids, so that loading twice changes nothing."""

from __future__ import annotations

from typing import Any

MODULE = "finance_sync_sample"


class Records:
    """Creates records once and brings them up to date ever after."""

    def __init__(self, env: Any) -> None:
        self.env = env

    def put(self, model: str, key: str, /, **values: Any) -> Any:
        """The record of ``model`` known as ``key``, with ``values`` written to it."""
        data = {"xml_id": f"{MODULE}.{key}", "values": values, "noupdate": True}
        return self.env[model]._load_records([data])

    def once(self, model: str, key: str, /, **values: Any) -> Any:
        """The record known as ``key``; ``values`` only count when it is made."""
        return self.find(key) or self.put(model, key, **values)

    def name(self, key: str, record: Any) -> Any:
        """Know a record that came from elsewhere as ``key``."""
        data = {"xml_id": f"{MODULE}.{key}", "record": record, "noupdate": True}
        self.env["ir.model.data"]._update_xmlids([data])
        return record

    def find(self, key: str) -> Any:
        """The record known as ``key``, or None."""
        return self.env.ref(f"{MODULE}.{key}", raise_if_not_found=False)

    def country(self, code: str) -> Any:
        """The country with this ISO code."""
        return self.env["res.country"].search([("code", "=", code)], limit=1)

    def state(self, country: str, code: str) -> Any:
        """The country's state or region with this code; empty without a code."""
        states = self.env["res.country.state"]
        if not code:
            return states
        return states.search(
            [("country_id.code", "=", country), ("code", "=", code)], limit=1
        )
