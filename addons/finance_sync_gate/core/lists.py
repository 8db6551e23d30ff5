"""Published lists of sanctioned persons and entities, read one entry at a time.

Shapes:

- ``csv``: a header with ``reference`` and ``name``, and, if given, ``aliases``
  (separated by ``;`` or ``|``), ``country``, ``type``, ``birth_date``, ``program``
- ``ofac_sdn``: SDN.CSV of the US Treasury: no header, twelve columns, ``-0-`` for
  nothing. Source: https://ofac.treasury.gov/specially-designated-nationals-list-data-formats-data-schemas
- ``eu``: the EU's consolidated list as CSV (separator ``;``): a row for each alias,
  rows of one ``Entity_LogicalId`` in sequence. Source: https://webgate.ec.europa.eu/fsd/fsf
- ``un``: the UN Security Council's consolidated list, XML. Source:
  https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from lxml import etree

MOST_ENTRIES = 1_000_000
MOST_NAMES = 100
LONGEST_NAME = 500
_NOTHING = "-0-"
_ALIAS = re.compile(r"(?:a|f|n)\.k\.a\.\s+['\"]?([^'\";]+)", re.IGNORECASE)


class ListError(ValueError):
    """The file is not of the shape that was chosen; the message says where."""


@dataclass(frozen=True)
class Entry:
    """``reference`` is the publisher's; ``names``: the main one first."""

    reference: str
    names: tuple[str, ...]
    kind: str = ""
    countries: tuple[str, ...] = ()
    birth_date: str = ""
    program: str = ""


def read(shape: str, file: BinaryIO) -> Iterator[Entry]:
    """The entries of ``file``, one at a time.

    :raises ListError: not of this shape, or not to be read
    """
    number = 0
    try:
        for number, entry in enumerate(READERS[shape](file), 1):
            if number > MOST_ENTRIES:
                raise ListError(f"A list has {MOST_ENTRIES} entries at most.")
            yield entry
    except (UnicodeDecodeError, csv.Error, etree.XMLSyntaxError) as error:
        raise ListError(f"Not readable after entry {number}: {error}") from error


def _entry(reference, names: Iterable[str], **values) -> Entry | None:
    kept: dict[str, None] = {}
    for name in names:
        name = " ".join(str(name or "").split())[:LONGEST_NAME]
        if name and name != _NOTHING:
            kept[name] = None
    reference = str(reference or "").strip()[:100]
    if not kept or not reference:
        return None
    return Entry(reference, tuple(kept)[:MOST_NAMES], **values)


def _text(file: BinaryIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8-sig", newline="")


def _rows(file: BinaryIO, *needed: str) -> Iterator[dict]:
    """Rows by lower-case column name; the separator is told by the header."""
    text = _text(file)
    header = text.readline()
    separator = max(",;\t", key=header.count)
    names = [
        name.strip().strip('"').lower()
        for name in next(csv.reader([header], delimiter=separator), [])
    ]
    missing = [name for name in needed if name not in names]
    if missing:
        raise ListError(f"The first line names no column “{missing[0]}”.")
    for row in csv.reader(text, delimiter=separator):
        if row:
            yield dict(zip(names, row, strict=False))


def _read_csv(file: BinaryIO) -> Iterator[Entry]:
    for number, row in enumerate(_rows(file, "reference", "name"), 2):
        aliases = re.split(r"[;|]", row.get("aliases") or "")
        entry = _entry(
            row.get("reference"),
            [row.get("name"), *aliases],
            kind=(row.get("type") or "").strip().lower(),
            countries=_codes(row.get("country")),
            birth_date=(row.get("birth_date") or "").strip(),
            program=(row.get("program") or "").strip(),
        )
        if entry is None:
            raise ListError(f"Line {number} has no reference or no name.")
        yield entry


def _codes(text) -> tuple[str, ...]:
    found = re.split(r"[;|, ]+", (text or "").strip().upper())
    return tuple(code for code in found if code)


def _read_ofac(file: BinaryIO) -> Iterator[Entry]:
    for row in csv.reader(_text(file)):
        if len(row) == 1 and not row[0].strip("\x1a \t"):
            continue  # the file ends with a control character
        if len(row) < 12 or not row[0].strip().isdigit():
            raise ListError("These are not the twelve columns of SDN.CSV.")
        cells = ["" if cell.strip() == _NOTHING else cell.strip() for cell in row]
        remarks = cells[11]
        entry = _entry(
            cells[0],
            [cells[1], *_ALIAS.findall(remarks)],
            kind=cells[2].lower() or "entity",
            program=cells[3],
            birth_date=_born(remarks),
        )
        if entry:
            yield entry


def _born(remarks: str) -> str:
    found = re.search(r"DOB ([^;.]+)", remarks)
    return found.group(1).strip()[:40] if found else ""


def _read_eu(file: BinaryIO) -> Iterator[Entry]:
    rows, current = [], None
    for row in _rows(file, "entity_logicalid", "namealias_wholename"):
        if row.get("entity_logicalid") != current and rows:
            yield from _eu_entry(rows)
            rows = []
        current = row.get("entity_logicalid")
        rows.append(row)
    yield from _eu_entry(rows)


def _eu_entry(rows: list[dict]) -> Iterator[Entry]:
    def first(name):
        return next((row[name].strip() for row in rows if row.get(name)), "")

    def every(*names):
        found = {row[n].strip().upper() for row in rows for n in names if row.get(n)}
        return tuple(sorted(found))

    if not rows:
        return
    entry = _entry(
        first("entity_eu_referencenumber") or first("entity_logicalid"),
        [row.get("namealias_wholename") for row in rows],
        kind=(
            first("entity_subjecttype")
            or first("entity_subjecttype_classificationcode")
        ).lower(),
        countries=every("citizenship_countryiso2code", "address_countryiso2code"),
        birth_date=first("birthdate_birthdate"),
        program=first("entity_regulation_programme"),
    )
    if entry:
        yield entry


def _read_un(file: BinaryIO) -> Iterator[Entry]:
    parsed = etree.iterparse(
        file,
        events=("end",),
        tag=("INDIVIDUAL", "ENTITY"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    for _event, node in parsed:
        entry = _un_entry(node)
        # Keep nothing of what was read, or a list of any length fills the memory.
        node.clear()
        while node.getprevious() is not None:
            del node.getparent()[0]
        if entry:
            yield entry


def _un_entry(node) -> Entry | None:
    def text(path):
        return (node.findtext(path) or "").strip()

    parts = [text(f"{part}_NAME") for part in ("FIRST", "SECOND", "THIRD", "FOURTH")]
    aliases = [alias.text for alias in node.iterfind(".//ALIAS_NAME")]
    return _entry(
        text("REFERENCE_NUMBER") or text("DATAID"),
        [" ".join(part for part in parts if part), *aliases],
        kind=node.tag.lower(),
        birth_date=text(".//INDIVIDUAL_DATE_OF_BIRTH/DATE")
        or text(".//INDIVIDUAL_DATE_OF_BIRTH/YEAR"),
        program=text("UN_LIST_TYPE"),
    )


READERS: dict[str, Callable[[BinaryIO], Iterator[Entry]]] = {
    "csv": _read_csv,
    "ofac_sdn": _read_ofac,
    "eu": _read_eu,
    "un": _read_un,
}
