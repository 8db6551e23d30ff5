"""What an import of rates changes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.addons.finance_sync_tax.core.rate_file import Row
from odoo.addons.finance_sync_tax.core.rate_plan import plan
from odoo.addons.finance_sync_tax.core.rates import Rate

OLD = Rate(
    country="US",
    state="CA",
    postal_from="",
    postal_to="",
    category="",
    rate=Decimal("0.0725"),
    valid_from=date(2017, 1, 1),
    valid_to=None,
    name="California",
    jurisdiction_type="state",
    jurisdiction_code="CA",
)


def rows(*items):
    return [Row(number, item) for number, item in enumerate(items, start=2)]


def test_the_same_file_twice_changes_nothing():
    result = plan([(7, OLD)], rows(OLD))
    assert result.unchanged == 1
    assert not (result.create or result.update or result.close or result.errors)


def test_another_rate_from_the_same_day_is_a_correction():
    new = replace(OLD, rate=Decimal("0.0750"))
    result = plan([(7, OLD)], rows(new))
    assert result.update == {7: new}
    assert not result.create


def test_a_later_rate_ends_the_open_one_the_day_before():
    new = replace(OLD, rate=Decimal("0.0750"), valid_from=date(2026, 1, 1))
    result = plan([(7, OLD)], rows(new))
    assert result.create == [new]
    assert result.close == {7: replace(OLD, valid_to=date(2025, 12, 31))}


def test_rates_of_one_file_follow_each_other():
    second = replace(OLD, rate=Decimal("0.08"), valid_from=date(2026, 1, 1))
    result = plan([], rows(second, OLD))
    assert result.create == [replace(OLD, valid_to=date(2025, 12, 31)), second]
    assert not result.errors


def test_a_correction_is_also_ended_by_its_successor():
    corrected = replace(OLD, rate=Decimal("0.07"))
    second = replace(OLD, valid_from=date(2026, 1, 1))
    result = plan([(7, OLD)], rows(corrected, second))
    assert result.update == {7: replace(corrected, valid_to=date(2025, 12, 31))}
    assert result.create == [second]


def test_an_overlap_that_has_an_end_is_an_error():
    ended = replace(OLD, valid_to=date(2026, 6, 30))
    result = plan([(7, ended)], rows(replace(OLD, valid_from=date(2026, 1, 1))))
    assert [(error.row, error.code) for error in result.errors] == [(2, "overlap")]
    assert not (result.create or result.close)


def test_an_open_rate_before_a_known_later_one_is_an_error():
    result = plan([(7, OLD)], rows(replace(OLD, valid_from=date(2010, 1, 1))))
    assert [error.code for error in result.errors] == ["overlap"]


def test_the_same_row_twice_in_a_file_is_an_error():
    result = plan([], rows(OLD, replace(OLD, rate=Decimal("0.01"))))
    assert [(error.row, error.code) for error in result.errors] == [(3, "duplicate")]


def test_other_categories_and_places_are_left_alone():
    food = replace(OLD, category="food", valid_from=date(2026, 1, 1))
    result = plan([(7, OLD)], rows(food))
    assert result.create == [food]
    assert not result.close
