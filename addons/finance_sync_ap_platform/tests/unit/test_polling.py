"""What is new of what a platform lists."""

from odoo.addons.finance_sync.core.canonical import digest
from odoo.addons.finance_sync_ap_platform.core.platform import Change
from odoo.addons.finance_sync_ap_platform.core.polling import (
    Known,
    Verdict,
    decide,
    handed_over,
)

A, B = {"bill": {"BT-1": "a"}}, {"bill": {"BT-1": "b"}}


def exact(version, message, known_version, known):
    change = Change("1", version, message=message)
    known = Known(known_version, digest(known))
    return decide(change, known, exact=True, staged=False)


def timed(version, message, known_version, known, staged=False, stage="transfer"):
    change = Change("1", version, stage=stage, message=message)
    known = Known(known_version, digest(known))
    return decide(change, known, exact=False, staged=staged)


def test_what_nobody_has_seen_is_new():
    for way in (True, False):
        assert decide(Change("1", 5, message=A), None, exact=way, staged=False) == (
            Verdict.NEW,
            5,
        )


def test_versions_of_the_platform_count():
    assert exact(3, A, 3, A) == (Verdict.UNCHANGED, 3)
    assert exact(3, None, 3, A) == (Verdict.UNCHANGED, 3)
    assert exact(4, None, 3, A) == (Verdict.NEW, 4)
    assert exact(2, B, 3, A) == (Verdict.STALE, 3)


def test_another_content_under_the_same_version_goes_on_to_become_a_conflict():
    assert exact(3, B, 3, A) == (Verdict.NEW, 3)


def test_a_later_time_alone_is_no_change():
    assert timed(900, A, 100, A) == (Verdict.UNCHANGED, 100)


def test_two_changes_within_a_second_are_two_versions():
    assert timed(100, B, 100, A) == (Verdict.NEW, 101)
    assert timed(100, A, 101, B) == (Verdict.NEW, 102)
    assert timed(101, B, 102, A) == (Verdict.NEW, 103)


def test_an_old_copy_changes_nothing():
    assert timed(100, B, 200, A) == (Verdict.STALE, 200)


def test_offering_a_bill_for_the_second_step_is_no_change_of_it():
    kept = handed_over(Change("1", 100, stage="prebook", message=A), staged=True)
    assert kept["stage"] == "prebook"
    assert timed(900, A, 100, kept, staged=True) == (Verdict.UNCHANGED, 100)
    assert timed(900, B, 100, kept, staged=True) == (Verdict.NEW, 900)
