"""The sample group from outside: its users' logins, and records by their own keys."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tests.samplegroup.data import COMPANIES

from .rpc import XmlRpc

READ = (
    "name",
    "state",
    "amount_tax",
    "amount_total",
    "finance_sync_uuid",
    "finance_sync_tax_code",
    "finance_sync_tax_state",
    "finance_sync_tax_total",
    "finance_sync_tax_estimated",
)


class Line(NamedTuple):
    """One invoice line; ``price`` and ``discount`` (percent) as a person types them."""

    product: str
    price: float
    quantity: float = 1.0
    discount: float = 0.0


class Group:
    """Works in a database that holds the sample group, over XML-RPC."""

    def __init__(self, url: str, database: str) -> None:
        self.url = url
        self.database = database

    @functools.cache  # noqa: B019 - lives as long as its database
    def login(self, role: str) -> XmlRpc:
        """Who plays ``role``; logins and passwords are the roles' names."""
        return XmlRpc(self.url, self.database, role, role)

    @property
    def accountant(self) -> XmlRpc:
        return self.login("accountant")

    @functools.cache  # noqa: B019 - as above
    def id(self, model: str, field: str, value: str) -> int:
        """The id of the only record whose ``field`` is ``value``."""
        (found,) = self.login("admin").call(model, "search", [(field, "=", value)])
        return found

    def company(self, key: str) -> int:
        return self.id("res.company", "name", COMPANIES[key].name)

    def customer(self, key: str) -> int:
        return self.id("res.partner", "ref", key)

    def product(self, code: str) -> int:
        return self.id("product.product", "default_code", code)

    def connection(self, key: str) -> int:
        return self.id("finance.sync.connection", "key", key)

    def within(self, company: str) -> dict[str, Any]:
        """The context of a user who has switched to a company."""
        return {"allowed_company_ids": [self.company(company)]}

    def invoice_vals(
        self,
        customer: str,
        lines: Iterable[Line],
        *,
        date: str | None = None,
        currency: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Field values of a customer invoice, as a person would fill them in."""
        values = {
            "move_type": "out_invoice",
            "partner_id": self.customer(customer),
            "invoice_line_ids": [(0, 0, self.line_vals(line)) for line in lines],
            **more,
        }
        if date:
            values["invoice_date"] = date
        if currency:
            values["currency_id"] = self.id("res.currency", "name", currency)
        return values

    def line_vals(self, line: Line) -> dict[str, Any]:
        return {
            "product_id": self.product(line.product),
            "price_unit": line.price,
            "quantity": line.quantity,
            "discount": line.discount,
        }

    def create(self, company: str, *vals: dict[str, Any]) -> list[int]:
        """Draft invoices, made by the accountant."""
        return self.accountant.call(
            "account.move", "create", list(vals), context=self.within(company)
        )

    def post(self, moves: Sequence[int]) -> None:
        """Confirm, as the button of the form does.

        :raises RefusedError: it was refused; nothing is posted then
        """
        self.accountant.call("account.move", "action_post", list(moves))

    def read(self, move: int, *fields: str) -> dict[str, Any]:
        """The document as the accountant sees it."""
        names = [*READ, *fields]
        return self.accountant.call("account.move", "read", [move], names)[0]

    def credit(self, move: int, date: str) -> int:
        """A draft credit note for the whole invoice, made with Odoo's own wizard."""
        context = {"active_model": "account.move", "active_ids": [move]}
        journal = self.read(move, "journal_id")["journal_id"][0]
        wizard = self.accountant.call(
            "account.move.reversal",
            "create",
            {"date": date, "journal_id": journal, "reason": "Returned"},
            context=context,
        )
        action = self.accountant.call(
            "account.move.reversal", "refund_moves", [wizard], context=context
        )
        return action["res_id"]

    def configure(self, key: str, **values: Any) -> None:
        """Change a connection's settings: the manager asks, the approver agrees."""
        connection = self.connection(key)
        manager = self.login("manager")
        manager.call("finance.sync.connection", "write", [connection], values)
        waiting = self.login("approver").call(
            "finance.sync.connection.change",
            "search",
            [("connection_id", "=", connection), ("state", "=", "pending")],
        )
        if waiting:
            self.login("approver").call(
                "finance.sync.connection.change", "action_approve", waiting
            )

    def point_to(self, key: str, url: str, *, user: str, secret: str) -> None:
        """Give a connection another address. That blanks what it signs in with."""
        self.configure(key, base_url=url)
        self.configure(key, auth_user=user, secret=secret)

    def holds(self, move: int) -> list[dict[str, Any]]:
        """Open holds about a document."""
        uuid = self.read(move)["finance_sync_uuid"]
        return self.accountant.call(
            "finance.sync.hold",
            "search_read",
            [("document_uuid", "=", uuid), ("state", "=", "open")],
            ["code", "summary", "amount", "state"],
        )

    def exchanges(self, move: int) -> list[dict[str, Any]]:
        """The messages about a document, oldest first."""
        uuid = self.read(move)["finance_sync_uuid"]
        return self.accountant.call(
            "finance.sync.exchange",
            "search_read",
            [("document_uuid", "=", uuid)],
            ["operation", "state", "uuid", "attempt_count", "last_error", "revision"],
            order="id",
        )
