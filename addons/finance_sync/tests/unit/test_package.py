"""Configuration packages: differences, their order, and how to undo them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core import package
from odoo.addons.finance_sync.core.canonical import canonical_json
from odoo.addons.finance_sync.core.errors import ContractError

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 9),
    st.sampled_from(["", "a", "é", "e\u0301", "1.50", "x|y"]),
    st.lists(st.sampled_from(["us", "de"]), max_size=2),
)
# Both sides have the same fields per model, as records of the same models do.
RECORD = st.fixed_dictionaries({"name": VALUES, "limit": VALUES, "lines": VALUES})
SNAPSHOT = st.dictionaries(
    st.sampled_from(["connection", "mapping"]),
    st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), RECORD, min_size=1),
)


def same(left, right):
    return canonical_json(left) == canonical_json(right)


@given(SNAPSHOT, SNAPSHOT)
def test_applying_a_difference_makes_the_other_side(before, after):
    assert same(package.apply(package.diff(before, after), before), after)


@given(SNAPSHOT, SNAPSHOT)
def test_the_inverse_undoes_it(before, after):
    changes = package.diff(before, after)
    assert same(package.apply(package.invert(changes), after), before)
    assert package.invert(package.invert(changes)) == changes


@given(SNAPSHOT, st.randoms(use_true_random=False))
def test_the_order_of_records_and_fields_means_nothing(snapshot, random):
    def shuffled(value):
        if not isinstance(value, dict):
            return value
        names = list(value)
        random.shuffle(names)
        return {name: shuffled(value[name]) for name in names}

    other = shuffled(snapshot)
    assert {c.kind for c in package.diff(snapshot, other)} <= {package.UNCHANGED}
    made = package.package("p", snapshot), package.package("p", other)
    assert canonical_json(made[0]) == canonical_json(made[1])


@given(SNAPSHOT, SNAPSHOT)
def test_a_package_of_changes_says_everything_that_happens(before, after):
    changes = package.diff(before, after)
    content = package.content_of(changes)
    counts = sum(map(len, content["records"].values()))
    gone = sum(map(len, content["absent"].values()))
    kinds = [change.kind for change in changes]
    assert counts == kinds.count(package.ADDED) + kinds.count(package.CHANGED)
    assert gone == kinds.count(package.REMOVED)


@given(SNAPSHOT, SNAPSHOT)
def test_the_fingerprint_is_of_what_happens(before, after):
    changes = package.diff(before, after)
    happening = [c for c in changes if c.kind != package.UNCHANGED]
    assert package.fingerprint(changes) == package.fingerprint(reversed(changes))
    assert package.fingerprint(changes) == package.fingerprint(happening)
    if happening:
        assert package.fingerprint(changes) != package.fingerprint(())


def test_one_spelling_per_meaning():
    before = {"m": {"a": {"rate": Decimal("1.50"), "name": "e\u0301"}}}
    after = {"m": {"a": {"rate": Decimal("1.5"), "name": "é"}}}
    (change,) = package.diff(before, after)
    assert change.kind == package.UNCHANGED


def test_a_changed_record_names_its_changed_fields_only():
    (change,) = package.diff(
        {"m": {"a": {"x": 1, "y": 2}}}, {"m": {"a": {"x": 1, "y": 3}}}
    )
    assert change.kind == package.CHANGED
    assert change.fields == (package.FieldChange("y", 2, 3),)


def test_fields_that_a_package_does_not_know_stay():
    changes = (
        package.Change("m", "a", package.CHANGED, (package.FieldChange("y", 2, 3),)),
    )
    assert package.apply(changes, {"m": {"a": {"x": 1, "y": 2}}}) == {
        "m": {"a": {"x": 1, "y": 3}}
    }


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"format": "other/1"},
        {"format": package.FORMAT, "name": 1, "records": {}, "absent": {}},
        {"format": package.FORMAT, "name": "p", "records": [], "absent": {}},
        {"format": package.FORMAT, "name": "p", "records": {"m": []}, "absent": {}},
        {
            "format": package.FORMAT,
            "name": "p",
            "records": {"m": {"a": 1}},
            "absent": {},
        },
        {"format": package.FORMAT, "name": "p", "records": {}, "absent": {"m": "a"}},
        {"format": package.FORMAT, "name": "p", "records": {}, "absent": {"m": [1]}},
    ],
)
def test_what_is_no_package_is_refused(content):
    with pytest.raises(ContractError):
        package.check(content)


def test_too_many_records_are_refused(monkeypatch):
    monkeypatch.setattr(package, "MOST_RECORDS", 1)
    with pytest.raises(ContractError, match="at most"):
        package.check(package.package("p", {"m": {"a": {}, "b": {}}}))


def test_references_follow_a_renamed_company():
    names = {"US123": "DE456"}
    assert package.rename("US123|4000", names) == "DE456|4000"
    assert package.rename(["US123", "US1234"], names) == ["DE456", "US1234"]
    assert package.rename(7, names) == 7
