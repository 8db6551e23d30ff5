"""What is to be done with the files of a watched folder, by their names and ages."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace

from odoo.addons.finance_sync.core.sftp import Entry

CLAIMED, DONE, ERROR = "claimed", "done", "error"
# Names that programs give to what they have not written to the end.
UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload", ".writing", "~")
# Of more files than that, the oldest are watched.
MOST_WATCHED = 1000
_LONGEST = 255
_LONGEST_ENDING = 16
_CLAIM = re.compile(r"([0-9a-f]{16})~(.+)", re.DOTALL)

Seen = dict[str, list[int]]


def is_complete_name(name: str) -> bool:
    """Whether nothing in its name says that it is still being written, or hidden."""
    return not name.startswith(".") and not name.lower().endswith(UNFINISHED)


def claim_of(name: str) -> str:
    """A name for ``name`` that no other file has had: 16 digits, ``~``, the name.

    By it, what was taken in is known for good, even if the same content comes again.
    """
    return f"{secrets.token_hex(8)}~{_cut(name, _LONGEST - 17)}"


def is_claim(name: str) -> bool:
    return _CLAIM.fullmatch(name) is not None


def name_of(claim: str) -> str:
    """The name that a claimed file came with."""
    found = _CLAIM.fullmatch(claim)
    return found[2] if found else claim


def shown(name: str) -> str:
    """For people: without what no screen shows."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"
                   for char in name)  # fmt: skip


def numbered(name: str, number: int) -> str:
    """``bill.xml`` → ``bill-2.xml``; the first keeps its name."""
    if number < 2:
        return name
    stem, ending = _split(name)
    tail = f"-{number}{ending}"
    return f"{_cut(stem, _LONGEST - len(tail.encode()))}{tail}"


def ripe(
    entries: Iterable[Entry], seen: Mapping[str, list[int]], now: int, quiet: int
) -> tuple[list[Entry], Seen, bool]:
    """Which files are complete: at two looks of the same size and age.

    The server's times are compared with each other alone, and ours with each other
    alone, so that two clocks need not agree.

    :param seen: name → [size, modified, since when it is so, by our clock], of the
        look before
    :param now: seconds since the epoch, by our clock
    :param quiet: seconds for which nothing may have changed
    :return: (those, what is seen now of the others, whether there is a new one)
    """
    good, rest, fresh = [], {}, False
    for entry in sorted(entries, key=lambda each: each.modified)[:MOST_WATCHED]:
        before = seen.get(entry.name)
        same = before is not None and before[:2] == [entry.size, entry.modified]
        since = before[2] if same else now
        if same and now - since >= quiet:
            good.append(entry)
        rest[entry.name] = [entry.size, entry.modified, since]
        fresh = fresh or before is None
    return good, rest, fresh


def claimed_entry(entry: Entry, claim: str) -> Entry:
    """The same file under the name that it was claimed as."""
    return replace(entry, name=claim)


def _cut(name: str, most: int) -> str:
    """At most so many bytes, its ending kept."""
    if len(name.encode()) <= most:
        return name
    _stem, ending = _split(name)
    left = most - len(ending.encode())
    return name.encode()[:left].decode("utf-8", "ignore") + ending


def _split(name: str) -> tuple[str, str]:
    """``("bill", ".xml")``; what is too long for an ending is none."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > _LONGEST_ENDING:
        return name, ""
    return stem, dot + ending
