"""The hash chain over the event log: its form, and how it is verified.

A seal covers some events of one chain: one chain per company, and chain 0 for the rest.
Its ``leaves`` hold for each event 8 bytes of the id and the 32 bytes of the SHA-256 of
the event's text. ``digest`` is the SHA-256 of the leaves; ``hash`` that of the seal's
own text, in which the hash of the seal before stands. The texts are JSON with sorted
names and no blanks; ``format`` says which form, so that it can change.

PostgreSQL writes the seals (``sql/seal.sql``); this verifies them without that code.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

FORMAT = 1
NO_SEAL = "0" * 64
MOST_BREAKS = 20
_LEAF = struct.Struct(">q32s")
# Bytes of an IdSet: ids up to eight times as many.
_LARGEST_PLACE = 2**29
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Event(NamedTuple):
    """One row of the event log; ``occurred_at`` in UTC without a zone."""

    actor_ref: int | None
    company_ref: int | None
    connection_ref: int | None
    correlation_id: str | None
    data: str
    id: int
    occurred_at: datetime.datetime
    subject: str | None
    subject_model: str | None
    subject_ref: str | None
    type: str
    uuid: str
    version: int


class Seal(NamedTuple):
    """One link. ``total``: events of the chain up to and with this one."""

    chain: int
    number: int
    format: int
    event_count: int
    total: int
    first_event: int
    last_event: int
    digest: str
    previous: str
    hash: str
    sealed_at: datetime.datetime
    leaves: bytes


@dataclass(frozen=True)
class Break:
    """Where a chain is broken. ``seal``: its number; ``event``: an id, or None."""

    chain: int
    code: str
    seal: int | None = None
    event: int | None = None

    def __str__(self) -> str:
        where = f"chain {self.chain}"
        where += f", seal {self.seal}" if self.seal is not None else ""
        where += f", event {self.event}" if self.event is not None else ""
        return f"{where}: {BREAKS[self.code]}"


BREAKS = {
    "event_changed": "the event is not as it was sealed",
    "event_missing": "the event was sealed and is no more",
    "event_lost": "the event waits for its seal and is no more, or not as it was",
    "event_inserted": "the event is in no seal and does not wait for one",
    "event_twice": "the event is in two seals",
    "seal_changed": "the seal is not as it was made",
    "seal_missing": "a seal is missing before this one",
    "seal_order": "the seal does not follow the one before it",
    "format": "the seal's form is not known here",
    "tail_missing": "the chain ends before the seal that an anchor names",
    "rewritten": "the seal is another one than an anchor names",
    "bad_anchor": "an anchor was changed, or signed by a key that is not trusted",
}


def event_text(event: Event) -> str:
    """What is hashed of an event."""
    return _encode(
        {
            "actor_ref": event.actor_ref,
            "company_ref": event.company_ref,
            "connection_ref": event.connection_ref,
            "correlation_id": event.correlation_id,
            "data": event.data,
            "format": FORMAT,
            "id": event.id,
            "occurred_at": _moment(event.occurred_at),
            "subject": event.subject,
            "subject_model": event.subject_model,
            "subject_ref": event.subject_ref,
            "type": event.type,
            "uuid": event.uuid,
            "version": event.version,
        }
    )


def event_hash(event: Event) -> bytes:
    return hashlib.sha256(event_text(event).encode()).digest()


def pack(events: Iterable[Event]) -> bytes:
    """The leaves of a seal over these events."""
    ordered = sorted(events, key=lambda event: event.id)
    return b"".join(_LEAF.pack(event.id, event_hash(event)) for event in ordered)


def unpack(leaves: bytes) -> list[tuple[int, bytes]]:
    """[(event id, hash)]; a damaged end, which the digest tells, is left out."""
    return list(_LEAF.iter_unpack(leaves[: len(leaves) // _LEAF.size * _LEAF.size]))


def seal_hash(seal: Seal) -> str:
    """The hash that the seal's own text gives."""
    text = _encode(
        {
            "chain": seal.chain,
            "digest": seal.digest,
            "event_count": seal.event_count,
            "first_event": seal.first_event,
            "format": seal.format,
            "last_event": seal.last_event,
            "number": seal.number,
            "previous": seal.previous,
            "sealed_at": _moment(seal.sealed_at),
            "total": seal.total,
        }
    )
    return hashlib.sha256(text.encode()).hexdigest()


