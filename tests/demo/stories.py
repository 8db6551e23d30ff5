"""What happens to documents after they are posted, and what must come of it.

Each story starts something and returns what ends it: jobs need their time, and the
demo has other documents to look after meanwhile.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.support.group import Line
from tests.support.waiting import wait_for

from .cases import CASES, FULL_PRICE, Case
from .stage import NOTHING, Ending, Row, Stage, Story

VIRGINIA = (Line("GOODS", 25.40),)
VIRGINIA_TAX = Decimal("1.52")
# Longer than the connection's read timeout, shorter than a person's patience.
TOO_SLOW = 12.0


def play_case(stage: Stage, case: Case) -> Ending:
    """An ordinary invoice: tax determined, posted, recorded."""
    values = dict(case.values)
    if case.ship_to:
        values["partner_shipping_id"] = stage.group.customer(case.ship_to)
    if case.rounding:
        _round(stage, case.company, case.rounding)
    move = stage.post(case.company, case.customer, *case.lines, **values)

    def end() -> list[Row]:
        if case.recorded:
            stage.wait_state(move, "committed", "error")
        return [stage.row(case.title, move, case.tax, recorded=case.recorded)]

    return end


def _round(stage: Stage, company: str, method: str) -> None:
    stage.group.login("admin").call(
        "res.company",
        "write",
        [stage.group.company(company)],
        {"tax_calculation_rounding_method": method},
    )


def kill_between_call_and_commit(stage: Stage) -> Ending:
    """The worker dies after AvaTax has committed, before Odoo has."""
    move = stage.draft("us", "virginia", *VIRGINIA)
    code = stage.code(move)
    stage.simulator.fault(
        "avatax", kind="slow_after", path_suffix="/settle", code=code, seconds=TOO_SLOW
    )
    stage.group.post([move])
    wait_for(
        "AvaTax to have committed",
        lambda: any(
            one["status"] == "Committed" for one in stage.simulator.transactions(code)
        ),
    )
    (exchange,) = stage.group.exchanges(move)
    killed = stage.kill_worker(exchange["uuid"])

    def end() -> list[Row]:
        stage.wait_state(move, "committed", "error")
        wrong = "" if killed else "nobody was killed"
        title = "Worker killed before its commit"
        return [stage.row(title, move, VIRGINIA_TAX, wrong=wrong)]

    return end


def answer_lost_then_different(stage: Stage) -> Ending:
    """AvaTax records and the answer is lost; asked again, it says another amount."""
    move = stage.draft("us", "virginia", *VIRGINIA)
    code = stage.code(move)
    path = "/api/v2/transactions/create"
    again = {"path_prefix": path, "type": "SalesInvoice", "code": code}
    stage.simulator.fault("avatax", kind="differ", on_retry=True, times=9, **again)
    stage.simulator.fault("avatax", kind="slow_after", seconds=TOO_SLOW, **again)
    stage.group.post([move])

    def end() -> list[Row]:
        stage.wait_state(move, "committed", "error")
        codes = [hold["code"] for hold in stage.group.holds(move)]
        wrong = "" if codes == ["tax_commit_difference"] else f"holds {codes}"
        title = "Answer lost, then another amount"
        row = stage.row(title, move, VIRGINIA_TAX, recorded=False, wrong=wrong)
        return [_expecting(row, "hold")]

    return end


def edit_after_posting(stage: Stage) -> Ending:
    """Posted, reset to draft, changed, posted again: void, then a new record."""
    move = stage.post("us", "virginia", Line("GOODS", FULL_PRICE))
    old = stage.group.read(move)["finance_sync_tax_code"]
    stage.wait_state(move, "committed")
    stage.group.accountant.call("account.move", "button_draft", [move])
    line = stage.group.read(move, "invoice_line_ids")["invoice_line_ids"][0]
    change = {"invoice_line_ids": [(1, line, {"price_unit": 25.40})]}
    stage.group.accountant.call("account.move", "write", [move], change)
    stage.group.post([move])

    def end() -> list[Row]:
        stage.wait_state(move, "committed", "error")
        states = {one["status"] for one in stage.simulator.transactions(old)}
        wrong = "" if states == {"Cancelled"} else "the old record is not void"
        return [stage.row("Edited after posting", move, VIRGINIA_TAX, wrong=wrong)]

    return end


def cancel_after_posting(stage: Stage) -> Ending:
    """A cancelled invoice is void at the engine."""
    move = stage.post("us", "virginia", *VIRGINIA)
    stage.wait_state(move, "committed")
    stage.group.accountant.call("account.move", "button_draft", [move])
    stage.group.accountant.call("account.move", "button_cancel", [move])

    def end() -> list[Row]:
        stage.wait_state(move, "voided", "error")
        seen = stage.group.read(move)
        kept = stage.committed(move)
        wrong = "still recorded" if kept else ""
        return [_only_recorded("Cancelled", seen["name"], "void", kept, wrong)]

    return end


def locked_period(stage: Stage) -> Ending:
    """The lock date refuses the reset, so nothing is voided."""
    day = "2024-01-15"
    move = stage.post("us", "virginia", *VIRGINIA, date=day)
    stage.wait_state(move, "committed")
    with_lock = _lock_until(stage, "2024-01-31")
    told = stage.refusal(
        lambda: stage.group.accountant.call("account.move", "button_draft", [move])
    )
    with_lock()

    def end() -> list[Row]:
        wrong = "" if told else "the reset was not refused"
        return [
            stage.row("Reset refused by lock date", move, VIRGINIA_TAX, wrong=wrong)
        ]

    return end


def _lock_until(stage: Stage, day: str) -> Callable[[], None]:
    """Lock the US company's books; the answer unlocks them."""

    def write(value: str | bool) -> None:
        stage.group.login("admin").call(
            "res.company",
            "write",
            [stage.group.company("us")],
            {"fiscalyear_lock_date": value},
        )

    write(day)
    return lambda: write(False)


