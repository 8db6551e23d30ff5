"""Answers that must not be booked."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import quantize
from odoo.addons.finance_sync_tax.core.check import check_result
from odoo.addons.finance_sync_tax.core.document import (
    LineResult,
    TaxDetail,
    TaxResult,
)

from .samples import document, line

ASKED = document(line("100", "a"), line("-40", "b"))


def detail(tax, **values) -> TaxDetail:
    common = TaxDetail(
        jurisdiction_type="state",
        jurisdiction_code="US-VA",
        jurisdiction_name="Virginia",
        tax_name="VA STATE TAX",
        rate=Decimal("0.05"),
        taxable=Decimal(0),
        exempt=Decimal(0),
        tax=Decimal(tax),
    )
    return replace(common, **values)


def answer(ref, tax, *details) -> LineResult:
    zero = Decimal(0)
    return LineResult(ref, Decimal(tax), zero, zero, details or (detail(tax),))


def result(*lines, **values) -> TaxResult:
    common = TaxResult(
        engine="x",
        currency="USD",
        lines=tuple(lines),
        total_tax=sum((one.tax for one in lines), Decimal(0)),
        total_amount=Decimal(60),
    )
    return replace(common, **values)


GOOD = result(answer("a", "5.00"), answer("b", "-2.00"))


def with_detail(**values) -> TaxResult:
    return result(answer("a", "5.00", detail("5.00", **values)), GOOD.lines[1])


def test_a_good_answer_is_returned_as_it_is():
    assert check_result(ASKED, GOOD) is GOOD


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (result(answer("a", "5.00")), "leaves out line b"),
        (result(*GOOD.lines, answer("c", "0")), "unknown line c"),
        (result(*GOOD.lines, answer("b", "-2.00")), "b is there more than once"),
        (replace(GOOD, currency="EUR"), "is in EUR"),
        (replace(GOOD, currency=""), "is in no currency"),
        (replace(GOOD, total_tax=Decimal("3.01")), "its parts add to 3"),
        (replace(GOOD, total_amount=Decimal(59)), "net total"),
        (replace(GOOD, total_tax=Decimal("NaN")), "not a number"),
        (result(answer("a", "5.001"), GOOD.lines[1]), "more than 2 decimals"),
        (
            result(answer("a", "5.00", detail("4.99")), GOOD.lines[1]),
            "the tax of line a is 5.00, its parts add to 4.99",
        ),
        (result(replace(GOOD.lines[0], details=()), GOOD.lines[1]), "no detail"),
        (with_detail(rate=Decimal("-0.05")), "is not a rate"),
        (with_detail(rate=Decimal("Infinity")), "is not a rate"),
        (with_detail(jurisdiction_type="galaxy"), "Unknown jurisdiction type"),
        (with_detail(taxable=Decimal("sNaN")), "not a number"),
        (result(answer("a", "-5.00"), GOOD.lines[1]), "runs against its amount"),
        (
            result(answer("a", "0", detail("0", rate=Decimal(0))), GOOD.lines[1]),
            "No reason",
        ),
        (with_detail(reason="Exempt"), "go together"),
        (with_detail(reason="Why", reason_code="whim"), "Unknown reason"),
    ],
)
def test_a_bad_answer_is_refused_and_it_is_said_why(bad, why):
    with pytest.raises(ContractError) as caught:
        check_result(ASKED, bad)
    assert why.lower() in caught.value.message.lower()


def test_a_document_without_lines_has_no_good_answer():
    with pytest.raises(ContractError):
        check_result(document(), result(total_amount=Decimal(0)))


cents = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2))


@st.composite
def balanced(draw):
    """A document and an answer to it whose sums are right."""
    amounts = draw(st.lists(cents, min_size=1, max_size=8))
    asked = document(*(line(a, str(n)) for n, a in enumerate(amounts)))
    answers = []
    for one in asked.lines:
        sign = -1 if one.amount < 0 else 1
        parts = draw(st.lists(cents.map(abs), min_size=1, max_size=4))
        details = tuple(detail(sign * part) for part in parts)
        answers.append(answer(one.ref, sign * sum(parts), *details))
    return asked, result(*answers, total_amount=sum(amounts))


@given(balanced())
def test_sums_that_add_up_pass(pair):
    asked, good = pair
    assert check_result(asked, good) is good


@given(balanced(), st.data())
def test_one_cent_anywhere_is_noticed(pair, data):
    asked, good = pair
    cent = data.draw(st.sampled_from([Decimal("0.01"), Decimal("-0.01")]))
    place = data.draw(st.sampled_from(["total_tax", "total_amount", "line", "detail"]))
    if place in ("total_tax", "total_amount"):
        bad = replace(good, **{place: getattr(good, place) + cent})
    else:
        index = data.draw(st.integers(0, len(good.lines) - 1))
        lines = list(good.lines)
        lines[index] = _moved(lines[index], place, cent)
        bad = replace(good, lines=tuple(lines))
    with pytest.raises(ContractError):
        check_result(asked, bad)


def _moved(one: LineResult, place: str, cent: Decimal) -> LineResult:
    if place == "line":
        return replace(one, tax=one.tax + cent)
    first = replace(one.details[0], tax=one.details[0].tax + cent)
    return replace(one, details=(first, *one.details[1:]))


@given(balanced())
def test_a_line_too_few_or_too_many_is_noticed(pair):
    asked, good = pair
    shorter = replace(asked, lines=(*asked.lines, line("0", "more")))
    with pytest.raises(ContractError):
        check_result(shorter, good)
    longer = replace(good, lines=(*good.lines, answer("more", "0")))
    with pytest.raises(ContractError):
        check_result(asked, longer)


def test_totals_are_of_rounded_amounts():
    asked = document(line("0.333", "a"), line("0.333", "b"))
    good = result(
        answer("a", "0.02"), answer("b", "0.01"), total_amount=Decimal("0.66")
    )
    assert check_result(asked, good) is good
    assert quantize(Decimal("0.333"), 2) * 2 == good.total_amount
