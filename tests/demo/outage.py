"""AvaTax is away: one invoice under each outage policy, and what the return brings."""

from __future__ import annotations

from decimal import Decimal

from tests.support.group import Line
from tests.support.waiting import wait_for

from .stage import Ending, Row, Stage, Story

CONNECTION, TABLE = "avatax-us", "rates-us"
VIRGINIA = (Line("GOODS", 25.40),)
GOODS = Line("GOODS", 100.0)


def block(stage: Stage) -> Ending:
    """A clear message, and the draft stays; afterwards it posts."""
    stage.group.configure(CONNECTION, outage_policy="block")
    move = stage.draft("us", "virginia", *VIRGINIA)
    _away(stage)
    told = stage.refusal(lambda: stage.group.post([move]))
    draft = stage.group.read(move)["state"] == "draft"
    _back(stage)
    row = Row(
        "Outage, block: refused",
        "draft",
        "refused",
        wrong="" if told and draft else "not refused",
    )
    stage.group.post([move])
    stage.wait_state(move, "committed", "error")
    after = stage.row("… and posted when it is back", move, Decimal("1.52"))
    return lambda: [row, after]


def queue(stage: Stage) -> Ending:
    """The draft waits with its date frozen, and the job posts it."""
    stage.group.configure(CONNECTION, outage_policy="queue")
    move = stage.draft("us", "virginia", *VIRGINIA, date="2026-03-31")
    _away(stage)
    stage.group.post([move])
    seen = stage.group.read(move)
    waits = (seen["state"], seen["finance_sync_tax_state"]) == ("draft", "waiting")
    _back(stage)
    row = Row(
        "Outage, queue: waits",
        "draft",
        "waiting",
        wrong="" if waits else seen["finance_sync_tax_state"],
    )
    stage.wait_state(move, "committed", "error")
    date = stage.group.read(move, "invoice_date")["invoice_date"]
    wrong = "" if date == "2026-03-31" else f"dated {date}"
    title = "… and posted by the job, same date"
    after = stage.row(title, move, Decimal("1.52"), wrong=wrong)
    return lambda: [row, after]


def fallback(stage: Stage) -> Ending:
    """The rate table stands in where it is complete, and nowhere else."""
    table = stage.group.connection(TABLE)
    stage.group.configure(
        CONNECTION, outage_policy="fallback", fallback_connection_id=table
    )
    rows = [
        _estimated(stage, "Outage, fallback: estimated", "6.35"),
        _estimated(stage, "… and the engine differs later", "6.00"),
        _without_local_rates(stage),
    ]
    stage.group.configure(
        CONNECTION, outage_policy="block", fallback_connection_id=False
    )
    return lambda: rows


def _estimated(stage: Stage, title: str, later: str) -> Row:
    """Connecticut has no local taxes: 6.35 % of 100. ``later``: what AvaTax says."""
    estimate = Decimal("6.35")
    stage.simulator.script(_connecticut(later))
    move = stage.draft("us", "connecticut", GOODS)
    _away(stage)
    stage.group.post([move])
    estimated = stage.group.read(move)["finance_sync_tax_estimated"]
    _back(stage)
    stage.wait_state(move, "committed", "error")
    agrees = Decimal(later) == estimate
    codes = [hold["code"] for hold in stage.group.holds(move)]
    wanted = [] if agrees else ["tax_estimated_difference"]
    reasons = [
        "" if estimated else "not marked as estimated",
        "" if codes == wanted else f"holds {codes}",
    ]
    wrong = ", ".join(filter(None, reasons))
    return stage.row(title, move, estimate, recorded=agrees, wrong=wrong)


def _connecticut(tax: str) -> dict:
    """AvaTax's answer for 100.00 there, in the form of the simulator's cases."""
    detail = {
        "type": "STA",
        "code": "09",
        "name": "CONNECTICUT",
        "tax_name": "CT STATE TAX",
        "rate": str(Decimal(tax) / 100),
        "tax": tax,
    }
    return {"region": "CT", "lines": [{"amount": "100", "details": [detail]}]}


def _without_local_rates(stage: Stage) -> Row:
    move = stage.draft("us", "virginia", *VIRGINIA)
    _away(stage)
    told = stage.refusal(lambda: stage.group.post([move]))
    _back(stage)
    return Row(
        "… and without local rates: refused",
        "draft",
        "refused",
        wrong="" if told else "not refused",
    )


def _away(stage: Stage) -> None:
    """From now on AvaTax answers nothing but errors."""
    stage.simulator.fault("avatax", kind="error", times=1000)


def _back(stage: Stage) -> None:
    """AvaTax works again, and the connection has noticed."""
    stage.simulator.clear_faults()
    manager, connection = (
        stage.group.login("manager"),
        stage.group.connection(CONNECTION),
    )

    def closed() -> bool:
        manager.call("finance.sync.connection", "action_test_connection", [connection])
        (seen,) = manager.call(
            "finance.sync.connection", "read", [connection], ["breaker_state"]
        )
        return seen["breaker_state"] == "closed"

    wait_for("the connection to be in use again", closed, interval=0.5)


STORIES: tuple[tuple[str, Story], ...] = (
    ("Outage, policy block", block),
    ("Outage, policy queue", queue),
    ("Outage, policy fallback", fallback),
)
