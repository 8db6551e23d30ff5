"""Configuration as data: snapshots, what differs between two, and how to undo it.

A *snapshot* is ``{model: {key: {field: value}}}`` where keys are stable names (no
database ids) and values are JSON. A *package* is a snapshot with what it says is
gone, ``{"records": snapshot, "absent": {model: [key]}}``: records that it does not
mention are none of its business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .canonical import canonical_json, digest
from .errors import ContractError

FORMAT = "finance-sync-package/1"
ADDED, CHANGED, REMOVED, UNCHANGED = "added", "changed", "removed", "unchanged"
KINDS = (ADDED, CHANGED, REMOVED, UNCHANGED)
MOST_RECORDS = 100_000

Values = Mapping[str, object]
Snapshot = Mapping[str, Mapping[str, Values]]


@dataclass(frozen=True)
class FieldChange:
    """One field: ``before`` is None on added records, ``after`` on removed ones."""

    name: str
    before: object
    after: object


@dataclass(frozen=True)
class Change:
    """What happens to one record. ``fields`` are sorted; none where unchanged."""

    model: str
    key: str
    kind: str
    fields: tuple[FieldChange, ...] = ()


def diff(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """What has to happen to ``before`` for it to become ``after``, sorted."""
    changes = []
    for model in sorted({*before, *after}):
        old, new = before.get(model, {}), after.get(model, {})
        changes += [
            _change(model, key, old.get(key), new.get(key))
            for key in sorted({*old, *new})
        ]
    return tuple(changes)


def _change(model: str, key: str, old: Values | None, new: Values | None) -> Change:
    kind = ADDED if old is None else REMOVED if new is None else CHANGED
    old, new = old or {}, new or {}
    names = sorted({*old, *new})
    fields = tuple(
        FieldChange(name, old.get(name), new.get(name))
        for name in names
        if kind != CHANGED
        or (name in old) != (name in new)
        or canonical_json(old[name]) != canonical_json(new[name])
    )
    if kind == CHANGED and not fields:
        kind = UNCHANGED
    return Change(model, key, kind, fields)


def apply(changes: Iterable[Change], snapshot: Snapshot) -> dict:
    """``snapshot`` after ``changes``: ``apply(diff(a, b), a)`` means the same as b.

    Field by field, so that what a change does not mention stays. A field whose new
    value is None is dropped from a changed record only if it was the old state's.
    """
    result = {model: dict(records) for model, records in snapshot.items()}
    for change in changes:
        records = result.setdefault(change.model, {})
        if change.kind == REMOVED:
            records.pop(change.key, None)
        elif change.kind in (ADDED, CHANGED):
            values = dict(records.get(change.key, {}))
            values.update({field.name: field.after for field in change.fields})
            records[change.key] = values
    return {model: records for model, records in result.items() if records}


def invert(changes: Iterable[Change]) -> tuple[Change, ...]:
    """What undoes ``changes``."""
    opposite = {ADDED: REMOVED, REMOVED: ADDED}
    return tuple(
        Change(
            change.model,
            change.key,
            opposite.get(change.kind, change.kind),
            tuple(FieldChange(f.name, f.after, f.before) for f in change.fields),
        )
        for change in changes
    )


def content_of(changes: Iterable[Change]) -> dict:
    """The package that makes ``changes`` happen."""
    records: dict = {}
    absent: dict = {}
    for change in changes:
        if change.kind == REMOVED:
            absent.setdefault(change.model, []).append(change.key)
        elif change.kind in (ADDED, CHANGED):
            values = {field.name: field.after for field in change.fields}
            records.setdefault(change.model, {})[change.key] = values
    return {"records": records, "absent": absent}


def package(name: str, records: Snapshot, absent=None, source: Values | None = None):
    """The content of a file. ``source``: where it comes from, for people to read."""
    return {
        "format": FORMAT,
        "name": name,
        "source": dict(source or {}),
        "records": records,
        "absent": {model: sorted(keys) for model, keys in (absent or {}).items()},
    }


def fingerprint(changes: Iterable[Change]) -> str:
    """Of what will happen: another one, and what was approved is not what is done."""
    wanted = sorted(
        (change for change in changes if change.kind != UNCHANGED),
        key=lambda change: (change.model, change.key),
    )
    return digest(
        [
            [c.model, c.key, c.kind, [[f.name, f.before, f.after] for f in c.fields]]
            for c in wanted
        ]
    )


def check(content) -> dict:
    """``content`` if it has the shape of a package.

    :raises ContractError: it has not; the message says what is wrong
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _bad("This is no configuration package of a version known here.")
    if not isinstance(content.get("name"), str):
        raise _bad("The package has no name.")
    _check_records(content.get("records"))
    absent = content.get("absent")
    if not isinstance(absent, dict) or not all(
        isinstance(keys, list) and all(isinstance(key, str) for key in keys)
        for keys in absent.values()
    ):
        raise _bad("The package does not say clearly what is to be removed.")
    return content


def _check_records(records) -> None:
    if not isinstance(records, dict):
        raise _bad("The package has no records.")
    for model, found in records.items():
        if not isinstance(found, dict) or not all(
            isinstance(values, dict) for values in found.values()
        ):
            raise _bad(f"The package's records of {model} are malformed.")
    if sum(map(len, records.values())) > MOST_RECORDS:
        raise _bad(f"A package has {MOST_RECORDS} records at most.")


def _bad(message: str) -> ContractError:
    return ContractError(message, code="bad_package")


def rename(value, names: Mapping[str, str]):
    """``value`` with references renamed: ``"company|4000"`` follows ``company``.

    Keys are made of parts joined by ``|``; a part is renamed wherever it is one.
    """
    if isinstance(value, str):
        parts = value.split("|")
        return "|".join(names.get(part, part) for part in parts)
    if isinstance(value, (list, tuple)):
        return [rename(item, names) for item in value]
    return value
