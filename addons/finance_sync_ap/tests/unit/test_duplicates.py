"""Bills that are there already."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync_ap.core.duplicates import (
    CREDIT_NOTE,
    Identity,
    hard_keys,
    likeness,
    simplified_name,
    simplified_number,
)

DAY = datetime.date(2026, 3, 2)
BILL = Identity(
    "INV-00123",
    "invoice",
    DAY,
    Decimal("119.00"),
    "EUR",
    frozenset({"partner:7", "vat:DE136695976"}),
    vendor_name="Müller Papier GmbH",
)


@pytest.mark.parametrize(
    "number", ["INV-00123", "inv 123", "INV/0123", "ＩＮＶ１２３", "inv.000123"]
)
def test_one_number_in_many_spellings(number):
    assert simplified_number(number) == "INV123"


def test_zeros_inside_a_number_count():
    assert simplified_number("INV-1023") == "INV1023"
    assert simplified_number("100") == "100"


def test_names_without_legal_forms_and_accents():
    assert simplified_name("Müller Papier G.m.b.H.") == "muller papier"
    assert simplified_name("AG") == "ag"


def test_the_same_vat_number_under_another_partner_is_the_same_vendor():
    other = replace(BILL, number="inv 123", aliases=frozenset({"vat:DE136695976"}))
    assert set(hard_keys(BILL)) & set(hard_keys(other))


@pytest.mark.parametrize(
    "change",
    [
        {"date": datetime.date(2027, 3, 2)},
        {"kind": CREDIT_NOTE},
        {"aliases": frozenset({"partner:8"})},
        {"number": "INV-124"},
    ],
)
def test_another_year_kind_vendor_or_number_is_no_hard_duplicate(change):
    assert not set(hard_keys(BILL)) & set(hard_keys(replace(BILL, **change)))


def test_the_same_file_is_the_same_bill_whatever_was_read_from_it():
    one = replace(BILL, file_hash="ab")
    other = replace(BILL, number="9", aliases=frozenset({"partner:1"}), file_hash="ab")
    assert set(hard_keys(one)) & set(hard_keys(other)) == {"file:ab"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"date": datetime.date(2027, 3, 2)}, "same_number_other_year"),
        ({"number": "INV-00123-A"}, "number_nearly_same"),
        ({"number": "RE 77", "amount": Decimal("118.50")}, "amount_and_date_near"),
        (
            {"aliases": frozenset({"partner:8"}), "vendor_name": "Muller Papier"},
            "vendor_nearly_same",
        ),
    ],
)
def test_what_is_alike_is_said_with_its_reason(change, reason):
    found = likeness(BILL, replace(BILL, **change))
    assert reason in found.reasons
    assert 0 < found.score <= 100


@pytest.mark.parametrize(
    "change",
    [
        {"currency": "USD"},
        {"kind": CREDIT_NOTE},
        {"date": datetime.date(2027, 3, 2), "amount": Decimal(7)},
        {"number": "RE 77", "date": datetime.date(2026, 3, 20)},
        {"number": "RE 77", "aliases": frozenset({"partner:8"}), "vendor_name": "Ott"},
    ],
)
def test_what_is_not_alike_is_left_alone(change):
    assert likeness(BILL, replace(BILL, **change)) is None


identities = st.builds(
    Identity,
    number=st.sampled_from(["A1", "A-1", "A12", "B7"]),
    kind=st.just("invoice"),
    date=st.dates(datetime.date(2025, 12, 25), datetime.date(2026, 1, 9)),
    amount=st.sampled_from([Decimal(100), Decimal("100.50"), Decimal(90)]),
    currency=st.just("EUR"),
    aliases=st.frozensets(st.sampled_from(["partner:1", "partner:2"]), min_size=1),
    vendor_name=st.sampled_from(["Ott AG", "Ott", "Kern"]),
)


@given(identities, identities)
def test_likeness_is_the_same_both_ways(one, other):
    assert likeness(one, other) == likeness(other, one)
