"""Which version counts, what it says, and what differs between two."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.mapping import (
    BOTH,
    DIRECTIONS,
    IN,
    OUT,
    Entry,
    Line,
    Missing,
    Scope,
    UnmappedError,
    Version,
    covers,
    difference,
    give_way,
    in_effect,
    is_valid_code,
    normalise,
    resolve,
    scopes,
)

DAY = date(2026, 1, 1)
GROUP = Scope(None, None)
days = st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 3, 1)))


def test_the_company_comes_before_its_parent_and_the_group():
    assert scopes([5, 1], 9) == (
        Scope(5, 9),
        Scope(5, None),
        Scope(1, 9),
        Scope(1, None),
        Scope(None, 9),
        Scope(None, None),
    )
    assert scopes([5], None) == (Scope(5, None), GROUP)


def test_a_version_counts_within_its_days():
    version = Version(1, GROUP, 1, DAY, DAY + timedelta(days=1))
    assert not covers(version, DAY - timedelta(days=1))
    assert covers(version, DAY)
    assert covers(version, DAY + timedelta(days=1))
    assert not covers(version, DAY + timedelta(days=2))
    assert covers(Version(1, GROUP, 1), date.min)


def test_the_nearest_scope_first_and_its_newest_version():
    own = Scope(5, None)
    versions = [
        Version(1, GROUP, 7),
        Version(2, own, 1),
        Version(3, own, 2),
        Version(4, Scope(6, None), 9),
    ]
    assert [v.ref for v in in_effect(versions, scopes([5], None), DAY)] == [3, 1]


def test_each_code_by_the_nearest_version_that_knows_it():
    near, far = Version(1, Scope(5, None), 1), Version(2, GROUP, 1)
    lines = [
        Line(10, 2, "A", "far-a"),
        Line(11, 1, "A", "near-a"),
        Line(12, 2, "B", "far-b"),
        Line(13, 1, "C", "near-c", OUT),
        Line(14, 9, "D", "of another version"),
    ]
    found = resolve(["A", "B", "C", "D", "A"], [near, far], lines, IN)
    assert {code: line.ref for code, line in found.found.items()} == {"A": 11, "B": 12}
    assert found.missing == ("C", "D")
    assert found.versions == (1, 2)
    out = resolve(["near-c", "far-a"], [near, far], lines, OUT)
    assert {code: line.external for code, line in out.found.items()} == {
        "near-c": "C",
        "far-a": "A",
    }


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from("ABCD"), st.sampled_from(DIRECTIONS)
        ),
        max_size=30,
    ),
    st.lists(st.sampled_from("ABCDE"), max_size=8),
    st.sampled_from([IN, OUT]),
)
def test_every_code_is_found_or_missing(rows, codes, direction):
    versions = [Version(ref, GROUP, ref) for ref in range(3)]
    lines = [
        Line(number, version, code, code, way)
        for number, (version, code, way) in enumerate(rows)
    ]
    found = resolve(codes, versions, lines, direction)
    assert set(found.found) | set(found.missing) == set(codes)
    assert not set(found.found) & set(found.missing)
    for code, line in found.found.items():
        assert line.direction in (BOTH, direction)
        nearer = [
            other
            for other in lines
            if other.external == code
            and other.direction in (BOTH, direction)
            and other.version < line.version
        ]
        assert not nearer


@given(
    st.lists(st.tuples(days, days), max_size=6),
    days,
    st.dates(date(2025, 12, 1), date(2026, 4, 1)),
)
def test_a_successor_holds_its_days_and_takes_no_others(periods, first, day):
    """Versions activated one after the other: one of them counts on any day."""
    in_force: list[Version] = []
    for number, (start, end) in enumerate([*periods, (first, None)], 1):
        if start and end and end < start:
            start, end = end, start
        new = Version(number, GROUP, number, start, end)
        before = [version.ref for version in in_force if covers(version, day)]
        left = (give_way(version, start, end) for version in in_force)
        in_force = [*filter(None, left), new]
        after = [version.ref for version in in_force if covers(version, day)]
        if covers(new, day):
            assert after == [number]
        else:
            assert set(after) <= set(before)
        assert len(after) <= 1


def test_giving_way():
    whole = Version(1, GROUP, 1)
    assert give_way(whole, None) is None
    assert give_way(whole, DAY).last == DAY - timedelta(days=1)
    later = Version(1, GROUP, 1, DAY)
    assert give_way(later, DAY) is None
    assert give_way(later, None, DAY - timedelta(days=1)) == later
    ended = Version(1, GROUP, 1, None, DAY)
    assert give_way(ended, DAY + timedelta(days=1)) == ended


def test_difference_tells_what_was_done():
    before = [Entry("A", "1"), Entry("B", "2"), Entry("C", "3"), Entry("X", "9", OUT)]
    after = [Entry("A", "1"), Entry("B", "7"), Entry("D", "4"), Entry("Y", "9", OUT)]
    found = difference(before, after)
    assert found.added == (Entry("D", "4"),)
    assert found.removed == (Entry("C", "3"),)
    assert found.changed == (
        (Entry("B", "2"), Entry("B", "7")),
        (Entry("X", "9", OUT), Entry("Y", "9", OUT)),
    )
    assert (found.unchanged, found.is_empty) == (1, False)
    assert difference(before, reversed(before)).is_empty


entries = st.lists(
    st.builds(Entry, st.sampled_from("ABCDEF"), st.sampled_from("123")),
    unique_by=lambda entry: entry.key,
)


@given(entries, entries)
def test_a_difference_applied_to_the_old_gives_the_new(before, after):
    found = difference(before, after)
    changed = dict(found.changed)
    result = [changed.get(entry, entry) for entry in before]
    result = [entry for entry in result if entry not in found.removed]
    assert set(result) | set(found.added) == set(after)


@given(st.text())
def test_normalising_again_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize("code", ["", "a\nb", "x" * 129, "\x00"])
def test_bad_codes(code):
    assert not is_valid_code(code)


def test_the_error_names_a_few_and_says_why():
    error = UnmappedError(
        [Missing("unit", f"U{n}", IN, "Archived." if n == 0 else "") for n in range(9)],
        versions=[4],
    )
    assert "“U0”" in error.message
    assert "U7" not in error.message
    assert error.details == ("Archived.",)
    assert (error.code, error.kind, error.versions) == ("unmapped", "contract", (4,))
