"""Whether what a platform lists is new to us, and under which version it is."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from odoo.addons.finance_sync.core.canonical import digest

from .platform import PREBOOK, TRANSFER, Change

# Versions made from times may be ahead of their time, see ``decide``.
AHEAD = 2


class Verdict(enum.Enum):
    NEW = "new"
    UNCHANGED = "unchanged"
    STALE = "stale"


@dataclass(frozen=True)
class Known:
    """The newest message of a bill or record that we have. ``hash``: its ``digest``."""

    version: int
    hash: str


def is_void_of_nothing(change: Change, known: Known | None) -> bool:
    """A record that was given up before we heard of it: there is nothing to undo."""
    return known is None and (change.message or {}).get("void") is True


def handed_over(change: Change, staged: bool) -> dict:
    """The message as it is kept: with what it was offered for, where that matters."""
    message = dict(change.message or {})
    return {**message, "stage": change.stage} if staged else message


def decide(
    change: Change, known: Known | None, *, exact: bool, staged: bool
) -> tuple[Verdict, int]:
    """(verdict, the version to hand it over under).

    Where the platform counts versions (``exact``), its word counts: the same one with
    another content goes on, and becomes a conflict. Elsewhere the content decides, as
    acknowledging and reporting change a bill's time there; of two changes in the same
    second the later one gets the next number.
    """
    if known is None:
        return Verdict.NEW, change.version
    same = known.hash in _digests(change, staged)
    if exact:
        if change.version < known.version:
            return Verdict.STALE, known.version
        # A listing without contents: the version is all there is.
        if change.version == known.version and (same or change.message is None):
            return Verdict.UNCHANGED, known.version
        return Verdict.NEW, change.version
    if same:
        return Verdict.UNCHANGED, known.version
    if change.version + AHEAD < known.version:
        return Verdict.STALE, known.version
    return Verdict.NEW, max(change.version, known.version + 1)


def _digests(change: Change, staged: bool) -> Iterable[str]:
    """Of the message, for whatever it may have been offered before."""
    if change.message is None:
        return ()
    if not staged:
        return (digest(change.message),)
    stages = ("", PREBOOK, TRANSFER)
    return tuple(digest({**change.message, "stage": stage}) for stage in stages)
