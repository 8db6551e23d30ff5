"""What every engine promises. Figures are the published or hand-made ones."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from odoo.addons.finance_sync.core.errors import RejectedError
from odoo.addons.finance_sync.core.registry import (
    Resolution,
    adapter_class,
    codes,
)
from odoo.addons.finance_sync_tax.core.check import check_result
from odoo.addons.finance_sync_tax.core.codec import (
    result_from_dict,
    result_to_dict,
)
from odoo.addons.finance_sync_tax.core.document import REASON_CODES
from odoo.addons.finance_sync_tax.core.engine import ADDRESS_CODES

from .samples import ARIZONA, NEW_YORK, VIRGINIA, document, line

VIRGINIA_TAXES = {
    "US-VA": Decimal("1.09"),
    "US-VA-67000": Decimal("0.25"),
    "US-VA-CVTA": Decimal("0.18"),
}


def by_jurisdiction(answer) -> dict[str, Decimal]:
    return {detail.jurisdiction_code: detail.tax for detail in answer.details}


def test_a_ping_says_that_it_is_there_and_knows_us(engine):
    ping = engine.ping()
    assert (ping.ok, ping.authenticated) == (True, True)


def test_a_sale_is_taxed_by_jurisdiction(engine):
    asked = document(line("25.40"))
    result = engine.quote(asked)
    assert result.engine == engine.code
    assert result.total_tax == Decimal("1.52")
    assert result.total_amount == Decimal("25.40")
    assert by_jurisdiction(result.lines[0]) == VIRGINIA_TAXES
    assert check_result(asked, result) is result


def test_a_place_without_tax_gives_zero_with_a_reason(engine):
    result = engine.quote(document(line("25.40"), ship_to=NEW_YORK))
    assert result.total_tax == 0
    (detail,) = result.lines[0].details
    assert (detail.rate, detail.tax, detail.exempt) == (0, 0, Decimal("25.40"))
    assert detail.jurisdiction_code == "US-NY"
    assert detail.reason
    assert detail.reason_code in REASON_CODES


def test_a_credit_note_mirrors_its_invoice(engine):
    sale = engine.quote(document(line("25.40")))
    back = engine.quote(document(line("-25.40"), kind="refund", code="RINV-1"))
    assert back.total_tax == -sale.total_tax
    assert back.total_amount == Decimal("-25.40")
    mirrored = {code: -tax for code, tax in VIRGINIA_TAXES.items()}
    assert by_jurisdiction(back.lines[0]) == mirrored


def test_a_credit_note_a_year_later_is_taxed_at_the_original_date(engine):
    sold, today = date(2025, 6, 16), date(2026, 6, 16)
    common = {"ship_to": ARIZONA}
    sale = document(line("100"), date=sold, tax_date=sold, **common)
    back = document(
        line("-100"), kind="refund", date=today, tax_date=sold, code="R", **common
    )
    anew = document(line("100"), date=today, tax_date=today, code="N", **common)
    assert engine.quote(sale).total_tax == Decimal("8.60")
    assert engine.quote(back).total_tax == Decimal("-8.60")
    assert engine.quote(anew).total_tax == Decimal("9.10")


@pytest.mark.parametrize(
    "whole",
    [{"exemption_number": "VA-1"}, {"entity_use_code": "G"}],
    ids=["certificate", "entity use code"],
)
def test_an_exempt_customer_pays_nothing_and_it_is_said_why(engine, whole):
    result = engine.quote(document(line("25.40"), **whole))
    assert result.total_tax == 0
    assert result.lines[0].exempt == Decimal("25.40")
    assert next(iter(whole.values())) in result.lines[0].details[0].reason


def test_one_line_is_exempt_and_the_other_is_not(engine):
    result = engine.quote(
        document(line("25.40", "a", exemption_code="VA-1"), line("25.40", "b"))
    )
    taxes = {answer.ref: answer.tax for answer in result.lines}
    assert taxes == {"a": 0, "b": Decimal("1.52")}
    assert all("VA-1" in one.reason for one in result.lines[0].details)


def test_equal_lines_are_told_apart_by_their_reference(engine):
    lines = [line(amount, ref) for amount, ref in (("10", "x"), ("25.40", "y"))]
    taxes = {one.ref: one.tax for one in engine.quote(document(*lines)).lines}
    assert taxes == {"x": Decimal("0.60"), "y": Decimal("1.52")}


def test_included_tax_leaves_the_gross_amount(engine):
    result = engine.quote(document(line("10.01", tax_included=True)))
    assert result.total_tax == Decimal("0.57")
    assert result.total_amount + result.total_tax == Decimal("10.01")


@pytest.mark.parametrize(
    ("amount", "quantity", "tax"),
    [("0", "1", "0"), ("-25.40", "-2", "-1.52"), ("-25.40", "1", "-1.52")],
    ids=["free of charge", "negative quantity", "negative price"],
)
def test_odd_lines_of_an_invoice(engine, amount, quantity, tax):
    odd = line(amount, "odd", quantity=Decimal(quantity))
    result = engine.quote(document(line("100", "even"), odd))
    taxes = {answer.ref: answer.tax for answer in result.lines}
    assert taxes == {"even": Decimal("6.00"), "odd": Decimal(tax)}


@pytest.mark.parametrize(
    ("currency", "places", "amount", "tax"),
    [("JPY", 0, "2540", "152"), ("KWD", 3, "25.405", "1.524")],
)
def test_a_currency_has_its_own_decimals(engine, currency, places, amount, tax):
    result = engine.quote(document(line(amount), currency=currency, places=places))
    assert (result.currency, result.total_tax) == (currency, Decimal(tax))


def test_a_quote_can_be_repeated_and_stored(engine):
    asked = document(line("25.40", "a"), line("10", "b", tax_included=True))
    result = engine.quote(asked)
    assert engine.quote(asked) == result
    assert result_from_dict(result_to_dict(result)) == result


@pytest.mark.parametrize(
    "change",
    [{"country": ""}, {"country": "ZZ"}, {"region": ""}],
    ids=["no country", "unknown country", "no state"],
)
def test_a_bad_address_is_refused_as_one(engine, change):
    asked = document(line("25.40"), ship_to=replace(VIRGINIA, **change))
    with pytest.raises(RejectedError) as caught:
        engine.quote(asked)
    assert caught.value.code in ADDRESS_CODES
    assert caught.value.message


def test_a_commitment_can_be_looked_up_and_voided(engine):
    asked = document(line("25.40"))
    expected = engine.quote(asked)
    done = engine.commit(asked, expected, key="tax.commit:u:1")
    assert (done.status, done.total_tax) == ("committed", Decimal("1.52"))
    if engine.records:
        assert engine.lookup("INV-1", "invoice") == done
    else:
        assert engine.lookup("INV-1", "invoice") is None
    engine.void("INV-1", "invoice", "cancelled", key="tax.void:u:2")
    if engine.records:
        assert engine.lookup("INV-1", "invoice").status == "voided"


def test_committing_and_voiding_again_changes_nothing(engine):
    asked = document(line("25.40"))
    expected = engine.quote(asked)
    first = engine.commit(asked, expected)
    assert engine.commit(asked, expected) == first
    engine.void("INV-1", "invoice")
    engine.void("INV-1", "invoice")
    engine.void("NEVER-SEEN", "invoice")


def test_a_credit_note_is_committed_and_voided_as_one(engine):
    asked = document(line("-25.40"), kind="refund", code="RINV-1", origin_code="INV-1")
    done = engine.commit(asked, engine.quote(asked))
    assert done.total_tax == Decimal("-1.52")
    assert engine.lookup("RINV-1", "invoice") is None
    engine.void("RINV-1", "refund")
    if engine.records:
        assert engine.lookup("RINV-1", "refund").status == "voided"


def test_every_engine_says_how_a_crash_is_resolved():
    assert {"rate_table", "avatax"} <= set(codes("tax"))
    for code in codes("tax"):
        adapter = adapter_class("tax", code)
        assert adapter.operations["tax.quote"] is Resolution.READ
        writes = {"tax.commit", "tax.void"}
        assert (writes <= set(adapter.operations)) == adapter.records
