"""Bank details and tax ids are shortened, wherever they turn up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.masking import MASK, AllowList, mask
from odoo.addons.finance_sync.core.sensitive import (
    is_iban,
    is_sensitive_name,
    shorten,
    shorten_all,
    shorten_in,
)

IBAN = "DE02120300000000202051"
ANYTHING = AllowList("**")


@pytest.mark.parametrize(
    "text",
    [IBAN, "DE02 1203 0000 0000 2020 51", "gb33bukb20201555555555", "NO9386011117947"],
)
def test_ibans(text):
    assert is_iban(text)


@pytest.mark.parametrize(
    "text",
    ["DE03120300000000202051", "INV/2026/00042", "", "X" * 40, "DE02é2030000000"],
)
def test_no_ibans(text):
    assert not is_iban(text)


@pytest.mark.parametrize(
    "name",
    ["iban", "IBAN", "acc_number", "accountNumber", "buyer_vat", "Tax-ID", "ssn"],
)
def test_names(name):
    assert is_sensitive_name(name)


@pytest.mark.parametrize("name", ["amount", "private", "renovation", "pandas", "tax"])
def test_other_names(name):
    assert not is_sensitive_name(name)


def test_shortened():
    assert shorten(IBAN) == f"DE{MASK}2051"
    assert shorten("12345678") == f"{MASK}5678"
    assert shorten("DE1234") == MASK


def test_in_a_sentence():
    text = "Account DE02 1203 0000 0000 2020 51 of ATU13585627 is unknown."
    assert shorten_in(text) == f"Account DE{MASK}2051 of AT{MASK}5627 is unknown."


@pytest.mark.parametrize(
    "text",
    [
        "Invoice INV/2026/00042 of 2026-03-01",
        "in 1234567890",
        "The answer is late.",
        "",
    ],
)
def test_other_texts_stay(text):
    assert shorten_in(text) == text


def test_what_is_allowed_is_shortened_all_the_same():
    payload = {
        "vat": "ATU13585627",
        "lines": [{"text": f"to {IBAN}", "amount": "12.50"}],
        "account_number": 1234567890,
    }
    assert mask(payload, ANYTHING) == {
        "vat": f"AT{MASK}5627",
        "lines": [{"text": f"to DE{MASK}2051", "amount": "12.50"}],
        "account_number": f"{MASK}7890",
    }


def test_without_an_allow_list_everything_is_masked():
    assert mask({"vat": "x", "n": [1, {"a": 2}]}, None) == MASK
    assert mask("x", None) == MASK


@given(st.text(max_size=30), st.text(max_size=30))
def test_never_whole_in_any_sentence(before, after):
    shown = shorten_in(f"{before} {IBAN} {after}")
    assert IBAN not in shown


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_keeps_its_shape(value):
    shown = shorten_all(value)
    assert isinstance(shown, type(value)) or isinstance(value, int)
