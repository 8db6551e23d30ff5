"""Rates and registrations as CSV files that accountants keep in a spreadsheet.

What spreadsheets write is read as it is: comma, semicolon or tab between the fields,
UTF-8 or Windows-1252, ``7.25`` or ``7,25``, ``2025-12-31`` or ``31.12.2025``. What
could mean two things (``03/04/2025``) is refused. Nothing here raises on bad input:
every problem is a :class:`FileError` with its row, so that all are seen at once.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .document import JURISDICTION_TYPES
from .rates import Rate, Registration

RATE_COLUMNS = (
    "country",
    "state",
    "postal_from",
    "postal_to",
    "category",
    "rate_percent",
    "valid_from",
    "valid_to",
    "name",
    "jurisdiction_type",
    "jurisdiction_code",
    "complete",
    "source",
    "source_date",
)
REGISTRATION_COLUMNS = ("country", "state", "valid_from", "valid_to")
MAX_BYTES = 20_000_000

_YES = {"1", "true", "yes", "y", "ja", "oui", "x"}
_NO = {"", "0", "false", "no", "n", "nein", "non"}
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class FileError:
    """A problem of one row. ``row`` counts as a spreadsheet does: the header is 1.

    ``code`` is one of missing_column, unknown_column, missing, not_a_number,
    out_of_range, not_a_date, ambiguous_date, not_a_choice, end_before_start,
    postal_range, duplicate, overlap, unreadable, too_large, empty.
    """

    row: int
    column: str
    value: str
    code: str


@dataclass(frozen=True)
class Row:
    """One good row: ``item`` is a :class:`Rate` or a :class:`Registration`."""

    number: int
    item: Rate | Registration


@dataclass(frozen=True)
class Parsed:
    rows: tuple[Row, ...]
    errors: tuple[FileError, ...]


class _Fields:
    """Typed access to one row's cells; collects what is wrong with them."""

    def __init__(self, number: int, cells: Mapping[str, str]):
        self.number = number
        self.errors: list[FileError] = []
        self._cells = cells

    def fail(self, column: str, code: str) -> None:
        self.errors.append(FileError(self.number, column, self.text(column), code))

    def text(self, column: str) -> str:
        text = (self._cells.get(column) or "").strip()
        # The apostrophe that keeps a spreadsheet from running the text; see _safe().
        return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text

    def code(self, column: str, required: bool = False) -> str:
        value = self.text(column).upper()
        if required and not value:
            self.fail(column, "missing")
        return value

    def percent(self, column: str) -> Decimal:
        """The fraction that a percentage means: "7,25 %" is 0.0725."""
        text = self.text(column).rstrip("%").strip().replace(",", ".")
        if not text:
            self.fail(column, "missing")
        elif not re.fullmatch(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+", text):
            self.fail(column, "not_a_number")
        elif not 0 <= Decimal(text) <= 100:
            self.fail(column, "out_of_range")
        else:
            return (Decimal(text) / 100).normalize()
        return Decimal(0)

    def day(self, column: str) -> date | None:
        text = self.text(column)
        if not text:
            return None
        if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}", text):
            self.fail(column, "ambiguous_date")
            return None
        iso = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
        dotted = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
        parts = iso.groups() if iso else dotted.groups()[::-1] if dotted else None
        try:
            return date(*map(int, parts or ()))
        except (TypeError, ValueError):
            self.fail(column, "not_a_date")
            return None

    def flag(self, column: str) -> bool:
        value = self.text(column).lower()
        if value not in _YES | _NO:
            self.fail(column, "not_a_choice")
        return value in _YES

    def period(self) -> tuple[date | None, date | None]:
        first, last = self.day("valid_from"), self.day("valid_to")
        if first and last and last < first:
            self.fail("valid_to", "end_before_start")
        return first, last


def parse_rates(data: bytes) -> Parsed:
    """Read a file of rates; ``rate_percent`` becomes a fraction."""
    return _parse(data, RATE_COLUMNS, ("country", "rate_percent"), _rate)


