"""Whether we and a platform say the same of a vendor."""

import pytest
from odoo.addons.finance_sync.core.ownership import EXTERNAL, ODOO, SHARED
from odoo.addons.finance_sync_ap_platform.core import compare_vendors as vendors
from odoo.addons.finance_sync_ap_platform.core.compare_vendors import (
    VendorSide,
    differences,
    of_message,
)

VAT = "DE136695976"
OURS = VendorSide("Papier Ott GmbH", VAT, True)


def kinds(theirs, **options):
    return [one.kind for one in differences(OURS, theirs, **options)]


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        (OURS, []),
        (VendorSide(" Papier  Ott GmbH ", "de 136 695 976", True), []),
        (VendorSide("Papier Ott AG", VAT, True), ["vendor_name"]),
        (VendorSide("papier ott gmbh", VAT, True), ["vendor_name"]),
        (VendorSide("X", "DE129273398", True), ["vendor_name", "vendor_vat"]),
        # What it says nothing about does not differ.
        (VendorSide(None, None, True), []),
        # An archived one is settled first.
        (VendorSide("X", VAT, False), ["vendor_active"]),
        (VendorSide(active=False), ["vendor_active"]),
    ],
)
def test_what_differs(theirs, found):
    assert kinds(theirs) == found


def test_only_what_somebody_answers_for_is_compared():
    theirs = VendorSide("X", "DE129273398", False)
    assert kinds(theirs, fields=("name", "vat")) == ["vendor_name", "vendor_vat"]
    assert kinds(theirs, fields=()) == []


def test_a_vat_number_is_never_shown_whole():
    (found,) = differences(OURS, VendorSide(vat="DE129273398", active=True))
    assert (found.ours, found.theirs) == ("DE•••5976", "DE•••3398")
    for side in (found.ours, found.theirs):
        assert "1292" not in side
        assert "1366" not in side


def test_a_number_that_is_too_short_to_be_one_still_differs():
    assert kinds(VendorSide(vat="123", active=True)) == ["vendor_vat"]


def test_what_a_message_says():
    content = {"code": "V-OTT", "name": "Papier Ott GmbH", "vat": VAT}
    assert of_message({"company": "US", "vendor": content}) == OURS
    assert of_message({"void": True}) == VendorSide(active=False)
    for odd in ({}, {"vendor": None}, {"vendor": {"name": 7, "vat": " "}}):
        assert of_message(odd) == VendorSide(None, None, True)


def test_whose_word_counts():
    assert vendors.counts(EXTERNAL) == "theirs"
    assert vendors.counts(ODOO) == "ours"
    assert vendors.counts(SHARED) == "both"


def test_what_is_missing():
    assert vendors.missing_here(OURS).kind == "vendor_missing_here"
    assert vendors.missing_there(OURS).kind == "vendor_missing_there"
    assert vendors.missing_there(VendorSide("X", active=False)) is None
