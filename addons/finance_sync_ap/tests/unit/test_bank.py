"""Which accounts are the same, and which telephone numbers may confirm one."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync_ap.core.bank import (
    QUIET,
    Contact,
    fingerprint,
    known_before,
    read_account,
    same_phone,
)

IBAN = "DE02120300000000202051"
NOW = datetime.datetime(2026, 3, 2, 12)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "iban", "valid"),
    [
        (IBAN, True, True),
        ("de02 1203 0000 0000 2020 51", True, True),
        ("DE02120300000000202052", True, False),
        # The country is a part of what the check digits are of.
        ("XX02120300000000202051", True, False),
        ("123456789", False, True),
        ("", False, False),
        (None, False, False),
    ],
)
def test_accounts(text, iban, valid):
    account = read_account(text)
    assert (account.iban, account.valid) == (iban, valid)


def test_a_confirmation_is_for_number_and_holder():
    same = fingerprint("DE02 1203 0000 0000 2020 51", 7, None)
    assert fingerprint(IBAN, 7, None) == same
    assert fingerprint(IBAN, 8, None) != same
    assert fingerprint("DE88100900001234567892", 7, None) != same


def test_the_bank_counts_where_the_number_does_not_name_it():
    assert fingerprint(IBAN, 7, "BYLADEM1") == fingerprint(IBAN, 7, None)
    assert fingerprint("123456789", 7, "021000021") != fingerprint(
        "123456789", 7, "011000015"
    )
    # A wrong IBAN is no IBAN: its bank counts as well.
    wrong = "DE02120300000000202052"
    assert fingerprint(wrong, 7, "A") != fingerprint(wrong, 7, "B")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+49 30 1234567", "030/1234567", True),
        ("+49 30 1234567", "+49 30 1234568", False),
        ("1234", "1234", False),
        ("", "", False),
        (None, "+49 30 1234567", False),
    ],
)
def test_telephone_numbers(one, other, same):
    assert same_phone(one, other) is same


def test_a_number_that_came_with_the_change_confirms_nothing():
    old = Contact("Old", "030 1234567", NOW - QUIET - datetime.timedelta(seconds=1))
    ever = Contact("Ever", "030 7654321")
    fresh = Contact("Fresh", "0151 1111111", NOW - QUIET)
    none = Contact("None", "")
    assert known_before([fresh, old, none, ever], NOW) == (old, ever)


@given(st.text(max_size=60))
def test_any_text_is_an_account_or_none(text):
    account = read_account(text)
    assert account.number.isascii()
    assert account == read_account(account.number)
