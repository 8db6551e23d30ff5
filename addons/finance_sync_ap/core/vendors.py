"""Which vendors are perhaps one: by VAT number, by account, by a name nearly the same.

Not every two are compared. VAT numbers and accounts are looked up; of names, only those
that share one of their rarest pieces, of which two alike names always share one.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from .duplicates import simplified_name

SAME_VAT = "same_vat"
SAME_ACCOUNT = "same_account"
SAME_NAME = "same_name"
NEAR_NAME = "near_name"
# Of two that share a thing there is a pair; of more than so many, each with the first.
MOST_TOGETHER = 10
LEAST_ALIKE = 90
_WEIGHTS = {SAME_VAT: 100, SAME_ACCOUNT: 98, SAME_NAME: 97}
_PIECE = 3
_SHORTEST_VAT = 5
# Where VAT numbers begin with something else than the country's code (ISO 3166).
_PREFIXES = {"GR": "EL"}


@dataclass(frozen=True)
class Vendor:
    """``accounts``: numbers without spaces. ``company``: None where all share it."""

    key: int
    name: str
    vat: str = ""
    country: str = ""
    accounts: frozenset[str] = frozenset()
    company: int | None = None


@dataclass(frozen=True)
class Pair:
    """``one`` is the lower key; ``score`` in percent; the strongest reason first."""

    one: int
    other: int
    score: int
    reasons: tuple[str, ...]


def vat_key(number: str, country: str = "") -> str:
    """A VAT number with its country, however written; empty for what is none."""
    bare = "".join(c for c in number.upper() if c.isalnum())
    if len(bare) < _SHORTEST_VAT:
        return ""
    if bare[:2].isalpha():
        return bare
    return _PREFIXES.get(country.upper(), country.upper()) + bare


def alike(vendors: Iterable[Vendor], least: int = LEAST_ALIKE) -> tuple[Pair, ...]:
    """Pairs to look at, the likest first.

    Two with different VAT numbers are two, whatever else they share; so are those of
    two companies.

    :param least: how alike names must be, in percent
    """
    known = {vendor.key: vendor for vendor in vendors}
    vats = {
        vendor.key: vat_key(vendor.vat, vendor.country) for vendor in known.values()
    }
    found: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for one, other, reason, score in _shared(known, vats, least):
        if _may_be_one(known[one], known[other], vats):
            found[(one, other)][reason] = score
    return tuple(
        sorted(
            (_pair(keys, reasons) for keys, reasons in found.items()),
            key=lambda pair: (-pair.score, pair.one, pair.other),
        )
    )


def _pair(keys: tuple[int, int], reasons: dict[str, int]) -> Pair:
    ordered = sorted(reasons, key=lambda reason: (-reasons[reason], reason))
    return Pair(*keys, reasons[ordered[0]], tuple(ordered))


def _may_be_one(one: Vendor, other: Vendor, vats: dict[int, str]) -> bool:
    if None not in (one.company, other.company) and one.company != other.company:
        return False
    first, second = vats[one.key], vats[other.key]
    return not (first and second and first != second)


def _shared(known: dict[int, Vendor], vats: dict[int, str], least: int):
    """(lower key, higher key, reason, score) of what may be one, perhaps repeatedly."""
    by_vat: dict[str, list[int]] = defaultdict(list)
    by_account: dict[str, list[int]] = defaultdict(list)
    by_name: dict[str, list[int]] = defaultdict(list)
    for key in sorted(known):
        if vats[key]:
            by_vat[vats[key]].append(key)
        for account in known[key].accounts:
            by_account[account].append(key)
        if name := _sorted_name(known[key].name):
            by_name[name].append(key)
    for reason, groups in (
        (SAME_VAT, by_vat),
        (SAME_ACCOUNT, by_account),
        (SAME_NAME, by_name),
    ):
        for keys in groups.values():
            for one, other in _together(keys):
                yield one, other, reason, _WEIGHTS[reason]
    for first, second, score in near_names(by_name, least):
        pairs = itertools.product(by_name[first], by_name[second])
        for one, other in itertools.islice(pairs, MOST_TOGETHER**2):
            yield min(one, other), max(one, other), NEAR_NAME, min(score, 96)


def _together(keys: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Every two of a few; of many each with the first, that they stay a list."""
    if len(keys) <= MOST_TOGETHER:
        return itertools.combinations(keys, 2)
    return ((keys[0], key) for key in keys[1:])


def _sorted_name(name: str) -> str:
    return " ".join(sorted(simplified_name(name).split()))


def near_names(
    names: Iterable[str], least: int = LEAST_ALIKE
) -> Iterator[tuple[str, str, int]]:
    """(name, name, percent) of different names that are ``least`` percent alike."""
    for one, other in candidates(names, least):
        if score := fuzz.ratio(one, other, score_cutoff=least):
            yield one, other, int(score)


def candidates(
    names: Iterable[str], least: int = LEAST_ALIKE
) -> Iterator[tuple[str, str]]:
    """Which names to compare: all that can be ``least`` percent alike, and few others.

    A letter more or less changes three pieces of three letters at most, so of two alike
    names one of the rarest few pieces is the same: how few is told by the length
    (prefix filtering: Chaudhuri, Ganti, Kaushik 2006).
    """
    far = (100 - least) / 100
    longer = (1 + far) / (1 - far)
    pieces = {name: _pieces(name) for name in set(names)}
    frequency = Counter(itertools.chain.from_iterable(pieces.values()))
    index: dict[tuple, list[str]] = defaultdict(list)
    for name in sorted(pieces, key=lambda each: (len(each), each)):
        changes = int(far * len(name) * (1 + longer) + 1e-9)
        rarest = sorted(pieces[name], key=lambda piece: (frequency[piece], piece))
        rarest = rarest[: changes * _PIECE + 1]
        found = {each for piece in rarest for each in index[piece]}
        for other in sorted(found):
            if len(other) * longer + 1e-9 >= len(name):
                yield other, name
        for piece in rarest:
            index[piece].append(name)


def _pieces(name: str) -> list[tuple[str, int]]:
    """All of its three letters in a row, the n-th occurrence apart from the first."""
    edge = "\0" * (_PIECE - 1)
    text = f"{edge}{name}{edge}"
    seen: Counter = Counter()
    found = []
    for start in range(len(text) - _PIECE + 1):
        piece = text[start : start + _PIECE]
        found.append((piece, seen[piece]))
        seen[piece] += 1
    return found
