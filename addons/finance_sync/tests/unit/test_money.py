"""Exact amounts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import allocate, quantize, to_decimal

places = st.integers(0, 4)
amounts = st.decimals(-(10**12), 10**12, allow_nan=False, places=6)
weights = st.lists(
    st.decimals(-1000, 1000, allow_nan=False, places=3), min_size=1, max_size=12
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("163.70", "163.70"),
        (" -1.5 ", "-1.5"),
        ("1e3", "1E+3"),
        (7, "7"),
        (0.1, "0.1"),
        (1e22, "1E+22"),
        (Decimal("1.10"), "1.10"),
        (".5", "0.5"),
        ("5.", "5"),
    ],
)
def test_numbers(value, expected):
    assert str(to_decimal(value)) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "abc",
        "1,5",
        "1.234,50",
        "1_000",
        "٣",
        "1 000",
        "0x10",
        "NaN",
        "inf",
        "1e999999999",
        "1e41",
        "9" * 101,
        10**60,
        pytest.param(-(10**5000), id="more digits than Python prints"),
        float("nan"),
        float("-inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("1E+500000"),
        Decimal("1E-500000"),
        [],
        b"1",
    ],
)
def test_what_is_no_amount_is_refused_by_name(value):
    with pytest.raises(ContractError, match=r"^The tax is "):
        to_decimal(value, "tax")


@given(st.floats(-1e30, 1e30, allow_nan=False))
def test_floats_count_as_they_are_printed(value):
    if value == 0 or abs(value) > 1e-80:
        assert float(to_decimal(value)) == value


@pytest.mark.parametrize(
    ("amount", "decimals", "expected"),
    [
        ("6.975", 2, "6.98"),
        ("-6.975", 2, "-6.98"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("1.0005", 3, "1.001"),
        ("-0.004", 2, "0.00"),
        ("12345678901234567890123456789012345.675", 2, None),
    ],
)
def test_half_a_cent_is_rounded_up(amount, decimals, expected):
    rounded = quantize(Decimal(amount), decimals)
    assert str(rounded) == (expected or "12345678901234567890123456789012345.68")


@given(amounts, places)
def test_rounding_is_symmetric_and_near(amount, decimals):
    rounded = quantize(amount, decimals)
    assert rounded == -quantize(-amount, decimals)
    assert abs(rounded - amount) * 2 <= Decimal(1).scaleb(-decimals)
    assert quantize(rounded, decimals) == rounded


@given(amounts, weights, places)
def test_parts_sum_to_the_total(amount, shares, decimals):
    total = quantize(amount, decimals)
    parts = allocate(total, shares, decimals)
    assert sum(parts) == total
    assert len(parts) == len(shares)
    assert all(quantize(part, decimals) == part for part in parts)


@given(amounts, weights, places)
def test_refund_mirrors_its_sale(amount, shares, decimals):
    total = quantize(amount, decimals)
    mirrored = tuple(-part for part in allocate(total, shares, decimals))
    assert allocate(-total, shares, decimals) == mirrored


@given(amounts, st.lists(st.integers(0, 100), min_size=1, max_size=9), places)
def test_parts_are_within_a_unit_of_their_share(amount, shares, decimals):
    total, unit = quantize(amount, decimals), Decimal(1).scaleb(-decimals)
    if not any(shares):
        shares = [1] * len(shares)
    for part, share in zip(allocate(total, shares, decimals), shares, strict=True):
        assert abs(part * sum(shares) - total * share) < unit * sum(shares)
        assert share or not part


@pytest.mark.parametrize(
    ("total", "shares", "decimals", "expected"),
    [
        ("10.00", ["1", "1", "1"], 2, ["3.34", "3.33", "3.33"]),
        ("-10.00", ["1", "1", "1"], 2, ["-3.34", "-3.33", "-3.33"]),
        ("0.05", ["45", "45"], 2, ["0.03", "0.02"]),
        ("100", ["0", "0"], 0, ["50", "50"]),
        ("5.00", ["10", "-5"], 2, ["10.00", "-5.00"]),
        ("5.00", ["10", "-10"], 2, ["2.50", "2.50"]),
        ("0.001", ["1", "2"], 3, ["0.000", "0.001"]),
        ("7", ["3"], 0, ["7"]),
    ],
)
def test_known_splits(total, shares, decimals, expected):
    parts = allocate(Decimal(total), [Decimal(share) for share in shares], decimals)
    assert [str(part) for part in parts] == expected


@pytest.mark.parametrize(
    ("total", "shares", "decimals"),
    [("1.00", [], 2), ("1.005", ["1"], 2), ("0.5", ["1"], 0)],
)
def test_what_cannot_be_split(total, shares, decimals):
    with pytest.raises(ValueError, match=r"nothing to allocate|more than \d decimals"):
        allocate(Decimal(total), [Decimal(share) for share in shares], decimals)
