from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core import shadow
from odoo.addons.finance_sync.core.shadow import Comparison


def test_amounts_are_compared_by_value():
    same = Comparison("Tax", Decimal("1.50"), Decimal("1.5"))
    other = Comparison("Tax", Decimal("1.50"), Decimal("1.25"))
    assert same.matches and not same.difference
    assert not other.matches and other.difference == Decimal("-0.25")


def test_facts_have_no_difference_in_money():
    assert Comparison("State", "posted", "draft").difference == 0


def test_the_outcome_of_a_document():
    good, bad = Comparison("a", 1, 1), Comparison("b", 1, 2)
    assert shadow.outcome([good, good]) == shadow.MATCH
    assert shadow.outcome([good, bad]) == shadow.DIFFERENT
    assert shadow.outcome([]) == shadow.SKIPPED


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_only_everything_is_a_hundred_percent(one, other):
    matched, compared = sorted((one, other))
    rate = shadow.match_rate(matched, compared)
    assert 0 <= rate <= 100
    assert (rate == 100) == (matched == compared and compared > 0)
