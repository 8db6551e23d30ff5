"""Shadow mode: what the other system says beside what is in the books."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .canonical import canonical_json

MATCH, DIFFERENT, FAILED, SKIPPED = "match", "different", "failed", "skipped"


@dataclass(frozen=True)
class Comparison:
    """One figure or fact. ``difference`` = actual − expected, for amounts.

    :param what: what was compared, in words
    :param expected: what is in the books here
    :param actual: what the connection would have put there
    """

    what: str
    expected: object
    actual: object

    @property
    def difference(self) -> Decimal:
        values = (self.expected, self.actual)
        if all(isinstance(value, Decimal) for value in values):
            return self.actual - self.expected
        return Decimal(0)

    @property
    def matches(self) -> bool:
        return canonical_json(self.expected) == canonical_json(self.actual)


def outcome(comparisons: Iterable[Comparison]) -> str:
    """What a document's comparisons come to; nothing to compare is no match."""
    found = [comparison.matches for comparison in comparisons]
    if not found:
        return SKIPPED
    return MATCH if all(found) else DIFFERENT


def match_rate(matched: int, compared: int) -> Decimal:
    """Percent with two places, rounded down: 100 means that all match."""
    if not compared:
        return Decimal(0)
    return Decimal(matched * 10000 // compared) / 100
