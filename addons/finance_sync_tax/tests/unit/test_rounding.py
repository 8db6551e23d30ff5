"""Spreading a rounded sum over its parts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.money import quantize
from odoo.addons.finance_sync_tax.core.rounding import spread

exact = st.decimals(
    min_value=-(10**9), max_value=10**9, places=7, allow_nan=False, allow_infinity=False
)


@given(st.lists(exact, max_size=30), st.sampled_from([0, 2, 3]))
def test_parts_add_up_and_stay_near(parts, places):
    rounded = spread(parts, places)
    unit = Decimal(1).scaleb(-places)
    assert sum(rounded, Decimal(0)) == quantize(sum(parts, Decimal(0)), places)
    for before, after in zip(parts, rounded, strict=True):
        assert after == quantize(after, places)
        assert abs(after - before) < unit
        assert before * after >= 0


@given(st.lists(exact, max_size=10))
def test_a_refund_mirrors_its_sale(parts):
    mirrored = [-part for part in spread(parts, 2)]
    assert spread([-part for part in parts], 2) == mirrored


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["0.005", "0.005"], ["0.00", "0.01"]),
        (["0.333", "0.333", "0.334"], ["0.33", "0.33", "0.34"]),
        (["10.003", "-10.001"], ["10.00", "-10.00"]),
        ([], []),
    ],
)
def test_examples(parts, expected):
    found = spread([Decimal(part) for part in parts], 2)
    assert found == [Decimal(part) for part in expected]
