"""What became of each document, as tables at the end of a run."""

from __future__ import annotations

import contextlib
import enum
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support import table

from .documents import Document


class Outcome(enum.Enum):
    """``value``: the head of its column."""

    EQUAL = "Equal totals"
    OTHER = "Other syntax"
    BY_HAND = "By hand"
    MISSING = "Term missing"
    SUMS = "Does not add up"
    WRONG = "Wrong"


@dataclass
class Entry:
    """``why``: of a document that was held."""

    document: Document
    outcome: Outcome = Outcome.WRONG
    why: str = ""


class Report:
    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._absent: list[str] = []

    @contextlib.contextmanager
    def checked(self, document: Document) -> Iterator[Entry]:
        """The document's entry, which is wrong unless its check says otherwise."""
        entry = Entry(document)
        self._entries.append(entry)
        try:
            yield entry
        except BaseException:
            entry.outcome = Outcome.WRONG
            raise

    def absent(self, source: str) -> None:
        self._absent.append(source)

    def render(self) -> str:
        if not (self._entries or self._absent):
            return ""
        parts = [self._counts(), self._held()]
        return "\n\n".join(part for part in parts if part)

    def _counts(self) -> str:
        head = ["Source", "Files", *(outcome.value for outcome in Outcome)]
        rows = []
        for source in dict.fromkeys(one.document.source for one in self._entries):
            mine = [one for one in self._entries if one.document.source == source]
            rows.append([source, *self._figures(mine)])
        rows += [[f"{source} (not there)", *["–"] * 7] for source in self._absent]
        rows.append(["all", *self._figures(self._entries)])
        return table.render(head, rows, right=head[1:], width=120)

    @staticmethod
    def _figures(entries: list[Entry]) -> list[str]:
        found = Counter(entry.outcome for entry in entries)
        return [str(len(entries)), *(str(found[outcome]) for outcome in Outcome)]

    def _held(self) -> str:
        rows = [
            [one.document.name.rpartition("/")[2], one.outcome.value, one.why]
            for one in self._entries
            if one.outcome is not Outcome.EQUAL
        ]
        head = ("Held", "As", "Reason")
        return table.render(head, rows, width=150) if rows else ""


REPORT = Report()
