"""The rates that come with the addon."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from odoo.addons.finance_sync_tax.core import places, rate_file, rate_plan
from odoo.addons.finance_sync_tax.core.rates import RateBook, Registration
from odoo.addons.finance_sync_tax.core.sourcing import source

from .samples import BERLIN, document, line, rate_table

DATA = Path(rate_file.__file__).parents[1] / "data"
FILES = sorted(DATA.glob("rates_*.csv"))
PARSED = {path.stem: rate_file.parse_rates(path.read_bytes()) for path in FILES}
RATES = [row.item for parsed in PARSED.values() for row in parsed.rows]
BOOK = RateBook(RATES, [Registration("DE")])
TODAY = date(2026, 11, 1)


def percent(country, state="", category="", day=TODAY) -> Decimal:
    (found,) = BOOK.find(country, state, "", category, day)
    return found.rate * 100


@pytest.mark.parametrize("name", sorted(PARSED))
def test_a_file_has_no_errors_and_no_overlaps(name):
    parsed = PARSED[name]
    assert not parsed.errors
    planned = rate_plan.plan([], parsed.rows)
    assert not planned.errors
    assert len(planned.create) == len(parsed.rows) > 50


def test_every_rate_says_where_it_is_from_and_of_when():
    assert all(rate.source and rate.source_date for rate in RATES)


def test_all_of_the_union_and_all_states_are_there():
    europe = {rate.country for rate in RATES if not rate.state}
    states = {rate.state for rate in RATES if rate.country == "US"}
    assert europe >= places.EU
    assert len(states) == 51


@pytest.mark.parametrize(
    ("country", "category", "day", "expected"),
    [
        ("DE", "", TODAY, "19"),
        ("DE", "reduced", TODAY, "7"),
        ("DE", "", date(2020, 12, 31), "16"),
        ("DE", "", date(2021, 1, 1), "19"),
        ("FI", "", date(2024, 8, 31), "24"),
        ("FI", "", date(2024, 9, 1), "25.5"),
        ("FR", "", TODAY, "20"),
        ("FR", "reduced", TODAY, "10"),
        ("FR", "reduced_2", TODAY, "5.5"),
        ("CH", "", TODAY, "8.1"),
        ("DK", "reduced", TODAY, "25"),
        ("XI", "", TODAY, "20"),
    ],
)
def test_european_rates(country, category, day, expected):
    assert percent(country, category=category, day=day) == Decimal(expected)


@pytest.mark.parametrize(
    ("state", "expected", "complete"),
    [
        ("OR", "0", True),
        ("NJ", "6.625", True),
        ("CA", "7.25", False),
        ("AK", "0", False),
        ("NY", "4", False),
    ],
)
def test_state_rates_and_whether_they_are_all(state, expected, complete):
    (found,) = BOOK.find("US", state, "", "", TODAY)
    assert found.rate * 100 == Decimal(expected)
    assert found.complete is complete


def test_an_austrian_valley_has_its_own_rate():
    found = [BOOK.find("AT", "", code, "", TODAY)[0].rate for code in ("6992", "1010")]
    assert found == [Decimal("0.19"), Decimal("0.2")]


def test_a_german_sale_is_taxed_with_them():
    asked = document(
        line("100"),
        ship_from=BERLIN,
        ship_to=BERLIN,
        currency="EUR",
        date=TODAY,
        tax_date=TODAY,
    )
    assert source(asked, BOOK).place.code == "DE"
    assert rate_table(BOOK).quote(asked).total_tax == 19
