"""Tables as accountants keep them: CSV or XLSX in, CSV or XLSX out.

What spreadsheets write is read as it is: comma, semicolon or tab between the fields,
UTF-8 or Windows-1252, numbers and dates in cells. Nothing here raises on bad input:
every problem is a :class:`FileError` with its row, so that all are seen at once.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

MAX_BYTES = 20_000_000
# Of all the parts of a workbook together: a small file may unpack to gigabytes.
MAX_UNPACKED = 200_000_000
MAX_ROWS = 100_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WORKBOOK = b"PK\x03\x04"
_UNREADABLE = (
    InvalidFileException,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    OSError,
    SyntaxError,  # what XML parsers raise
)


@dataclass(frozen=True)
class FileError:
    """A problem of one row. ``row`` counts as a spreadsheet does: the header is 1.

    ``code`` here is one of empty, too_large, too_many, unreadable, missing_column,
    unknown_column; who reads the rows adds others.
    """

    row: int
    column: str
    value: str
    code: str


@dataclass(frozen=True)
class Row:
    """``cells`` are text by column, blanks around them gone."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    rows: tuple[Row, ...]
    errors: tuple[FileError, ...]


def read(data: bytes, required: Sequence[str], known: Sequence[str]) -> Table:
    """Read a table whose first row names the columns, in any order.

    :param required: columns that have to be there
    :param known: these and what else is understood; any other is an error
    """
    if len(data) > MAX_BYTES:
        return _failed("too_large")
    try:
        raw = _xlsx_rows(data) if data.startswith(_WORKBOOK) else _csv_rows(data)
        header, rows = _split(raw)
    except _TooLargeError:
        return _failed("too_large")
    except (csv.Error, UnicodeError, *_UNREADABLE):
        return _failed("unreadable")
    if not header:
        return _failed("empty")
    errors = _header_errors(header, required, known)
    if errors:
        return Table((), errors)
    if len(rows) > MAX_ROWS:
        return _failed("too_many")
    return _table(header, rows)


class _TooLargeError(Exception):
    """A workbook that would unpack to too much."""


def _failed(code: str) -> Table:
    return Table((), (FileError(1, "", "", code),))


def _split(raw: Iterator[tuple[int, list[str]]]):
    """``(names of the columns, [(number, values)])``; rows without a value left out."""
    _number, header = next(raw, (1, []))
    names = [name.strip().lower() for name in header]
    while names and not names[-1]:
        names.pop()
    rows = []
    for number, values in raw:
        if any(value.strip() for value in values):
            rows.append((number, values))
        if len(rows) > MAX_ROWS:
            break
    return names, rows


def _header_errors(header, required, known) -> tuple[FileError, ...]:
    missing = [name for name in required if name not in header]
    unknown = [name for name in header if name not in known]
    twice = {name for name in header if header.count(name) > 1}
    return (
        *(FileError(1, name, name, "missing_column") for name in missing),
        *(FileError(1, name, name, "unknown_column") for name in unknown),
        *(FileError(1, name, name, "unreadable") for name in sorted(twice)),
    )


def _table(header, rows) -> Table:
    good, errors = [], []
    for number, values in rows:
        if any(value.strip() for value in values[len(header) :]):
            errors.append(FileError(number, "", "", "unreadable"))
            continue
        padded = [*values, *[""] * (len(header) - len(values))]
        cells = {
            name: _plain(value) for name, value in zip(header, padded, strict=False)
        }
        good.append(Row(number, cells))
    return Table(tuple(good), tuple(errors))


def _plain(text: str) -> str:
    text = text.strip()
    # The apostrophe that keeps a spreadsheet from running the text; see safe().
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def _csv_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decode(data)
    if "\0" in text:
        raise csv.Error("no text")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    for values in reader:
        yield reader.line_num, values


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    header = next(iter(text.lstrip().splitlines()), "")
    return max(",;\t", key=header.count)


def _xlsx_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
            raise _TooLargeError
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            return
        for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, [_cell_text(value) for value in values]
    finally:
        book.close()


def _cell_text(value) -> str:
    """A cell as a person would have typed it: 4000, not 4000.0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if _is_midnight(value) else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _is_midnight(value: datetime) -> bool:
    return not (value.hour or value.minute or value.second or value.microsecond)


def safe(value) -> str:
    """Text that a spreadsheet shows and does not run as a formula."""
    text = "" if value is None or value is False else str(value)
    return f"'{text}" if text[:1] in _FORMULA else text


def write_csv(columns: Sequence[str], rows: Iterable[Sequence]) -> bytes:
    """UTF-8 with the mark that Excel wants; read back by :func:`read`."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe(value) for value in row])
    return output.getvalue().encode("utf-8-sig")


def write_xlsx(columns: Sequence[str], rows: Iterable[Sequence]) -> bytes:
    """A workbook of text cells, so that 0100 stays 0100 and no text is a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for values in (columns, *rows):
        sheet.append([_text_cell(sheet, value) for value in values])
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _text_cell(sheet, value):
    text = "" if value is None or value is False else str(value)
    printable = "".join(char for char in text if char.isprintable() or char in "\t\n")
    cell = WriteOnlyCell(sheet, value=printable)
    cell.data_type = "s"
    cell.number_format = "@"
    return cell
