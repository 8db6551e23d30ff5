"""Bills that vendors send to the US company, and what becomes of each.

A clerk uploads the vendor's PDF, with its XML inside; jobs read and match it. Ten of
paper at 10.00 and 15 % are 115.00.
"""

from __future__ import annotations

import itertools

from tests.support.waiting import wait_for

from .stage import JOB_SECONDS, NOTHING, Ending, Row, Stage, Story

TOTAL = "115.00"
_NUMBERS = itertools.count(1)


def _number() -> str:
    return f"R-{next(_NUMBERS):04}"


def ordered_and_received(stage: Stage) -> Ending:
    """Nothing is wrong: nobody has to look before the draft is posted."""
    bill = stage.bills.bring(_number(), stage.bills.order())
    stage.bills.stage(bill)
    stage.bills.post(bill)

    def end() -> list[Row]:
        _wait(stage, bill, "posted")
        return [_row(stage, "Bill, ordered and received", bill, TOTAL)]

    return end


def brought_twice(stage: Stage) -> Ending:
    """The same bill, dated and printed anew, is not booked a second time."""
    order, number = stage.bills.order(), _number()
    stage.bills.bring(number, order)
    again = stage.bills.bring(number, order, days_ago=8)
    return lambda: [_held(stage, "The same bill again", again, "ap_duplicate")]


def dearer_than_ordered(stage: Stage) -> Ending:
    """A higher price waits for a person, who sees bill, order and receipt at once."""
    bill = stage.bills.bring(_number(), stage.bills.order(), price=12.0)
    return lambda: [_held(stage, "Bill dearer than ordered", bill, "ap_match")]


def before_its_goods(stage: Stage) -> Ending:
    """It waits for the goods, and goes on by itself when they come.

    Over another amount than the others, beside which it would be perhaps the same bill.
    """
    order = stage.bills.order(4.0, received=0.0)
    bill = stage.bills.bring(_number(), order, quantity=4.0)
    waited = _held(stage, "Bill before its goods", bill, "ap_receipt")
    stage.bills.receive(order, 4.0)

    def end() -> list[Row]:
        _wait(stage, bill, "matched")
        stage.bills.stage(bill)
        return [waited, _row(stage, "Its goods have come", bill, "46.00")]

    return end


def _wait(stage: Stage, bill: int, state: str) -> None:
    wait_for(
        f"bill {bill} to be {state}",
        lambda: stage.bills.read(bill, "state")["state"] == state,
        seconds=JOB_SECONDS,
        interval=0.3,
    )


def _row(stage: Stage, title: str, bill: int, expected: str) -> Row:
    """A bill that is in the ledger, as a draft or posted."""
    ledger = stage.bills.in_ledger(bill)
    return Row(
        title,
        stage.bills.read(bill, "number")["number"],
        expected,
        ledger=ledger,
        wrong="" if ledger == expected else "ledger",
    )


def _held(stage: Stage, title: str, bill: int, code: str) -> Row:
    """A bill that must not get into the ledger, for one reason."""
    codes = stage.bills.holds(bill)
    ledger = stage.bills.in_ledger(bill)
    reasons = [
        "" if codes == [code] else f"holds {codes}",
        "" if ledger == NOTHING else "booked",
    ]
    number = stage.bills.read(bill, "number")["number"]
    return Row(
        title, number, "hold", ledger=ledger, wrong=", ".join(filter(None, reasons))
    )


STORIES: tuple[tuple[str, Story], ...] = (
    ("Bill, ordered and received", ordered_and_received),
    ("The same bill again", brought_twice),
    ("Bill dearer than ordered", dearer_than_ordered),
    ("Bill before its goods", before_its_goods),
)
