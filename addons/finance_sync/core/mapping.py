"""Canonical values beside external codes: which version counts, and what it says.

A *version* holds lines for one object kind in one scope: a company (or the whole
group) and a connection (or any). The nearest scope that knows a code wins, code by
code, so that a company writes down only what differs from the group.
"""

import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from .errors import ContractError

BOTH, IN, OUT = "both", "in", "out"
DIRECTIONS = (BOTH, IN, OUT)
LONGEST_CODE = 128


class UnmappedError(ContractError):
    """Values that no mapping in effect knows. A person has to map them.

    :ivar values: what is missing
    :ivar versions: references of the versions that answered for the rest
    """

    def __init__(self, values: Iterable["Missing"], versions: Iterable[int] = ()):
        self.values = tuple(values)
        self.versions = tuple(versions)
        codes = ", ".join(f"{value.kind} “{value.code}”" for value in self.values[:5])
        super().__init__(
            f"Not mapped: {codes}.",
            code="unmapped",
            details=tuple(filter(None, (value.reason for value in self.values[:5]))),
        )


@dataclass(frozen=True)
class Missing:
    """A value without a mapping. ``direction`` is in (external code) or out."""

    kind: str
    code: str
    direction: str
    reason: str = ""


@dataclass(frozen=True)
class Scope:
    """Whom a version is for. None: every company of the group, any connection."""

    company: int | None
    connection: int | None


@dataclass(frozen=True)
class Version:
    """A version that is or was active; ``first`` and ``last`` are inclusive days."""

    ref: int
    scope: Scope
    number: int
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Line:
    """``canonical`` is whatever names the value on our side."""

    ref: int
    version: int
    external: str
    canonical: Hashable
    direction: str = BOTH


@dataclass(frozen=True)
class Resolution:
    """``found`` maps each code to its line; ``versions`` are those that answered."""

    found: Mapping[Hashable, Line]
    missing: tuple
    versions: tuple[int, ...]


def normalise(code) -> str:
    """A code as it is compared: text in NFC without blanks around it. Case counts."""
    return unicodedata.normalize("NFC", str(code)).strip()


def is_valid_code(code: str) -> bool:
    return 0 < len(code) <= LONGEST_CODE and code.isprintable()


def scopes(companies: Sequence[int], connection: int | None) -> tuple[Scope, ...]:
    """Scopes to look into, nearest first.

    :param companies: the company, then its parents upwards
    """
    connections = (None,) if connection is None else (connection, None)
    return tuple(
        Scope(company, each) for company in (*companies, None) for each in connections
    )


def in_effect(
    versions: Iterable[Version], order: Sequence[Scope], on_date: date
) -> tuple[Version, ...]:
    """The versions that count on a day, nearest scope first, one for each scope."""
    newest: dict[Scope, Version] = {}
    for version in versions:
        if covers(version, on_date):
            known = newest.get(version.scope)
            if known is None or known.number < version.number:
                newest[version.scope] = version
    return tuple(newest[scope] for scope in order if scope in newest)


def covers(version: Version, day: date) -> bool:
    return (version.first or date.min) <= day <= (version.last or date.max)


def resolve(
    codes: Iterable[Hashable],
    versions: Sequence[Version],
    lines: Iterable[Line],
    direction: str,
) -> Resolution:
    """Look codes up in versions as ``in_effect`` orders them.

    :param codes: external codes for ``in``, canonical values for ``out``
    """
    rank = {version.ref: place for place, version in enumerate(versions)}
    best: dict[Hashable, Line] = {}
    for line in lines:
        if line.version not in rank or line.direction not in (BOTH, direction):
            continue
        code = line.external if direction == IN else line.canonical
        known = best.get(code)
        if known is None or rank[line.version] < rank[known.version]:
            best[code] = line
    wanted = dict.fromkeys(codes)
    found = {code: best[code] for code in wanted if code in best}
    used = {line.version for line in found.values()}
    return Resolution(
        found,
        tuple(code for code in wanted if code not in best),
        tuple(ref for ref in rank if ref in used),
    )


def give_way(
    earlier: Version, first: date | None, last: date | None = None
) -> Version | None:
    """What is left of an earlier version once a successor holds ``first``–``last``.

    The successor's word counts from its first day on, so the earlier one ends the day
    before, unless it begins after the successor's end.

    :return: the version with its new end; None if no day is left to it
    """
    if last is not None and earlier.first is not None and earlier.first > last:
        return earlier
    if earlier.last is not None and first is not None and earlier.last < first:
        return earlier
    if first is None or first <= (earlier.first or date.min):
        return None
    return replace(earlier, last=first - timedelta(days=1))


# -- Comparing two versions


@dataclass(frozen=True)
class Entry:
    """A line's content, as people compare it."""

    external: str
    canonical: str
    direction: str = BOTH
    name: str = ""
    note: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same line in another version."""
        if self.direction == OUT:
            return OUT, self.canonical
        return IN, self.external


@dataclass(frozen=True)
class Difference:
    """``changed`` holds pairs (before, after)."""

    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    changed: tuple[tuple[Entry, Entry], ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)


def difference(before: Iterable[Entry], after: Iterable[Entry]) -> Difference:
    """What turns one version into another, each part sorted by its key."""
    old = {entry.key: entry for entry in before}
    new = {entry.key: entry for entry in after}
    both = [(old[key], new[key]) for key in sorted(old.keys() & new.keys())]
    changed = tuple(pair for pair in both if pair[0] != pair[1])
    return Difference(
        added=tuple(new[key] for key in sorted(new.keys() - old.keys())),
        removed=tuple(old[key] for key in sorted(old.keys() - new.keys())),
        changed=changed,
        unchanged=len(both) - len(changed),
    )
