"""Vendors, orders and bills of the sample group, as people and vendors make them."""

from __future__ import annotations

import base64
import importlib.util
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from .group import Group
from .waiting import wait_for

UNIT = Path(__file__).parents[2] / "addons/finance_sync_ap/tests/unit"
KEY = "bill-files"
RATE = 15


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"bills_{name}", UNIT / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Bills:
    """Works in the US company: paper is ordered, PDFs with XML inside come."""

    def __init__(self, group: Group, series: str) -> None:
        self.group = group
        self.admin = group.login("admin")
        self.company = group.company("us")
        self.context = group.within("us")
        new = series != "17.0"
        self.unit_field = "product_uom_id" if new else "product_uom"
        self.taxes_field = "tax_ids" if new else "taxes_id"
        self.paper, self.wire = _load("paper"), _load("wire")
        self._set_up()

    def _set_up(self) -> None:
        self.vendor = self.once(
            "res.partner",
            "name",
            "Papier Ott GmbH",
            is_company=True,
            vat="DE136695976",
            supplier_rank=1,
        )
        self.product = self.once(
            "product.product",
            "default_code",
            "PAPER",
            name="Paper",
            type="consu",
            purchase_method="receive",
            supplier_taxes_id=[(5,)],
        )
        (self.tax,) = self.admin.call(
            "account.tax",
            "search",
            [
                ("company_id", "=", self.company),
                ("type_tax_use", "=", "purchase"),
                ("amount", "=", RATE),
            ],
            limit=1,
        )
        manager = self.group.login("manager")
        found = manager.call("finance.sync.connection", "search", [("key", "=", KEY)])
        if not found:
            worker = self.group.id("res.users", "login", "execution-us")
            line = {"company_id": self.company, "user_id": worker,
                    "external_code": "US"}  # fmt: skip
            found = [
                manager.call(
                    "finance.sync.connection",
                    "create",
                    {
                        "name": "Bill Files",
                        "key": KEY,
                        "provider": "bill_file",
                        "environment": "test",
                        "company_ids": [(6, 0, [self.company])],
                        "user_line_ids": [(0, 0, line)],
                        "owner_id": self.group.id("res.users", "login", "accountant"),
                    },
                )
            ]
            manager.call("finance.sync.connection", "action_activate", found)

    def once(self, model: str, field: str, value: str, **more: Any) -> int:
        """The record whose ``field`` is ``value``; made if there is none."""
        found = self.admin.call(model, "search", [(field, "=", value)], limit=1)
        if found:
            return found[0]
        return self.admin.call(
            model, "create", {field: value, **more}, context=self.context
        )

    def order(
        self,
        quantity: float = 10.0,
        price: float = 10.0,
        received: float | None = None,
    ) -> int:
        """A confirmed order; all of it received unless told."""
        (unit,) = self.admin.call("product.product", "read", [self.product], ["uom_id"])
        line = {
            "product_id": self.product,
            "name": "Paper",
            "product_qty": quantity,
            "price_unit": price,
            self.unit_field: unit["uom_id"][0],
            self.taxes_field: [(6, 0, [self.tax])],
        }
        order = self.admin.call(
            "purchase.order",
            "create",
            {"partner_id": self.vendor, "order_line": [(0, 0, line)]},
            context=self.context,
        )
        self.admin.call(
            "purchase.order", "button_confirm", [order], context=self.context
        )
        self.receive(order, quantity if received is None else received)
        return order

    def receive(self, order: int, quantity: float) -> None:
        """Goods of an order come in."""
        if not quantity:
            return
        (found,) = self.admin.call("purchase.order", "read", [order], ["picking_ids"])
        pickings = found["picking_ids"]
        moves = self.admin.call(
            "stock.move", "search", [("picking_id", "in", pickings)]
        )
        self.admin.call(
            "stock.move", "write", moves, {"quantity": quantity, "picked": True}
        )
        self.admin.call(
            "stock.picking",
            "button_validate",
            pickings,
            context={**self.context, "skip_backorder": True},
        )

    def reprice(self, order: int, price: float) -> None:
        """The buyer corrects the order's price."""
        lines = self.admin.call(
            "purchase.order.line", "search", [("order_id", "=", order)]
        )
        self.admin.call("purchase.order.line", "write", lines, {"price_unit": price})

    def name(self, order: int) -> str:
        (found,) = self.admin.call("purchase.order", "read", [order], ["name"])
        return found["name"]

    def bring(
        self,
        number: str,
        order: int | None = None,
        quantity: float = 10.0,
        price: float = 10.0,
        days_ago: int = 10,
    ) -> int:
        """The clerk uploads the vendor's PDF; the received bill, once jobs have it."""
        terms = self._terms(number, order, quantity, price, days_ago)
        pdf = self.paper.with_files(self._page(terms), factur_x=self.wire.cii(terms))
        clerk = self.group.login("clerk")
        attachment = clerk.call(
            "ir.attachment",
            "create",
            {
                "name": f"{number}.pdf",
                "datas": base64.b64encode(pdf).decode(),
                "res_model": "finance.sync.bill.upload",
            },
        )
        wizard = clerk.call(
            "finance.sync.bill.upload",
            "create",
            {"company_id": self.company, "attachment_ids": [(6, 0, [attachment])]},
            context=self.context,
        )
        before = self._numbered(number)
        clerk.call(
            "finance.sync.bill.upload", "action_upload", [wizard], context=self.context
        )
        (found,) = wait_for(
            f"bill {number}",
            lambda: set(self._numbered(number)) - set(before),
            seconds=120,
        )
        return found

    def _numbered(self, number: str) -> list[int]:
        return self.admin.call(
            "finance.sync.bill",
            "search",
            [("number", "=", number), ("state", "!=", "captured")],
        )

    def read(self, bill: int, *fields: str) -> dict[str, Any]:
        return self.admin.call("finance.sync.bill", "read", [bill], list(fields))[0]

    def stage(self, bill: int) -> None:
        self.group.login("clerk").call("finance.sync.bill", "action_stage", [bill])

    def post(self, bill: int) -> None:
        self.group.login("clerk").call("finance.sync.bill", "action_post_bill", [bill])

    def in_ledger(self, bill: int) -> str:
        """Total of its vendor bill; a dash without one."""
        move = self.read(bill, "move_id")["move_id"]
        if not move:
            return "–"
        (found,) = self.admin.call(
            "account.move", "read", [move[0]], ["amount_total"], context=self.context
        )
        return f"{found['amount_total']:.2f}"

    def holds(self, bill: int) -> list[str]:
        """Codes of its open holds."""
        ids = self.read(bill, "finance_sync_hold_ids")["finance_sync_hold_ids"]
        found = self.admin.call("finance.sync.hold", "read", ids, ["code"])
        return sorted(one["code"] for one in found)

    def _terms(
        self, number: str, order: int | None, quantity: float, price: float, ago: int
    ) -> dict[str, Any]:
        day = date.today() - timedelta(days=ago)  # noqa: DTZ011
        net = quantity * price
        tax = round(net * RATE / 100, 2)
        line = {
            "BT-126": "1",
            "BT-129": f"{quantity:g}",
            "BT-130": "C62",
            "BT-131": f"{net:.2f}",
            "BT-146": f"{price:g}",
            "BT-151": "S",
            "BT-152": str(RATE),
            "BT-153": "Paper",
            "BT-155": "PAPER",
        }
        vat = {
            "BT-116": f"{net:.2f}",
            "BT-117": f"{tax:.2f}",
            "BT-118": "S",
            "BT-119": str(RATE),
        }
        terms = {
            "BT-1": number,
            "BT-2": day.isoformat(),
            "BT-3": "380",
            "BT-5": "USD",
            "BT-9": (day + timedelta(days=30)).isoformat(),
            "BT-13": self.name(order) if order else "",
            "BT-27": "Papier Ott",
            "BT-31": "DE136695976",
            "BT-106": f"{net:.2f}",
            "BT-109": f"{net:.2f}",
            "BT-110": f"{tax:.2f}",
            "BT-112": f"{net + tax:.2f}",
            "BT-115": f"{net + tax:.2f}",
            "BG-23": [vat],
            "BG-25": [line],
        }
        return {key: value for key, value in terms.items() if value}

    def _page(self, terms: dict[str, Any]) -> bytes:
        (line,) = terms["BG-25"]
        return self.paper.page(
            "Papier Ott GmbH",
            "",
            f"Invoice {terms['BT-1']}",
            f"Date {terms['BT-2']}, due {terms['BT-9']}",
            f"Your order {terms.get('BT-13', '-')}",
            "",
            f"{line['BT-129']} x Paper at {line['BT-146']} USD: {line['BT-131']} USD",
            f"VAT {RATE}%: {terms['BT-110']} USD",
            f"Total: {terms['BT-112']} USD",
        )
