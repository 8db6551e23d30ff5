"""Finding the rates of a place on a day."""

import random
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync_tax.core.rates import (
    RateBook,
    Registration,
    normal_postal,
)

from .samples import BEFORE_CHANGE, CHANGE, DAY, US_BOOK, rate


def percents(stack) -> list[Decimal]:
    return [one.rate * 100 for one in stack]


def test_jurisdictions_are_stacked_widest_first():
    stack = US_BOOK.find("US", "VA", "23220", "", DAY)
    assert [one.jurisdiction_type for one in stack] == ["state", "city", "special"]


def test_a_postal_code_outside_the_range_has_the_state_only():
    assert percents(US_BOOK.find("US", "VA", "24060", "", DAY)) == [Decimal("4.3")]


def test_the_rate_of_the_day_applies():
    for day, city in ((date(2025, 6, 30), "2.3"), (CHANGE, "2.8")):
        stack = US_BOOK.find("US", "AZ", "85003", "", day)
        assert percents(stack)[-1] == Decimal(city)


def test_a_category_without_a_rate_of_its_own_has_the_general_one():
    book = RateBook(
        [
            rate("DE", "19"),
            rate("DE", "7", category="reduced"),
            rate("DK", "25"),
        ]
    )
    assert percents(book.find("DE", "", "", "reduced", DAY)) == [7]
    assert percents(book.find("DK", "", "", "reduced", DAY)) == [25]
    assert percents(book.find("DE", "", "", "", DAY)) == [19]


def test_each_jurisdiction_falls_back_on_its_own():
    book = RateBook(
        [
            rate("US", "4.3", "VA"),
            rate("US", "1", "VA", category="food"),
            rate("US", "2", "VA", kind="city", code="X"),
        ]
    )
    assert percents(book.find("US", "VA", "", "food", DAY)) == [1, 2]


def test_a_narrower_postal_range_wins_over_a_wider_one():
    book = RateBook(
        [
            rate("AT", "20"),
            rate("AT", "19", postal=("6991", "6993")),
            rate("AT", "18", postal=("69", "69")),
        ]
    )
    found = {
        postal: percents(book.find("AT", "", postal, "", DAY))[0]
        for postal in ("6990", "6991", "6993", "6994", "7000", "")
    }
    assert found == {
        "6990": 18,
        "6991": 19,
        "6993": 19,
        "6994": 18,
        "7000": 20,
        "": 20,
    }


def test_a_range_that_begins_before_a_nearer_one_ends_later():
    book = RateBook(
        [
            rate("US", "1", "TX", ("75000", "79999"), kind="county", code="WIDE"),
            rate("US", "2", "TX", ("75100", "75199"), kind="city", code="NEAR"),
        ]
    )
    assert percents(book.find("US", "TX", "79000", "", DAY)) == [1]
    assert percents(book.find("US", "TX", "75150", "", DAY)) == [1, 2]


def test_postal_codes_are_compared_without_blanks_and_dashes():
    book = RateBook([rate("US", "1", "TX", ("75100", "75100"), kind="city", code="X")])
    assert percents(book.find("US", "TX", "75100-1234", "", DAY)) == [1]
    assert normal_postal("sw1a 1aa") == "SW1A1AA"


def test_registrations_begin_and_end():
    book = RateBook(
        [],
        [
            Registration("US", "VA", date(2025, 1, 1), date(2025, 12, 31)),
            Registration("DE"),
        ],
    )
    held = [
        book.registered("US", "VA", day)
        for day in (date(2024, 12, 31), date(2025, 1, 1), date(2026, 1, 1))
    ]
    assert held == [False, True, False]
    assert not book.registered("US", "NY", date(2025, 6, 1))
    assert book.registered("DE", "BY", DAY)


codes = st.integers(0, 999).map("{:03d}".format)


@given(st.lists(st.tuples(codes, codes), max_size=40), codes)
def test_the_index_finds_what_a_plain_search_finds(ranges, postal):
    rates = [
        rate("US", "1", "TX", (min(pair), max(pair)), kind="special", code=str(number))
        for number, pair in enumerate(ranges)
    ]
    random.Random(len(ranges)).shuffle(rates)
    found = RateBook(rates).find("US", "TX", postal, "", DAY)
    plain = {
        one.jurisdiction_code
        for one in rates
        if one.postal_from <= postal <= one.postal_to
    }
    assert {one.jurisdiction_code for one in found} == plain


def test_the_last_day_is_included():
    book = RateBook([rate("DE", "16", valid=BEFORE_CHANGE)])
    assert book.find("DE", "", "", "", date(2025, 6, 30))
    assert not book.find("DE", "", "", "", CHANGE)
