"""The matching alone, without Odoo: generated orders and bills. Seeded."""

from __future__ import annotations

import gc
import importlib
import random
import time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from scripts.addons import ADDONS
from scripts.stubs import put_packages

LINES, ITEMS = 5, 200
# Open lines of orders for each line of a bill.
ORDERED = 5
# Of the big size.
VENDORS = 50
PAIRS = 5


def seconds(lines: int, vendors: int) -> float:
    """How long it takes to index the orders and to match all bills with them.

    :param lines: of bills; there are ORDERED times as many lines of orders
    :raises AssertionError: a bill was not matched, so that nothing was measured
    """
    core = _core()
    chance = random.Random(f"{lines} lines of {vendors} vendors")
    orders = [
        _order(core, chance, number, number % vendors)
        for number in range(lines * ORDERED // LINES)
    ]
    billed = chance.sample(orders, lines // LINES)
    questions = [_question(core, order, n % 2 == 0) for n, order in enumerate(billed)]
    units = core.order.Units({"C62": ("unit", Decimal(1)), "odoo:1": ("unit", 1)})
    limits = core.order.Limits()
    gc.collect()
    started = time.process_time()
    book = core.candidates.OrderBook(orders)
    # What is found is stored and forgotten, as with bills that come one by one.
    matched = sum(
        core.matching.match(one, book, limits, units).state == "matched"
        for one in questions
    )
    elapsed = time.process_time() - started
    assert matched == len(questions), f"{matched} of {len(questions)} matched"
    return elapsed


def _core() -> Any:
    put_packages(ADDONS)
    base = "odoo.addons.finance_sync_ap.core"
    return SimpleNamespace(
        **{
            name: importlib.import_module(f"{base}.{name}")
            for name in ("candidates", "matching", "order")
        }
    )


def _order(core: Any, chance: random.Random, number: int, vendor: int) -> Any:
    ref = f"P{number:06d}"
    items = chance.sample(range(ITEMS), LINES)
    return core.order.Order(
        ref=ref,
        vendor=f"partner:{vendor}",
        currency="EUR",
        lines=tuple(
            core.order.OrderLine(
                key=f"{number}:{item}",
                order_ref=ref,
                unit="odoo:1",
                price=Decimal(100 + item) / 4,
                ordered=Decimal(chance.choice((4, 10, 25))),
                received=Decimal(4),
                vendor_item=f"V{vendor}-{item}",
                name=f"Item {item} of vendor {vendor}",
            )
            for item in items
        ),
    )


def _question(core: Any, order: Any, named: bool) -> Any:
    """All that was received, for the order or for whichever has such items open."""
    return core.order.Question(
        vendor=order.vendor,
        currency=order.currency,
        lines=tuple(
            core.order.QuestionLine(
                ref=str(number),
                quantity=line.received,
                unit="C62",
                price=line.price,
                net=line.price * line.received,
                vendor_item=line.vendor_item,
                name=line.name,
            )
            for number, line in enumerate(order.lines, 1)
        ),
        order_refs=(order.ref,) if named else (),
    )
