"""Mappings as tables: what the columns mean, and what is wrong with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .mapping import BOTH, DIRECTIONS, IN, OUT, is_valid_code, normalise
from .table_file import FileError, Table, read

COLUMNS = (
    "external_code",
    "external_name",
    "canonical_code",
    "canonical_name",
    "direction",
    "note",
    "used",
    "last_used",
)
REQUIRED = ("external_code", "canonical_code")
LONGEST_NOTE = 500


@dataclass(frozen=True)
class MappingRow:
    number: int
    external: str
    canonical: str
    direction: str = BOTH
    name: str = ""
    note: str = ""


@dataclass(frozen=True)
class Parsed:
    rows: tuple[MappingRow, ...]
    errors: tuple[FileError, ...]


def parse(data: bytes) -> Parsed:
    """Read a file of mapping lines.

    Error codes beside those of ``table_file``: missing, bad_code, bad_direction,
    duplicate (the external code), two_ways_out (our code would go out as two).
    """
    table: Table = read(data, REQUIRED, COLUMNS)
    rows, errors = [], list(table.errors)
    for row in table.rows:
        found = list(_problems(row))
        errors.extend(found)
        if not found:
            rows.append(_mapping_row(row))
    errors.extend(duplicates(rows))
    return Parsed(tuple(rows), tuple(sorted(errors, key=lambda error: error.row)))


def _problems(row):
    for column in REQUIRED:
        value = normalise(row.cells.get(column, ""))
        if not value:
            yield FileError(row.number, column, "", "missing")
        elif not is_valid_code(value):
            yield FileError(row.number, column, value, "bad_code")
    direction = row.cells.get("direction", "").lower()
    if direction and direction not in DIRECTIONS:
        yield FileError(row.number, "direction", direction, "bad_direction")


def _mapping_row(row) -> MappingRow:
    cells = row.cells
    return MappingRow(
        row.number,
        normalise(cells["external_code"]),
        normalise(cells["canonical_code"]),
        cells.get("direction", "").lower() or BOTH,
        cells.get("external_name", "")[:LONGEST_NOTE],
        cells.get("note", "")[:LONGEST_NOTE],
    )


def duplicates(rows: Sequence[MappingRow]) -> Iterable[FileError]:
    """Rows that say something else about a code than an earlier row."""
    coming, going = set(), set()
    for row in rows:
        if row.direction in (BOTH, IN):
            if row.external in coming:
                yield FileError(row.number, "external_code", row.external, "duplicate")
            coming.add(row.external)
        if row.direction in (BOTH, OUT):
            if row.canonical in going:
                yield FileError(
                    row.number, "canonical_code", row.canonical, "two_ways_out"
                )
            going.add(row.canonical)
