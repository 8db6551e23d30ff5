"""The embedded engine's own rules: rounding, completeness, reasons."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.errors import RejectedError
from odoo.addons.finance_sync_tax.core.rates import RateBook, Registration

from .samples import (
    BERLIN,
    CALIFORNIA,
    LYON,
    NEW_YORK,
    VIRGINIA,
    document,
    line,
    rate,
    rate_table,
)

GERMANY = RateBook(
    [
        rate("DE", "19", name="Germany"),
        rate("DE", "7", category="reduced", name="Germany"),
        rate("DE", "0", category="exports", name="Germany"),
        rate("FR", "20", name="France"),
    ],
    [Registration("DE")],
)
EURO = {"ship_from": BERLIN, "ship_to": BERLIN, "currency": "EUR"}


def half_up(value) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def test_half_a_cent_goes_up_and_back_again():
    engine = rate_table(RateBook([rate("DE", "7.75")], [Registration("DE")]))
    sale = engine.quote(document(line("90"), **EURO))
    back = engine.quote(document(line("-90"), kind="refund", **EURO))
    assert (sale.total_tax, back.total_tax) == (Decimal("6.98"), Decimal("-6.98"))


def test_rounding_by_line_or_over_the_document():
    lines = [line("0.45", str(number)) for number in range(10)]
    asked = document(*lines, **EURO)
    by_line = rate_table(GERMANY).quote(asked)
    whole = rate_table(GERMANY, rounding="global").quote(asked)
    assert by_line.total_tax == Decimal("0.90")
    assert whole.total_tax == Decimal("0.86")
    taxes = {answer.tax for answer in whole.lines}
    assert taxes == {Decimal("0.08"), Decimal("0.09")}


prices = st.decimals("-9999", "9999", places=4, allow_nan=False)


@given(st.lists(prices, min_size=1, max_size=12))
def test_over_the_document_each_tax_is_the_rounded_sum_of_exact_ones(amounts):
    """What a native percent tax gives under Odoo's global rounding."""
    lines = [
        line(amount, str(number), category=("", "reduced")[number % 2])
        for number, amount in enumerate(amounts)
    ]
    result = rate_table(GERMANY, rounding="global").quote(document(*lines, **EURO))
    for percent, start in (("0.19", 0), ("0.07", 1)):
        exact = sum((a * Decimal(percent) for a in amounts[start::2]), Decimal(0))
        booked = sum((one.tax for one in result.lines[start::2]), Decimal(0))
        assert booked == half_up(exact)


@given(st.lists(prices.map(half_up), min_size=1, max_size=12))
def test_by_line_each_tax_is_rounded_for_itself(amounts):
    """What a native percent tax gives under Odoo's rounding per line."""
    lines = [line(amount, str(number)) for number, amount in enumerate(amounts)]
    result = rate_table(GERMANY).quote(document(*lines, **EURO))
    taxes = [answer.tax for answer in result.lines]
    assert taxes == [half_up(amount * Decimal("0.19")) for amount in amounts]


@given(st.lists(prices.map(half_up), min_size=1), st.sampled_from(["line", "global"]))
def test_included_tax_never_changes_the_gross_total(amounts, rounding):
    lines = [
        line(amount, str(number), tax_included=True)
        for number, amount in enumerate(amounts)
    ]
    result = rate_table(GERMANY, rounding=rounding).quote(document(*lines, **EURO))
    assert result.total_tax + result.total_amount == sum(amounts)


def test_included_taxes_of_a_line_add_up_to_its_rounded_whole():
    """1.11 with 6 % is 1.05 net; its three taxes rounded alone would make it 1.04."""
    (answer,) = rate_table().quote(document(line("1.11", tax_included=True))).lines
    assert (answer.tax, answer.taxable) == (Decimal("0.06"), Decimal("1.05"))


def test_a_line_has_its_categorys_rate():
    result = rate_table(GERMANY).quote(
        document(line("100", "a", category="reduced"), line("100", "b"), **EURO)
    )
    assert [answer.tax for answer in result.lines] == [7, 19]
    assert result.lines[0].details[0].tax_name == "Germany reduced 7 %"


def test_a_rate_of_zero_has_a_reason():
    asked = document(line("100", category="exports"), **EURO)
    (detail,) = rate_table(GERMANY).quote(asked).lines[0].details
    assert (detail.rate, detail.taxable, detail.exempt) == (0, 0, 100)
    assert detail.reason == "Rate of Germany exports is 0 %"
    assert detail.reason_code == "zero_rate"


def test_a_reverse_charge_is_zero_with_the_number_as_its_reason():
    asked = document(
        line("100"),
        **{**EURO, "ship_to": LYON},
        customer_vat="FR78500000005",
        vat_valid=True,
    )
    (detail,) = rate_table(GERMANY).quote(asked).lines[0].details
    assert (detail.rate, detail.jurisdiction_code) == (0, "FR")
    assert detail.reason == "Reverse charge to VAT number FR78500000005"
    assert detail.reason_code == "reverse_charge"


def test_an_unverifiable_number_charges_tax_and_says_so():
    asked = document(
        line("100"),
        **{**EURO, "ship_to": LYON},
        customer_vat="FR78500000005",
        vat_valid=None,
    )
    result = rate_table(GERMANY).quote(asked)
    assert result.total_tax == 19
    assert len(result.messages) == 1
    assert "could not be verified" in result.messages[0]


PARTIAL = RateBook(
    [
        rate("US", "4.3", "VA", complete=False),
        rate("US", "1.7", "VA", ("232", "232"), kind="city", code="RIC"),
        rate("US", "7.25", "CA", complete=False),
        rate("US", "0", "OR"),
    ],
    [Registration("US", state) for state in ("VA", "CA", "OR")],
)


def test_a_fallback_is_marked_as_an_estimate():
    result = rate_table(PARTIAL, fallback=True).quote(document(line("100")))
    assert (result.total_tax, result.estimated) == (6, True)


def test_a_fallback_with_incomplete_rates_is_refused():
    asked = document(line("100"), ship_to=CALIFORNIA)
    with pytest.raises(RejectedError) as caught:
        rate_table(PARTIAL, fallback=True).quote(asked)
    assert caught.value.code == "incomplete_rates"
    assert "US-CA" in caught.value.message


def test_chosen_on_purpose_incomplete_rates_are_used_with_a_message():
    asked = document(line("100"), ship_to=CALIFORNIA)
    result = rate_table(PARTIAL).quote(asked)
    assert (result.total_tax, result.estimated) == (Decimal("7.25"), False)
    assert "Local taxes of US-CA" in result.messages[0]


def test_where_nothing_is_due_incomplete_rates_do_not_matter():
    result = rate_table(PARTIAL, fallback=True).quote(
        document(line("100"), ship_to=NEW_YORK)
    )
    assert result.total_tax == 0


def test_a_registered_place_without_a_rate_is_refused():
    book = RateBook([], [Registration("DE")])
    with pytest.raises(RejectedError) as caught:
        rate_table(book).quote(document(line("1"), **EURO))
    assert caught.value.code == "no_rates"
    assert "DE on 2026-03-02" in caught.value.message


def test_origin_sourcing_can_be_turned_off():
    far = document(line("100"), ship_to=VIRGINIA, ship_from=VIRGINIA)
    assert rate_table(PARTIAL, origin_sourced=()).quote(far).total_tax == 6
