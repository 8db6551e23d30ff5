"""Which files of a watched folder are complete, and what they are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.sftp import Entry
from odoo.addons.finance_sync_ap.core import bill_folder as folder

NAMES = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="/\0"), min_size=1
)


@pytest.mark.parametrize("name", ["a.xml", "A.PDF", "a.part.xml", "part", "a b~c.pdf"])
def test_names_of_complete_files(name):
    assert folder.is_complete_name(name)


@pytest.mark.parametrize(
    "name", [".a.xml", "a.tmp", "A.PART", "a.pdf.filepart", "a.xml~", ".", "a.writing"]
)
def test_names_of_unfinished_files(name):
    assert not folder.is_complete_name(name)


@given(NAMES)
def test_a_claim_is_a_name_of_its_own_that_says_the_first(name):
    claim = folder.claim_of(name)
    assert folder.is_claim(claim)
    assert claim != folder.claim_of(name)
    assert len(claim.encode()) <= 255
    if len(name.encode()) <= 200:
        assert folder.name_of(claim) == name


def test_what_is_too_long_keeps_its_ending():
    claim = folder.claim_of("ä" * 127 + ".pdf")
    assert claim.endswith("ä.pdf")
    assert len(claim.encode()) <= 255


@given(NAMES, st.integers(2, 999))
def test_numbered_names_differ_and_are_not_too_long(name, number):
    changed = folder.numbered(name, number)
    assert changed != name
    assert changed != folder.numbered(name, number + 1)
    assert len(changed.encode()) <= 255
    assert folder.numbered(name, 1) == name


def test_numbered_names():
    assert folder.numbered("bill.xml", 2) == "bill-2.xml"
    assert folder.numbered("bill", 3) == "bill-3"
    assert folder.numbered(".bill", 3) == ".bill-3"


def test_what_is_no_claim():
    for name in (
        "bill.xml",
        "0123~bill.xml",
        "0123456789abcdeg~x",
        "0123456789abcdef~",
    ):
        assert not folder.is_claim(name)
        assert folder.name_of(name) == name


def test_no_screen_gets_what_it_cannot_show():
    assert folder.shown("a\nb\x1b.xml") == "a\N{REPLACEMENT CHARACTER}b" + (
        "\N{REPLACEMENT CHARACTER}.xml"
    )


def look(entries, seen=None, now=1000, quiet=60):
    return folder.ripe(entries, seen or {}, now, quiet)


def test_nothing_is_complete_at_first_sight():
    good, seen, fresh = look([Entry("a", 1, 5)])
    assert (good, fresh) == ([], True)
    assert seen == {"a": [1, 5, 1000]}


def test_it_is_complete_when_nothing_has_changed_for_so_long():
    entry = Entry("a", 1, 5)
    _good, seen, _fresh = look([entry])
    good, seen, fresh = look([entry], seen, 1059)
    assert (good, fresh) == ([], False)
    good, _seen, _fresh = look([entry], seen, 1060)
    assert good == [entry]


@pytest.mark.parametrize("changed", [Entry("a", 2, 5), Entry("a", 1, 6)])
def test_a_change_begins_anew(changed):
    _good, seen, _fresh = look([Entry("a", 1, 5)])
    good, seen, _fresh = look([changed], seen, 1060)
    assert not good
    good, _seen, _fresh = look([changed], seen, 1119)
    assert not good
    good, _seen, _fresh = look([changed], seen, 1120)
    assert good == [changed]


def test_without_a_time_to_wait_two_looks_are_needed_all_the_same():
    entry = Entry("a", 1, 5)
    good, seen, _fresh = look([entry], quiet=0)
    assert not good
    assert look([entry], seen, quiet=0)[0] == [entry]


def test_what_is_gone_is_forgotten():
    _good, seen, _fresh = look([Entry("a", 1, 5)])
    assert look([], seen)[1] == {}


def test_the_servers_clock_may_be_wrong():
    for modified in (-5, 0, 4_000_000_000):
        entry = Entry("a", 1, modified)
        _good, seen, _fresh = look([entry])
        assert look([entry], seen, 1060)[0] == [entry]


def test_of_too_many_the_oldest_are_watched():
    entries = [Entry(str(n), 1, n) for n in range(folder.MOST_WATCHED + 5)]
    seen = look(reversed(entries))[1]
    assert len(seen) == folder.MOST_WATCHED
    assert str(folder.MOST_WATCHED) not in seen
