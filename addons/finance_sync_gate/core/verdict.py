"""What a check comes to, from harmless to severe."""

from __future__ import annotations

from collections.abc import Iterable

PASS, REVIEW, WAIT, HOLD, BLOCK = "pass", "review", "wait", "hold", "block"
# PASS and REVIEW let a document go on; REVIEW is looked at afterwards.
ORDER = (PASS, REVIEW, WAIT, HOLD, BLOCK)
STOPPING = frozenset({WAIT, HOLD, BLOCK})


def worst(states: Iterable[str]) -> str:
    """The severest of ``states``; nothing to object to is a pass."""
    return max(states, key=ORDER.index, default=PASS)


def by_score(score: float, hold_from: float, block_from: float) -> str:
    """``block_from`` 0: nothing blocks for good."""
    if block_from and score >= block_from:
        return BLOCK
    return HOLD if score >= hold_from else PASS
