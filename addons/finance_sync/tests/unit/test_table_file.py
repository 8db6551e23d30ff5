"""CSV and workbooks, as they come from spreadsheets and from people."""

import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core import mapping_file, table_file
from odoo.addons.finance_sync.core.mapping_file import parse
from odoo.addons.finance_sync.core.table_file import read, write_csv, write_xlsx
from openpyxl import Workbook

COLUMNS = ("code", "name")
WRITERS = {"csv": write_csv, "xlsx": write_xlsx}
# What a cell of both formats holds; blanks around it do not count.
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20
)


def workbook(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def codes(table):
    return [(error.row, error.column, error.code) for error in table.errors]


@pytest.mark.parametrize("writer", WRITERS)
@given(rows=st.lists(st.tuples(texts, texts), max_size=5))
def test_what_is_written_is_read_back(writer, rows):
    table = read(WRITERS[writer](COLUMNS, rows), COLUMNS, COLUMNS)
    assert not table.errors
    assert [tuple(row.cells.values()) for row in table.rows] == rows


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@x", "0100", "007"])
def test_no_text_becomes_a_formula_or_a_number(writer, text):
    data = WRITERS[writer](COLUMNS, [(text, "x")])
    assert read(data, COLUMNS, COLUMNS).rows[0].cells["code"] == text
    if writer == "csv":
        assert b"\n=" not in data
    else:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_what_spreadsheets_write(delimiter, encoding):
    lines = [("Code", "NAME"), ("4000", "Erlöse"), ("", ""), ("4100", "Löhne")]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    table = read(text.encode(encoding), COLUMNS, COLUMNS)
    assert [row.cells["name"] for row in table.rows] == ["Erlöse", "Löhne"]
    assert [row.number for row in table.rows] == [2, 4]


def test_cells_are_read_as_they_look():
    data = workbook(
        ["code", "name"],
        [4000, True],
        [4000.0, 1.5],
        [date(2026, 1, 2), datetime(2026, 1, 2, 3, 4)],  # noqa: DTZ001
        [None, None],
        ["x", None],
    )
    table = read(data, COLUMNS, COLUMNS)
    assert [tuple(row.cells.values()) for row in table.rows] == [
        ("4000", "true"),
        ("4000", "1.5"),
        ("2026-01-02", "2026-01-02T03:04:00"),
        ("x", ""),
    ]
    assert [row.number for row in table.rows] == [2, 3, 4, 6]


def test_the_header_is_checked_first():
    table = read(b"name,colour,name\nx,red,y\n", COLUMNS, COLUMNS)
    assert codes(table) == [
        (1, "code", "missing_column"),
        (1, "colour", "unknown_column"),
        (1, "name", "unreadable"),
    ]
    assert not table.rows


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 no workbook", "unreadable"),
        (b"code,name\n\0\n", "unreadable"),
        (b"x" * (table_file.MAX_BYTES + 1), "too_large"),
        (b'code,name\n"' + b"x" * 200_000, "unreadable"),
    ],
    ids=["empty", "broken", "nul", "large", "long field"],
)
def test_files_that_are_no_tables(data, code):
    assert codes(read(data, COLUMNS, COLUMNS))[0][2] == code


def test_rows_that_do_not_fit():
    table = read(b"code,name\na,b,c\nd,e\nf\n", COLUMNS, COLUMNS)
    assert codes(table) == [(2, "", "unreadable")]
    assert [row.cells["code"] for row in table.rows] == ["d", "f"]


def test_a_workbook_that_unpacks_to_too_much(monkeypatch):
    monkeypatch.setattr(table_file, "MAX_UNPACKED", 1000)
    assert codes(read(workbook(["code", "name"]), COLUMNS, COLUMNS)) == [
        (1, "", "too_large")
    ]


def test_too_many_rows(monkeypatch):
    monkeypatch.setattr(table_file, "MAX_ROWS", 3)
    rows = [("a", "b")] * 4
    assert codes(read(write_csv(COLUMNS, rows), COLUMNS, COLUMNS)) == [
        (1, "", "too_many")
    ]
    assert len(read(write_csv(COLUMNS, rows[:3]), COLUMNS, COLUMNS).rows) == 3


@given(st.binary(max_size=200))
def test_nothing_raises(data):
    for start in (b"", b"code,name\n", b"PK\x03\x04"):
        parse(start + data)


def test_mapping_rows():
    parsed = parse(
        b"external_code,canonical_code,direction,note\n"
        b" A ,4000,,first\n"
        b"B,,both,\n"
        b"C,4100,sideways,\n"
        b"A,4200,in,\n"
        b"D,4000,,\n"
        b"E,4000,IN,\n"
        b"A,4300,out,\n"
    )
    assert codes(parsed) == [
        (3, "canonical_code", "missing"),
        (4, "direction", "bad_direction"),
        (5, "external_code", "duplicate"),
        (6, "canonical_code", "two_ways_out"),
    ]
    assert parsed.rows[0].external == "A"
    assert [row.direction for row in parsed.rows] == [
        "both",
        "in",
        "both",
        "in",
        "out",
    ]


def test_the_columns_of_an_export_are_understood():
    data = write_xlsx(
        mapping_file.COLUMNS, [("A", "a", "1", "One", "both", "", "7", "2026-01-01")]
    )
    parsed = parse(data)
    assert not parsed.errors
    assert parsed.rows[0].name == "a"
