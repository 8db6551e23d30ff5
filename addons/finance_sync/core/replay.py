"""What a replay of a message that waits for a person would do."""

from __future__ import annotations

from dataclasses import dataclass

from .registry import Resolution

SEND = "send"
SEND_AGAIN = "send_again"
LOOK_UP = "look_up"
APPLY = "apply"
BLOCKED = "blocked"


@dataclass(frozen=True)
class Facts:
    """About one exchange, as the database has them.

    ``resolution``: of its operation, None where no adapter knows it. ``answered``: an
    answer is stored. ``unknown``: a call ended without one. ``attempted``: a call was
    made. ``connection``: draft, active, paused or elsewhere (activated in another
    database). ``earlier``: an earlier message about the document is unfinished and not
    replayed along.
    """

    state: str
    inbound: bool
    handled: bool
    resolution: Resolution | None
    connection: str
    routed: bool
    has_payload: bool
    answered: bool
    unknown: bool
    attempted: bool
    override_asked: bool
    earlier: bool


@dataclass(frozen=True)
class Plan:
    """``action``: one of the constants above; ``reason``: a code, where blocked."""

    action: str
    reason: str = ""


def plan(facts: Facts) -> Plan:
    """What will happen, by the rules that the job itself follows."""
    reason = _obstacle(facts)
    if reason:
        return Plan(BLOCKED, reason)
    if facts.inbound or facts.answered:
        return Plan(APPLY)
    if facts.unknown:
        if facts.resolution is Resolution.LOOKUP:
            return Plan(LOOK_UP)
        return Plan(SEND_AGAIN)
    return Plan(SEND_AGAIN if facts.attempted else SEND)


def _obstacle(facts: Facts) -> str:
    checks = (
        ("not_held", facts.state != "held"),
        ("no_handler", not facts.handled),
        ("override_asked", facts.override_asked),
        ("unrouted", not facts.routed),
        (f"connection_{facts.connection}", facts.connection != "active"),
        ("earlier", facts.earlier),
        ("erased", not facts.has_payload and (facts.inbound or not facts.answered)),
        ("ask_person", _is_for_a_person(facts)),
    )
    return next((reason for reason, applies in checks if applies), "")


def _is_for_a_person(facts: Facts) -> bool:
    """Nobody but a person can find out whether it has happened."""
    if facts.inbound or facts.answered or not facts.unknown:
        return False
    return facts.resolution in (None, Resolution.MANUAL)
