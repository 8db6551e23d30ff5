"""What is reported, and what is not reported again."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync_ap_platform.core.feedback import (
    PEPPOL,
    Facts,
    Paid,
    due_state,
    goes_forward,
    payment_state,
)
from odoo.addons.finance_sync_ap_platform.core.platform import PREBOOK, TRANSFER

D = Decimal
ALL = frozenset({"in_process", "queried", "prebooked", "transferred", "refused"})


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (Facts("captured"), ""),
        (Facts("held"), "queried"),
        (Facts("waiting"), "in_process"),
        (Facts("matched"), "in_process"),
        (Facts("staged", drafted=True), "prebooked"),
        (Facts("staged", drafted=True, posted=True), "transferred"),
        (Facts("voided", refused=True), "refused"),
        (Facts("voided"), ""),
    ],
)
def test_states_of_a_platform_that_takes_all(facts, state):
    assert due_state(facts, ALL, staged=False) == state


def test_a_platform_is_told_only_what_it_takes():
    assert due_state(Facts("held"), frozenset({"transferred"}), staged=False) == ""


def test_two_step_booking_follows_what_was_offered():
    draft = {"state": "staged", "drafted": True}
    for stage, posted, state in (
        (PREBOOK, False, "prebooked"),
        (PREBOOK, True, "prebooked"),
        (TRANSFER, False, ""),
        (TRANSFER, True, "transferred"),
    ):
        facts = Facts(**draft, posted=posted, stage=stage)
        assert due_state(facts, ALL, staged=True) == state


def test_states_only_go_forward():
    order = ["", "in_process", "queried", "prebooked", "transferred"]
    for earlier, later in pairwise(order):
        assert goes_forward(earlier, later)
        assert not goes_forward(later, earlier)
    assert not goes_forward("refused", "transferred")
    assert not goes_forward("transferred", "refused")
    assert not goes_forward("queried", "")


def reports(*steps, due="100"):
    """The states reported while (bank, underway) go through ``steps``."""
    last, last_paid, found = "", D(0), []
    for bank, underway in steps:
        paid = Paid(D(due), D(bank), D(underway))
        state = payment_state(paid, last, last_paid)
        if state:
            last, last_paid = state, D(bank)
            found.append((state, bank))
    return found


def test_a_payment_is_initiated_partial_and_settled():
    assert reports((0, 100), (0, 100), (40, 60), (100, 0), (100, 0)) == [
        ("initiated", 0),
        ("partial", 40),
        ("settled", 100),
    ]


def test_a_returned_payment_reopens_and_can_be_paid_again():
    assert reports((100, 0), (40, 0), (40, 0), (100, 0)) == [
        ("settled", 100),
        ("returned", 40),
        ("settled", 100),
    ]
    assert reports((100, 0), (0, 0), (0, 0), (0, 100)) == [
        ("settled", 100),
        ("returned", 0),
        ("initiated", 0),
    ]


def test_a_payment_that_never_left_is_taken_back():
    assert reports((0, 100), (0, 0), (0, 0)) == [("initiated", 0), ("returned", 0)]


def test_what_credit_notes_took_off_need_not_be_paid():
    assert reports((80, 0), due="80") == [("settled", 80)]
    assert reports((0, 0), due="0") == []


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=12)
)
def test_nothing_is_reported_twice_in_a_row(steps):
    found = reports(*steps, due="10")
    assert all(one != other for one, other in pairwise(found))
    # What was last reported is what the bank says now.
    assert not found or found[-1][1] == steps[-1][0]


def test_every_state_has_its_code_but_a_return():
    assert {"returned"} == {"returned", *ALL} - set(PEPPOL)
