"""Vendors that are perhaps one, and how few of them are compared."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync_ap.core.vendors import (
    MOST_TOGETHER,
    Vendor,
    alike,
    candidates,
    near_names,
    vat_key,
)
from rapidfuzz import fuzz

OTT = Vendor(1, "Papier Ott GmbH", "DE136695976", "DE", frozenset({"DE02120300"}))


def reasons(*vendors, **options):
    return {(pair.one, pair.other): pair.reasons for pair in alike(vendors, **options)}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Vendor(2, "Somebody Else", "136695976", "DE"), ("same_vat",)),
        (Vendor(2, "P. Ott", "de 136 695 976"), ("same_vat",)),
        (Vendor(2, "Kiosk", accounts=frozenset({"DE02120300"})), ("same_account",)),
        (Vendor(2, "OTT Papier AG"), ("same_name",)),
        (Vendor(2, "Papier Ohmt"), None),
        (Vendor(2, "Papier & Ott"), ("same_name",)),
        (Vendor(2, "Papiere Ott"), ("near_name",)),
        (Vendor(2, "Papier Ott", "DE136695976"), ("same_vat", "same_name")),
    ],
)
def test_what_two_vendors_share(other, expected):
    assert reasons(OTT, other).get((1, 2)) == expected


@pytest.mark.parametrize(
    "other",
    [
        # A subsidiary, a factor's account, and a vendor of another company.
        Vendor(2, "Papier Ott GmbH", "ATU12345675", "AT"),
        Vendor(2, "Papier Ott", "DE811569869", accounts=frozenset({"DE02120300"})),
    ],
)
def test_two_vat_numbers_are_two_vendors(other):
    assert not reasons(OTT, other)


def test_vendors_of_two_companies_are_two_and_shared_ones_belong_to_all():
    shared, of_one, of_two = (
        Vendor(key, "Papier Ott", company=company)
        for key, company in ((1, None), (2, 10), (3, 20))
    )
    assert set(reasons(shared, of_one, of_two)) == {(1, 2), (1, 3)}


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("DE 136 695 976", "", "DE136695976"),
        ("136695976", "de", "DE136695976"),
        ("094259216", "GR", "EL094259216"),
        ("EL094259216", "GR", "EL094259216"),
        ("/", "DE", ""),
        ("n/a", "", ""),
    ],
)
def test_vat_numbers_however_written(number, country, expected):
    assert vat_key(number, country) == expected


def test_order_does_not_count():
    vendors = [
        Vendor(key, name)
        for key, name in enumerate(["Ott Papier", "Papier Ott GmbH", "Papiere Ott"])
    ]
    expected = alike(vendors)
    for mixed in itertools.permutations(vendors):
        assert alike(mixed) == expected
    assert len(expected) == 3


def test_many_that_share_one_thing_stay_a_list():
    count = 40
    vendors = [Vendor(key, "Kiosk", "DE136695976") for key in range(count)]
    assert set(reasons(*vendors)) == {(0, key) for key in range(1, count)}
    few = vendors[:MOST_TOGETHER]
    assert len(alike(few)) == MOST_TOGETHER * (MOST_TOGETHER - 1) // 2


WORDS = st.text("abco ", min_size=1, max_size=14)


@given(st.sets(WORDS, max_size=12), st.sampled_from([80, 90, 95]))
def test_no_alike_name_is_left_out(names, least):
    """Against every two of them."""
    every = {
        frozenset(pair)
        for pair in itertools.combinations(sorted(names), 2)
        if fuzz.ratio(*pair) >= least
    }
    assert {frozenset(found[:2]) for found in near_names(names, least)} == every


def names(count, seed=7):
    """As those of a trading company: many share a word, some are mistyped."""
    rng = random.Random(seed)
    letters = "aaabcdeeefghiiklmnnoorrsstttuvw"
    stems = ["".join(rng.choices(letters, k=rng.randint(5, 10))) for _ in range(count)]
    trades = ["handel", "transport", "papier", "service", "technik", "bau", "logistik"]
    found = [f"{rng.choice(trades)} {stem}" for stem in stems]
    mistyped = [f"{name[:-2]}{name[-1]}" for name in found[: count // 20]]
    return found, mistyped


def test_ten_thousand_vendors_need_no_hundred_million_comparisons():
    found, mistyped = names(9_500)
    every = {*found, *mistyped}
    compared = sum(1 for _pair in candidates(every))
    assert compared < 5_000_000
    near = {frozenset(pair[:2]) for pair in near_names(every)}
    assert all(
        frozenset(pair) in near
        for pair in zip(found, mistyped, strict=False)
        if fuzz.ratio(*pair) >= 90
    )
