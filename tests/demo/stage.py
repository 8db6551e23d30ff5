"""Where the demo plays: the sample group, the simulator and the table it fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.support.group import Group, Line
from tests.support.ordered_bills import Bills
from tests.support.rpc import RefusedError
from tests.support.waiting import wait_for

HEAD = ("Case", "Document", "Expected", "Engine", "Ledger", "Recorded", "Verdict")
RIGHT = HEAD[2:6]
PLACES = {"JPY": 0, "KWD": 3}
NOTHING = "–"
# A job that died is found within a minute; the rest is a loaded machine.
JOB_SECONDS = 150


@dataclass(frozen=True)
class Row:
    """A line of the table. ``wrong``: why it is not as it should be, else empty."""

    title: str
    document: str
    expected: str
    engine: str = NOTHING
    ledger: str = NOTHING
    recorded: str = NOTHING
    wrong: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        verdict = f"wrong: {self.wrong}" if self.wrong else "ok"
        return (
            self.title,
            self.document,
            self.expected,
            self.engine,
            self.ledger,
            self.recorded,
            verdict,
        )


# A story is started and, once its jobs have had time, ended.
Ending = Callable[[], list[Row]]
Story = Callable[["Stage"], Ending]


def attempt(title: str, story: Story, stage: Stage) -> Ending:
    """Start a story. Where it cannot go on, it ends with a row that says why."""
    try:
        end = story(stage)
    except (RefusedError, TimeoutError, ValueError) as error:
        row = _failed(title, error)
        return lambda: [row]

    def end_safely() -> list[Row]:
        try:
            return end()
        except (RefusedError, TimeoutError, ValueError) as error:
            return [_failed(title, error)]

    return end_safely


def _failed(title: str, error: Exception) -> Row:
    return Row(title, NOTHING, NOTHING, wrong=" ".join(str(error).split()))


class Stage:
    """What the stories of the demo have in common.

    :param kill_worker: of an exchange's UUID: kills the worker that runs its job, and
        says whether there was one
    :param bills: what vendors send, and how it is uploaded
    """

    def __init__(
        self,
        group: Group,
        simulator: Any,
        kill_worker: Callable[[str], bool],
        bills: Bills,
    ) -> None:
        self.group = group
        self.bills = bills
        self.simulator = simulator
        self.kill_worker = kill_worker

    def draft(self, company: str, customer: str, *lines: Line, **more: Any) -> int:
        """A draft invoice by the accountant."""
        vals = self.group.invoice_vals(customer, lines, **more)
        return self.group.create(company, vals)[0]

    def post(self, company: str, customer: str, *lines: Line, **more: Any) -> int:
        """A confirmed invoice by the accountant."""
        move = self.draft(company, customer, *lines, **more)
        self.group.post([move])
        return move

    def code(self, move: int) -> str:
        """Have the tax of a draft determined; the code that AvaTax will know it by."""
        self.group.accountant.call(
            "account.move", "action_finance_sync_determine_tax", [move]
        )
        return self.group.read(move)["finance_sync_tax_code"]

    def refusal(self, call: Callable[[], Any]) -> str:
        """What the accountant is told when the call is refused; empty if it is not."""
        try:
            call()
        except RefusedError as refused:
            return str(refused)
        return ""

    def committed(self, move: int) -> list[dict[str, Any]]:
        """AvaTax's committed records of a document."""
        code = self.group.read(move)["finance_sync_tax_code"]
        found = self.simulator.transactions(code) if code else []
        return [one for one in found if one["status"] == "Committed"]

    def wait_state(self, move: int, *states: str) -> None:
        """Wait until the jobs have brought a document into a tax state."""
        wait_for(
            f"document {move} to be {' or '.join(states)}",
            lambda: self.group.read(move)["finance_sync_tax_state"] in states,
            seconds=JOB_SECONDS,
            interval=0.3,
        )

    def row(
        self, title: str, move: int, tax: Decimal, *, recorded: bool = True, wrong=""
    ) -> Row:
        """Compare a posted document with the tax it must bear."""
        seen = self.group.read(move, "currency_id")
        places = PLACES.get(seen["currency_id"][1], 2)
        engine = _money(seen["finance_sync_tax_total"], places)
        ledger = _money(seen["amount_tax"], places)
        expected = _money(tax, places)
        records = self.committed(move)
        kept = [_money(abs(_decimal(one["totalTax"])), places) for one in records]
        reasons = [
            wrong,
            "" if seen["state"] == "posted" else "not posted",
            "" if engine == expected else "engine",
            "" if ledger == expected else "ledger",
            "" if kept == [expected] * recorded else "record",
            "" if self._balanced(move) else "unbalanced",
        ]
        return Row(
            title,
            seen["name"],
            expected,
            engine,
            ledger,
            " + ".join(kept) or NOTHING,
            ", ".join(filter(None, reasons)),
        )

    def _balanced(self, move: int) -> bool:
        lines = self.group.accountant.call(
            "account.move.line",
            "search_read",
            [("move_id", "=", move)],
            ["balance", "amount_currency"],
        )
        return not any(
            sum((_decimal(line[name]) for line in lines), Decimal(0))
            for name in ("balance", "amount_currency")
        )


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


def _money(value: Any, places: int) -> str:
    return f"{_decimal(value):.{places}f}"
