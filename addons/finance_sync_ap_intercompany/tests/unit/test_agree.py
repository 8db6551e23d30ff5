"""Both companies have the same, or it is said what differs."""

import dataclasses
from decimal import Decimal

import pytest
from odoo.addons.finance_sync_ap_intercompany.core.agree import (
    Side,
    compare,
    finding,
)

POSTED = Side(
    "posted", False, "EUR", Decimal("100.00"), Decimal("19.00"), Decimal("119.00")
)
NONE = Side()


def but(**changes):
    return dataclasses.replace(POSTED, **changes)


@pytest.mark.parametrize(
    ("seller", "buyer", "delivered", "state"),
    [
        (POSTED, NONE, False, "waiting"),
        (POSTED, NONE, True, "delivered"),
        (POSTED, but(state="draft"), True, "delivered"),
        (POSTED, but(state="cancel"), True, "delivered"),
        (POSTED, POSTED, True, "agreed"),
        (but(state="draft"), NONE, True, "taken_back"),
        (but(state="draft"), but(state="draft"), True, "taken_back"),
        (but(state="draft"), POSTED, True, "taken_back"),
        (but(state="draft"), NONE, False, "voided"),
        (but(state="cancel"), NONE, True, "voided"),
        (but(state="cancel"), but(state="cancel"), True, "voided"),
        (but(state="cancel"), POSTED, True, "differs"),
    ],
)
def test_states(seller, buyer, delivered, state):
    assert compare(seller, buyer, delivered=delivered).state == state


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"total": Decimal("119.01")}, [("total", "119.00", "119.01")]),
        ({"tax": Decimal(0)}, [("tax", "19.00", "0")]),
        ({"currency": "USD", "net": Decimal(1)}, [("currency", "EUR", "USD")]),
        ({"credit": True}, [("kind", "invoice", "credit_note")]),
    ],
)
@pytest.mark.parametrize("state", ["draft", "posted"])
def test_differences_are_named_before_and_after_posting(changes, found, state):
    verdict = compare(POSTED, but(state=state, **changes), delivered=True)
    assert (verdict.state, list(verdict.differences)) == ("differs", found)


def test_the_same_finding_is_the_same_text_and_another_one_is_not():
    def found(**changes):
        return finding(compare(POSTED, but(**changes), delivered=True))

    assert found() == "agreed"
    assert found(total=Decimal("119.01")) == "differs: total 119.00, 119.01"
    assert found(total=Decimal("119.02")) != found(total=Decimal("119.01"))
