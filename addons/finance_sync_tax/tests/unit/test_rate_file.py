"""CSV files of rates and registrations."""

from datetime import date
from decimal import Decimal

import pytest
from odoo.addons.finance_sync_tax.core.rate_file import (
    RATE_COLUMNS,
    parse_rates,
    parse_registrations,
    write_rates,
    write_registrations,
)

HEADER = "country;state;postal_from;postal_to;category;rate_percent;valid_from;valid_to"


def lines(*rows):
    return "\r\n".join((HEADER, *rows)).encode()


def codes(parsed):
    return [(error.row, error.column, error.code) for error in parsed.errors]


def test_a_spreadsheet_from_germany_is_read_as_it_is():
    text = HEADER + "\r\nde;;;;Bücher;7,00 %;01.01.2025;\r\n"
    parsed = parse_rates(text.encode("cp1252"))
    assert not parsed.errors
    rate = parsed.rows[0].item
    assert (rate.country, rate.category) == ("DE", "Bücher")
    assert rate.rate == Decimal("0.07")
    assert (rate.valid_from, rate.valid_to) == (date(2025, 1, 1), None)
    assert (rate.jurisdiction_type, rate.jurisdiction_code) == ("country", "DE")


def test_a_rate_of_a_state_is_the_states_own_by_default():
    rate = parse_rates(lines("US;CA;;;;7.25;2025-01-01;")).rows[0].item
    assert (rate.jurisdiction_type, rate.jurisdiction_code) == ("state", "US-CA")
    assert rate.complete is False


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (";CA;;;;7;;", ("country", "missing")),
        ("US;CA;;;;;;", ("rate_percent", "missing")),
        ("US;CA;;;;seven;;", ("rate_percent", "not_a_number")),
        ("US;CA;;;;NaN;;", ("rate_percent", "not_a_number")),
        ("US;CA;;;;1e3;;", ("rate_percent", "not_a_number")),
        ("US;CA;;;;-7;;", ("rate_percent", "out_of_range")),
        ("US;CA;;;;725;;", ("rate_percent", "out_of_range")),
        ("US;CA;;;;7;03/04/2025;", ("valid_from", "ambiguous_date")),
        ("US;CA;;;;7;2025-02-30;", ("valid_from", "not_a_date")),
        ("US;CA;;;;7;2025-02-01;2025-01-31", ("valid_to", "end_before_start")),
        ("US;CA;95000;94000;;7;;", ("postal_to", "postal_range")),
        ("US;CA;;;;7", ("", "unreadable")),
    ],
)
def test_each_problem_is_named_with_its_row(row, problem):
    parsed = parse_rates(lines("US;NY;;;;4;;", row, "US;NV;;;;6.85;;"))
    assert codes(parsed) == [(3, *problem)]
    assert [good.number for good in parsed.rows] == [2, 4]


def test_all_problems_of_a_row_are_reported_at_once():
    parsed = parse_rates(lines(";;;;;x;y;"))
    assert len(parsed.errors) == 3


def test_an_unknown_or_missing_column_is_refused_before_any_row():
    parsed = parse_rates(b"country,rate\nUS,7\n")
    assert codes(parsed) == [
        (1, "rate_percent", "missing_column"),
        (1, "rate", "unknown_column"),
    ]
    assert not parsed.rows


def test_an_empty_or_huge_file_is_one_error():
    assert codes(parse_rates(b"")) == [(1, "", "empty")]
    assert codes(parse_rates(b"x" * 20_000_001)) == [(1, "", "too_large")]


def test_what_is_written_is_read_back_the_same():
    source = (
        ",".join(RATE_COLUMNS)
        + "\nUS,CA,90001,90099,food,7.125,2025-01-01,2025-06-30,=SUM(A1),county,037,"
        "yes,a list,2025-01-15\n"
    )
    rates = [row.item for row in parse_rates(source.encode()).rows]
    text = write_rates(rates)
    assert "'=SUM(A1)" in text
    assert [row.item for row in parse_rates(text.encode()).rows] == rates


def test_registrations_are_read_and_written():
    data = b"country,state,valid_from,valid_to\nUS,TX,2024-10-01,\nDE,,,\n"
    rows = [row.item for row in parse_registrations(data).rows]
    assert [(item.country, item.state) for item in rows] == [("US", "TX"), ("DE", "")]
    again = parse_registrations(write_registrations(rows).encode())
    assert [row.item for row in again.rows] == rows
