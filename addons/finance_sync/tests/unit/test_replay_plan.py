"""What a replay would do, for each way in which a message may wait."""

import dataclasses

import pytest
from odoo.addons.finance_sync.core import replay
from odoo.addons.finance_sync.core.registry import Resolution

REFUSED = replay.Facts(
    state="held",
    inbound=False,
    handled=True,
    resolution=Resolution.LOOKUP,
    connection="active",
    routed=True,
    has_payload=True,
    answered=False,
    unknown=False,
    attempted=True,
    override_asked=False,
    earlier=False,
)


def plan(**changes):
    return replay.plan(dataclasses.replace(REFUSED, **changes))


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({}, replay.SEND_AGAIN),
        ({"attempted": False}, replay.SEND),
        ({"unknown": True}, replay.LOOK_UP),
        ({"unknown": True, "resolution": Resolution.IDEMPOTENT}, replay.SEND_AGAIN),
        ({"unknown": True, "resolution": Resolution.READ}, replay.SEND_AGAIN),
        ({"answered": True}, replay.APPLY),
        # What is answered needs neither the other side nor what was sent.
        (
            {"answered": True, "unknown": True, "resolution": Resolution.MANUAL},
            replay.APPLY,
        ),
        ({"answered": True, "has_payload": False}, replay.APPLY),
        ({"inbound": True, "resolution": None}, replay.APPLY),
    ],
)
def test_action(changes, action):
    assert plan(**changes) == replay.Plan(action)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "pending"}, "not_held"),
        ({"handled": False}, "no_handler"),
        ({"override_asked": True}, "override_asked"),
        ({"routed": False, "inbound": True}, "unrouted"),
        ({"connection": "paused"}, "connection_paused"),
        ({"connection": "elsewhere"}, "connection_elsewhere"),
        ({"earlier": True}, "earlier"),
        ({"has_payload": False}, "erased"),
        ({"has_payload": False, "inbound": True, "answered": True}, "erased"),
        ({"unknown": True, "resolution": Resolution.MANUAL}, "ask_person"),
        ({"unknown": True, "resolution": None}, "ask_person"),
    ],
)
def test_blocked(changes, reason):
    assert plan(**changes) == replay.Plan(replay.BLOCKED, reason)
