"""Approvals are facts in order; authority has limits and days."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync_ap.core.approval import (
    Authority,
    Decision,
    Delegation,
    as_text,
    authority,
    standing,
    state,
)

TODAY = datetime.date(2026, 3, 2)
DAY = datetime.timedelta(days=1)
D = Decimal


def decided(kind, by="a", content="x"):
    return Decision(kind, by, content)


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([], "open"),
        ([decided("requested")], "open"),
        ([decided("approved")], "approved"),
        ([decided("approved", content="y")], "open"),
        ([decided("approved"), decided("revoked")], "open"),
        ([decided("approved"), decided("withdrawn")], "open"),
        ([decided("approved"), decided("rejected")], "rejected"),
        ([decided("rejected"), decided("requested")], "rejected"),
        ([decided("rejected"), decided("approved")], "approved"),
    ],
)
def test_states(decisions, expected):
    assert state(decisions, "x") == expected


def test_the_same_person_twice_is_one():
    twice = [decided("approved"), decided("approved")]
    assert state(twice, "x", needed=2) == "open"
    assert state([*twice, decided("approved", by="b")], "x", needed=2) == "approved"


def test_what_ends_an_approval_ends_all_of_them():
    decisions = [decided("approved"), decided("approved", "b"), decided("revoked", "c")]
    assert standing(decisions, "x") == frozenset()


LIMITS = [Authority(1, D(100)), Authority(2, D(50))]


def asked(user, amount, delegations=(), excluded=()):
    return authority(user, D(amount), LIMITS, delegations, TODAY, frozenset(excluded))


@pytest.mark.parametrize(
    ("user", "amount", "expected"),
    [(1, "100", 1), (1, "100.01", None), (2, "50", 2), (3, "0", None)],
)
def test_limits(user, amount, expected):
    assert asked(user, amount) == expected


def test_delegations_have_days_and_are_not_handed_on():
    given = Delegation(1, 3, TODAY, TODAY)
    assert asked(3, "100", [given]) == 1
    assert asked(3, "100", [Delegation(1, 3, TODAY + DAY, TODAY + DAY)]) is None
    assert asked(3, "100", [Delegation(1, 3, TODAY - DAY, TODAY - DAY)]) is None
    assert asked(4, "100", [given, Delegation(3, 4, TODAY, TODAY)]) is None


def test_own_authority_comes_first():
    assert asked(2, "50", [Delegation(1, 2, TODAY, TODAY)]) == 2
    assert asked(2, "51", [Delegation(1, 2, TODAY, TODAY)]) == 1


def test_who_had_a_part_decides_neither_in_person_nor_through_others():
    given = Delegation(1, 3, TODAY, TODAY)
    assert asked(1, "10", excluded=[1]) is None
    assert asked(3, "10", [given], excluded=[1]) is None
    assert asked(3, "10", [given], excluded=[3]) is None


@given(
    st.lists(
        st.builds(
            Decision,
            st.sampled_from(["requested", "approved", "rejected", "revoked"]),
            st.sampled_from("abc"),
            st.sampled_from("xy"),
        )
    )
)
def test_a_revocation_always_ends_it(decisions):
    assert state([*decisions, decided("revoked")], "x") != "approved"
    assert len(standing(decisions, "x")) <= 3


def test_amounts_are_hashed_alike_however_they_are_stored():
    assert as_text(0.1 + 0.2) == as_text(0.3) == "0.300000"
    assert as_text(None) == as_text(0.0) == as_text(False) == "0.000000"
    assert as_text(-0.0) == as_text(-0.0000001) == as_text(0.0)
    assert as_text(0.000001) != as_text(0.0)
