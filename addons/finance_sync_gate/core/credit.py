"""Credit exposure of one customer in one company, in company currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .verdict import BLOCK, HOLD, PASS, worst

OVER_LIMIT, OVERDUE, NO_LIMIT = "over_limit", "overdue", "no_limit"


@dataclass(frozen=True)
class Exposure:
    """``open_items``: posted and unpaid, credits deducted; ``drafts``: other drafts;
    ``orders``: confirmed and not invoiced; ``document``: the one being decided."""

    document: Decimal
    open_items: Decimal = Decimal(0)
    drafts: Decimal = Decimal(0)
    orders: Decimal = Decimal(0)
    overdue: Decimal = Decimal(0)
    overdue_days: int = 0

    @property
    def total(self) -> Decimal:
        return self.open_items + self.drafts + self.orders + self.document


@dataclass(frozen=True)
class Policy:
    """``limit`` None: none agreed. ``block_over``: percent above the limit at which
    nobody may go on, 0: never. ``overdue_days`` 0: overdue items do not matter."""

    limit: Decimal | None
    hold_without_limit: bool = False
    block_over: Decimal = Decimal(0)
    overdue_days: int = 0
    overdue_least: Decimal = Decimal(0)


@dataclass(frozen=True)
class Finding:
    reason: str
    state: str


def decide(exposure: Exposure, policy: Policy) -> tuple[str, tuple[Finding, ...]]:
    """The state, and why. A document that adds nothing to the exposure passes."""
    if exposure.document <= 0:
        return PASS, ()
    findings = [*_limit(exposure, policy), *_overdue(exposure, policy)]
    return worst(f.state for f in findings), tuple(findings)


def _limit(exposure: Exposure, policy: Policy):
    if policy.limit is None:
        if policy.hold_without_limit:
            yield Finding(NO_LIMIT, HOLD)
        return
    if exposure.total <= policy.limit:
        return
    most = policy.limit * (1 + policy.block_over / 100)
    over = policy.block_over and exposure.total > most
    yield Finding(OVER_LIMIT, BLOCK if over else HOLD)


def _overdue(exposure: Exposure, policy: Policy):
    late = policy.overdue_days and exposure.overdue_days > policy.overdue_days
    if late and exposure.overdue > policy.overdue_least:
        yield Finding(OVERDUE, HOLD)
