"""Whether we and a platform say the same."""

from decimal import Decimal

import pytest
from odoo.addons.finance_sync_ap_platform.core import platform
from odoo.addons.finance_sync_ap_platform.core.compare import (
    OPEN,
    POSTED,
    REFUSED,
    VOIDED,
    Ours,
    differences,
    missing_here,
    missing_there,
)
from odoo.addons.finance_sync_ap_platform.core.platform import Head

D = Decimal


def kinds(state, theirs, *, paid=None, their_paid=None, total="119", **options):
    ours = Ours(state, D("119.00"), "EUR", paid)
    head = Head("1", theirs, total=D(total), paid=their_paid, currency="EUR")
    return [one.kind for one in differences(ours, head, **options)]


@pytest.mark.parametrize(
    ("state", "theirs", "found"),
    [
        (OPEN, platform.ACKNOWLEDGED, []),
        (OPEN, platform.NEW, []),
        (OPEN, platform.TRANSFERRED, ["state"]),
        (OPEN, platform.VOIDED, ["state"]),
        (POSTED, platform.TRANSFERRED, []),
        (POSTED, platform.PAID, []),
        (POSTED, platform.ACKNOWLEDGED, ["state"]),
        (POSTED, platform.VOIDED, ["state"]),
        (REFUSED, platform.REFUSED, []),
        (REFUSED, platform.ACKNOWLEDGED, ["state"]),
        (VOIDED, platform.VOIDED, []),
    ],
)
def test_states(state, theirs, found):
    assert kinds(state, theirs) == found


def test_a_platform_that_does_not_keep_whether_it_was_booked():
    assert kinds(POSTED, platform.ACKNOWLEDGED, shows_transfer=False) == []


def test_amounts_to_the_cent():
    assert kinds(OPEN, platform.NEW, total="119.00") == []
    assert kinds(OPEN, platform.NEW, total="119.01") == ["total"]
    assert kinds(POSTED, platform.PAID, paid=D(119), their_paid=D("119.0")) == []
    assert kinds(POSTED, platform.PAID, paid=D(50), their_paid=D(119)) == ["paid"]
    ours = Ours(OPEN, D(119), "USD")
    (found,) = differences(ours, Head("1", platform.NEW, total=D(119), currency="EUR"))
    assert (found.kind, found.amount) == ("currency", 119)


def test_what_is_missing():
    assert missing_here(Head("1", platform.ACKNOWLEDGED)).kind == "missing_here"
    for state in (platform.NEW, platform.VOIDED, platform.REFUSED, platform.IN_WORK):
        assert missing_here(Head("1", state)) is None
    assert missing_there(Ours(POSTED, D(1), "EUR")).kind == "missing_there"
    assert missing_there(Ours(VOIDED, D(1), "EUR")) is None