def future_invoice(stage: Stage) -> Ending:
    """An invoice of the future, put off by the mass wizard, is not recorded."""
    move = stage.draft("us", "virginia", *VIRGINIA, date="2099-01-01")
    context = {"active_model": "account.move", "active_ids": [move]}
    accountant = stage.group.accountant
    wizard = accountant.call(
        "validate.account.move", "create", {"force_post": False}, context=context
    )
    accountant.call("validate.account.move", "validate_move", [wizard], context=context)

    def end() -> list[Row]:
        seen = stage.group.read(move)
        kept = stage.committed(move)
        early = seen["state"] != "draft" or kept
        wrong = "posted too early" if early else ""
        return [_only_recorded("Of the future", "draft", "draft", kept, wrong)]

    return end


def credit_notes(stage: Stage) -> Ending:
    """Credited a year later at the rate of then, and never more than was invoiced."""
    goods = Line("GOODS", FULL_PRICE)
    # 8.60 % until the city's rate rose in July 2025.
    invoice = stage.post("us", "arizona", goods, date="2025-03-10")
    stage.wait_state(invoice, "committed")
    stage.simulator.lock(stage.group.read(invoice)["finance_sync_tax_code"])
    parts = [_part_credit(stage, invoice) for _ in range(2)]
    stage.group.post(parts)
    third = _part_credit(stage, invoice)
    told = stage.refusal(lambda: stage.group.post([third]))

    def end() -> list[Row]:
        rows = [stage.row("Invoice before a new rate", invoice, Decimal("8.60"))]
        for number, part in enumerate(parts, 1):
            stage.wait_state(part, "committed", "error")
            title = f"Credit {number} of 40 % a year later"
            rows.append(stage.row(title, part, Decimal("3.44")))
        kept = stage.committed(third)
        wrong = "" if told and not kept else "not refused"
        title = "Third credit exceeds the invoice"
        return [*rows, _only_recorded(title, "draft", "refused", kept, wrong)]

    return end


def _part_credit(stage: Stage, invoice: int) -> int:
    """A draft credit note for 40 % of an invoice of one line."""
    note = stage.group.credit(invoice, "2026-03-10")
    line = stage.group.read(note, "invoice_line_ids")["invoice_line_ids"][0]
    change = {"invoice_line_ids": [(1, line, {"quantity": 0.4})]}
    stage.group.accountant.call("account.move", "write", [note], change)
    return note


def batch(stage: Stage) -> Ending:
    """Fifty documents of both companies in one go; the one that cannot be, is not."""
    group = stage.group
    good = group.create("us", *[group.invoice_vals("virginia", VIRGINIA)] * 24)
    german = group.invoice_vals("german-consumer", [Line("GOODS", FULL_PRICE)])
    local = group.create("de", *[german] * 25)
    bad = group.create("us", group.invoice_vals("nowhere", VIRGINIA))
    everything = [*good[:12], *bad, *good[12:], *local]
    companies = [group.company("us"), group.company("de")]
    group.accountant.call(
        "account.move",
        "action_finance_sync_post",
        everything,
        context={"allowed_company_ids": companies},
    )

    def end() -> list[Row]:
        for move in good:
            stage.wait_state(move, "committed", "error")
        posted = _posted(stage, everything)
        kept = sum(len(stage.committed(move)) for move in good)
        right = posted == {*good, *local} and kept == len(good)
        return [
            Row(
                "Batch of 50, one without address",
                f"{len(everything)} drafts",
                "49 posted",
                ledger=f"{len(posted)} posted",
                recorded=f"{kept} of {len(good)}",
                wrong="" if right else "batch",
            )
        ]

    return end


def _posted(stage: Stage, moves: list[int]) -> set[int]:
    domain = [("id", "in", moves), ("state", "=", "posted")]
    return set(stage.group.accountant.call("account.move", "search", domain))


def _expecting(row: Row, expected: str) -> Row:
    return Row(
        row.title,
        row.document,
        expected,
        row.engine,
        row.ledger,
        row.recorded,
        row.wrong,
    )


def _only_recorded(
    title: str, document: str, expected: str, kept: list[dict[str, Any]], wrong: str
) -> Row:
    recorded = " + ".join(str(one["totalTax"]) for one in kept) or NOTHING
    return Row(title, document, expected, recorded=recorded, wrong=wrong)


def _case(case: Case) -> tuple[str, Story]:
    return case.title, functools.partial(play_case, case=case)


# Those that need the job runner to find a dead job come first.
STORIES: tuple[tuple[str, Story], ...] = (
    ("Worker killed before its commit", kill_between_call_and_commit),
    ("Answer lost, then another amount", answer_lost_then_different),
    *map(_case, CASES),
    ("Edited after posting", edit_after_posting),
    ("Cancelled", cancel_after_posting),
    ("Reset refused by lock date", locked_period),
    ("Of the future", future_invoice),
    ("Credit notes", credit_notes),
    ("Batch of 50, one without address", batch),
)
