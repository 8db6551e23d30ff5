"""What importing rates would change, decided before anything is written.

One place, category and jurisdiction has one timeline. A new rate that starts while an
open-ended one is in force ends that one the day before; any other overlap is an error,
because it would leave it to chance which of two rates applies.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from .rate_file import FileError, Row
from .rates import Rate, Registration

_TIMELINE = {
    Rate: (
        "country",
        "state",
        "postal_from",
        "postal_to",
        "category",
        "jurisdiction_type",
        "jurisdiction_code",
    ),
    Registration: ("country", "state"),
}


@dataclass
class Plan:
    """``close`` and ``update`` map the id of what is there to what it becomes."""

    create: list = field(default_factory=list)
    update: dict = field(default_factory=dict)
    close: dict = field(default_factory=dict)
    unchanged: int = 0
    errors: list[FileError] = field(default_factory=list)


@dataclass
class _Span:
    item: Rate | Registration
    id: int | None = None
    row: int | None = None


def timeline_key(item: Rate | Registration) -> tuple:
    return tuple(getattr(item, name) for name in _TIMELINE[type(item)])


def plan(existing: Iterable[tuple[int, Rate]], rows: Sequence[Row]) -> Plan:
    """Compare the rows of a file with what is there (``(id, item)`` pairs)."""
    result = Plan()
    timelines: dict[tuple, list[_Span]] = defaultdict(list)
    wanted = {timeline_key(row.item) for row in rows}
    for record_id, item in existing:
        if timeline_key(item) in wanted:
            timelines[timeline_key(item)].append(_Span(item, id=record_id))
    for row in sorted(rows, key=lambda row: _start(row.item)):
        _place(timelines[timeline_key(row.item)], row, result)
    for spans in timelines.values():
        result.create.extend(span.item for span in spans if span.row and not span.id)
    return result


def _place(spans: list[_Span], row: Row, result: Plan) -> None:
    same = [span for span in spans if _start(span.item) == _start(row.item)]
    if same and same[0].row:
        result.errors.append(FileError(row.number, "valid_from", "", "duplicate"))
        return
    others = [span for span in spans if span not in same]
    clash = [span for span in others if _overlap(span.item, row.item)]
    closable = [span for span in clash if _may_close(span, row)]
    if len(clash) > len(closable):
        result.errors.append(
            FileError(row.number, "valid_from", str(row.item.valid_from), "overlap")
        )
        return
    for span in closable:
        _close(span, row, result)
    if not same:
        spans.append(_Span(row.item, row=row.number))
        return
    _replace(same[0], row, result)


def _replace(span: _Span, row: Row, result: Plan) -> None:
    span.row = row.number
    if span.item == row.item:
        result.unchanged += 1
        return
    span.item = row.item
    result.update[span.id] = row.item


def _close(span: _Span, row: Row, result: Plan) -> None:
    span.item = replace(span.item, valid_to=row.item.valid_from - timedelta(days=1))
    if span.id in result.update:
        result.update[span.id] = span.item
    elif span.id:
        result.close[span.id] = span.item


def _may_close(span: _Span, row: Row) -> bool:
    return span.item.valid_to is None and _start(span.item) < _start(row.item)


def _overlap(one, other) -> bool:
    return _start(one) <= _end(other) and _start(other) <= _end(one)


def _start(item) -> date:
    return item.valid_from or date.min


def _end(item) -> date:
    return item.valid_to or date.max