def make_seal(
    events: Sequence[Event], chain: int, previous: Seal | None, now: datetime.datetime
) -> Seal:
    """The next seal of a chain, as PostgreSQL makes it. For tests and for checking."""
    leaves = pack(events)
    ids = [event.id for event in events]
    seal = Seal(
        chain=chain,
        number=previous.number + 1 if previous else 1,
        format=FORMAT,
        event_count=len(events),
        total=len(events) + (previous.total if previous else 0),
        first_event=min(ids),
        last_event=max(ids),
        digest=hashlib.sha256(leaves).hexdigest(),
        previous=previous.hash if previous else NO_SEAL,
        hash="",
        sealed_at=now,
        leaves=leaves,
    )
    return seal._replace(hash=seal_hash(seal))


class Verifier:
    """Verifies the seals of one chain, in their order, and remembers what it saw.

    :param fetch: event ids → those of these events that there are, in any order
    """

    def __init__(self, chain: int, fetch: Callable[[Sequence[int]], Iterable[Event]]):
        self.chain = chain
        self.head: Seal | None = None
        self.event_count = 0
        self.covered = IdSet()
        self.hashes: dict[int, str] = {}
        self._fetch = fetch

    def feed(self, seal: Seal) -> Iterator[Break]:
        """What is broken at this seal, its own link first."""
        yield from self._check_link(seal)
        self.head = seal._replace(leaves=b"")
        self.hashes[seal.number] = seal.hash
        yield from self._check_events(seal, unpack(seal.leaves))

    def _check_link(self, seal: Seal) -> Iterator[Break]:
        last = self.head
        number = last.number + 1 if last else 1
        if seal.format != FORMAT:
            yield Break(self.chain, "format", seal.number)
        elif seal.hash != seal_hash(seal) or not _is_consistent(seal):
            yield Break(self.chain, "seal_changed", seal.number)
        elif seal.number > number:
            yield Break(self.chain, "seal_missing", seal.number)
        elif (
            seal.number != number
            or seal.chain != self.chain
            or seal.previous != (last.hash if last else NO_SEAL)
            or seal.total != seal.event_count + (last.total if last else 0)
        ):
            yield Break(self.chain, "seal_order", seal.number)

    def _check_events(self, seal: Seal, leaves: list) -> Iterator[Break]:
        found = {event.id: event for event in self._fetch([id_ for id_, _ in leaves])}
        for event_id, expected in leaves:
            event = found.get(event_id)
            if not self.covered.add(event_id):
                yield Break(self.chain, "event_twice", seal.number, event_id)
            if event is None:
                yield Break(self.chain, "event_missing", seal.number, event_id)
            elif event_hash(event) != expected or chain_of(event) != self.chain:
                yield Break(self.chain, "event_changed", seal.number, event_id)
        self.event_count += len(leaves)

    def feed_waiting(self, leaves: bytes) -> Iterator[Break]:
        """What is broken among the events that wait for their seal."""
        pairs = unpack(leaves)
        found = {event.id: event for event in self._fetch([id_ for id_, _ in pairs])}
        for event_id, expected in pairs:
            self.covered.add(event_id)
            event = found.get(event_id)
            if (
                event is None
                or event_hash(event) != expected
                or chain_of(event) != self.chain
            ):
                yield Break(self.chain, "event_lost", event=event_id)

    def check_head(self, number: int, hash_: str) -> Break | None:
        """Does the chain, as fed, hold the seal that an anchor names?"""
        known = self.hashes.get(number)
        if known is None:
            return Break(self.chain, "tail_missing", number)
        return None if known == hash_ else Break(self.chain, "rewritten", number)


class IdSet:
    """Ids, one bit each: a million take 125 kB. Absurd ones are kept as they are."""

    def __init__(self):
        self._bits = bytearray()
        self._absurd: set[int] = set()

    def add(self, number: int) -> bool:
        """False if it was in already."""
        if number in self:
            return False
        place, mask = number >> 3, 1 << (number & 7)
        if not 0 <= place < _LARGEST_PLACE:
            self._absurd.add(number)
            return True
        missing = place + 1 - len(self._bits)
        if missing > 0:
            self._bits.extend(bytes(missing + len(self._bits) // 4))
        self._bits[place] |= mask
        return True

    def __contains__(self, number: int) -> bool:
        place = number >> 3
        if 0 <= place < len(self._bits):
            return bool(self._bits[place] >> (number & 7) & 1)
        return number in self._absurd


def chain_of(event: Event) -> int:
    """The chain that an event belongs to."""
    return event.company_ref or 0


def _is_consistent(seal: Seal) -> bool:
    """Do the leaves agree with what the seal says of them?"""
    if hashlib.sha256(seal.leaves).hexdigest() != seal.digest:
        return False
    ids = [event_id for event_id, _hash in unpack(seal.leaves)]
    return (
        bool(ids)
        and len(ids) == seal.event_count
        and (min(ids), max(ids)) == (seal.first_event, seal.last_event)
    )


def _moment(value: datetime.datetime) -> str:
    return value.isoformat(timespec="microseconds") + "Z"
