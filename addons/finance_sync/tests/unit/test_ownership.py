"""Who owns a field: the most exact rule decides."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.ownership import (
    ALLOW,
    DEFAULTS,
    EXTERNAL,
    HIDDEN,
    ODOO,
    REFUSE,
    SHARED,
    WARN,
    OwnershipError,
    Refused,
    Rule,
    may_write,
    on_manual_edit,
    rule_for,
    shown,
)


def rule(ref, field=None, owner=ODOO, **values):
    return Rule(ref, values.pop("subject", "partner"), field, owner, **values)


def decided(rules, field="name", **where):
    found = rule_for(rules, "partner", field, **where)
    return found and found.ref


def test_the_most_exact_rule_decides():
    rules = [
        rule(1),
        rule(2, "name"),
        rule(3, "name", state="draft"),
        rule(4, state="draft"),
        rule(5, company=7),
        rule(6, "name", subject="product"),
    ]
    assert decided(rules) == 2
    assert decided(rules, state="draft") == 3
    assert decided(rules, state="posted") == 2
    assert decided(rules, "vat") == 1
    assert decided(rules, "vat", state="draft") == 4
    assert decided(rules, companies=[7]) == 5
    assert decided(rules, companies=[9, 7]) == 5
    assert decided([], "name") is None


def test_the_branch_comes_before_its_parent():
    rules = [rule(1, company=1), rule(2, company=2), rule(3)]
    assert decided(rules, companies=[2, 1]) == 2
    assert decided(rules, companies=[1]) == 1
    assert decided(rules, companies=[5]) == 3


@pytest.mark.parametrize(
    ("owner", "writes"), [(ODOO, False), (EXTERNAL, True), (SHARED, True)]
)
def test_who_writes(owner, writes):
    assert may_write(rule(1, owner=owner)) is writes
    assert not may_write(None)


def test_only_what_the_other_side_owns_is_minded():
    for owner, manual in itertools.product(
        (ODOO, SHARED, EXTERNAL), (ALLOW, WARN, REFUSE)
    ):
        expected = manual if owner == EXTERNAL else ALLOW
        assert on_manual_edit(rule(1, owner=owner, manual=manual)) == expected
    assert on_manual_edit(None) == ALLOW


fields = st.sampled_from([None, "name", "vat"])
states = st.sampled_from([None, "draft", "posted"])
rules = st.lists(
    st.builds(
        Rule,
        st.integers(0, 99),
        st.sampled_from(["partner", "bill"]),
        fields,
        st.sampled_from([ODOO, EXTERNAL, SHARED]),
        state=states,
        company=st.sampled_from([None, 1, 2]),
    ),
    max_size=8,
    unique_by=lambda each: each.ref,
)


@given(rules, st.sampled_from(["name", "vat"]), states, st.permutations(range(8)))
def test_the_order_of_rules_does_not_matter(found, field, state, order):
    where = {"state": state, "companies": [2, 1]}
    shuffled = [found[place] for place in order if place < len(found)]
    chosen = rule_for(found, "partner", field, **where)
    assert rule_for(shuffled, "partner", field, **where) == chosen
    if chosen:
        assert chosen.subject == "partner"
        assert chosen.field in (None, field)
        assert chosen.state in (None, state)


def test_values_are_shown_short_or_not_at_all():
    assert shown("DE123", sensitive=True) == HIDDEN
    assert shown("", sensitive=True) == ""
    assert shown("Acme", sensitive=False) == "Acme"
    assert len(shown("x" * 500, sensitive=False)) == 80


def test_the_error_names_both_values():
    error = OwnershipError("No.", [Refused("name", "Name", "", "Acme")], "partner,1")
    assert error.details == ("Name: – → Acme",)
    assert (error.code, error.kind) == ("ownership_refused", "contract")


def test_shipped_rules_are_told_apart():
    keys = [each[:3] for each in DEFAULTS]
    assert len(set(keys)) == len(keys)
    for subject in ("partner", "product", "bill", "payment"):
        assert (subject, None, None) in keys


@pytest.mark.parametrize(
    ("subject", "field"),
    [
        ("partner", "bank_ids"),
        ("partner", "vat"),
        ("product", "standard_price"),
        ("bill", "state"),
        ("payment", "amount"),
    ],
)
def test_what_the_shipped_rules_never_give_away(subject, field):
    shipped = [
        Rule(n, s, f, owner, manual, state)
        for n, (s, f, state, owner, manual) in enumerate(DEFAULTS)
    ]
    for state in ("draft", "posted"):
        assert not may_write(rule_for(shipped, subject, field, state=state))