def parse_registrations(data: bytes) -> Parsed:
    """Read a file of registrations."""
    return _parse(data, REGISTRATION_COLUMNS, ("country",), _registration)


def write_rates(rates: Iterable[Rate]) -> str:
    """The CSV that :func:`parse_rates` reads back to the same rates."""
    return _write(RATE_COLUMNS, ({**vars(rate), **_cells(rate)} for rate in rates))


def write_registrations(registrations: Iterable[Registration]) -> str:
    return _write(REGISTRATION_COLUMNS, (vars(item) for item in registrations))


def _cells(rate: Rate) -> dict[str, str]:
    return {
        "rate_percent": f"{(rate.rate * 100).normalize():f}",
        "complete": "yes" if rate.complete else "no",
    }


def _write(columns, rows) -> str:
    output = io.StringIO()
    writer = csv.DictWriter(
        output, columns, extrasaction="ignore", lineterminator="\r\n"
    )
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _safe(row[key]) for key in columns})
    return output.getvalue()


def _safe(value) -> str:
    """Text that a spreadsheet shows and does not run as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in _FORMULA else text


def _rate(fields: _Fields) -> Rate:
    first, last = fields.period()
    kind = fields.text("jurisdiction_type").lower()
    country, state = fields.code("country", required=True), fields.code("state")
    kind = kind or ("state" if state else "country")
    if kind not in JURISDICTION_TYPES:
        fields.fail("jurisdiction_type", "not_a_choice")
    postal_from, postal_to = fields.code("postal_from"), fields.code("postal_to")
    if postal_to and postal_to < postal_from:
        fields.fail("postal_to", "postal_range")
    return Rate(
        country=country,
        state=state,
        postal_from=postal_from,
        postal_to=postal_to,
        category=fields.text("category"),
        rate=fields.percent("rate_percent"),
        valid_from=first,
        valid_to=last,
        name=fields.text("name"),
        jurisdiction_type=kind,
        jurisdiction_code=fields.text("jurisdiction_code")
        or (f"{country}-{state}" if state else country),
        complete=fields.flag("complete"),
        source=fields.text("source"),
        source_date=fields.day("source_date"),
    )


def _registration(fields: _Fields) -> Registration:
    first, last = fields.period()
    country = fields.code("country", required=True)
    return Registration(country, fields.code("state"), first, last)


def _parse(data: bytes, columns, required, make: Callable) -> Parsed:
    if len(data) > MAX_BYTES:
        return Parsed((), (FileError(1, "", "", "too_large"),))
    text = _decode(data)
    if not text.strip():
        return Parsed((), (FileError(1, "", "", "empty"),))
    if "\0" in text:
        # Python 3.10 raises, later ones do not: no text file holds one.
        return Parsed((), (FileError(1, "", "", "unreadable"),))
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    errors = [
        *(_header_errors(required, reader.fieldnames, "missing_column")),
        *(_header_errors(reader.fieldnames, columns, "unknown_column")),
    ]
    if errors:
        return Parsed((), tuple(errors))
    return _rows(reader, make)


def _header_errors(names, allowed, code):
    return [FileError(1, name, name, code) for name in names if name not in allowed]


def _rows(reader, make) -> Parsed:
    rows, errors = [], []
    try:
        for cells in reader:
            if None in cells or any(value is None for value in cells.values()):
                errors.append(FileError(reader.line_num, "", "", "unreadable"))
                continue
            if not any(value.strip() for value in cells.values()):
                continue
            fields = _Fields(reader.line_num, cells)
            item = make(fields)
            errors.extend(fields.errors)
            if not fields.errors:
                rows.append(Row(fields.number, item))
    except csv.Error:
        errors.append(FileError(reader.line_num, "", "", "unreadable"))
    return Parsed(tuple(rows), tuple(errors))


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    header = text.lstrip().splitlines()[0]
    return max(",;\t", key=header.count)
