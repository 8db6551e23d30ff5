"""The order of exchanges about one document, as pure decisions.

Every exchange about a document carries a revision; only the lowest unfinished one may
run. A void can therefore never overtake the commit that it undoes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

PENDING, HELD = "pending", "held"
DONE, CANCELLED, SUPERSEDED = "done", "cancelled", "superseded"
OPEN = frozenset({PENDING, HELD})
FINAL = frozenset({DONE, CANCELLED, SUPERSEDED})
_FROM = {
    PENDING: frozenset({HELD}) | FINAL,
    # A held exchange may turn out to be done: a person looked at the provider.
    HELD: frozenset({PENDING}) | FINAL,
}


@dataclass(frozen=True)
class Waiting:
    """An unfinished exchange. ``attempts``: calls opened for it, finished or not."""

    revision: int
    operation: str
    attempts: int = 0


def may_change(state: str, new_state: str) -> bool:
    """True if an exchange may go from one state to the other. Final ones may not."""
    return new_state in _FROM.get(state, frozenset())


def next_revision(revisions: Iterable[int]) -> int:
    """The revision of a document's next exchange; counts from 1, never reused."""
    return max(revisions, default=0) + 1


def may_run(revision: int, open_revisions: Iterable[int]) -> bool:
    """True if no earlier exchange of the document is unfinished.

    A held one blocks those behind it: it waits for a person, and so do they.
    """
    return all(other >= revision for other in open_revisions)


def supersedes(
    revision: int, waiting: Iterable[Waiting], replaceable: Collection[str]
) -> tuple[int, ...]:
    """Revisions that a new exchange makes pointless, ascending.

    ``replaceable``: operations whose effect the new one replaces. Whatever has been
    attempted may have reached the provider, so it has to be finished and stays.
    """
    return tuple(
        sorted(
            other.revision
            for other in waiting
            if other.revision < revision
            and not other.attempts
            and other.operation in replaceable
        )
    )
