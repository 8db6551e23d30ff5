"""Documents of platforms in EN 16931's terms, with what is odd about them."""

from decimal import Decimal

import pytest
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync_ap.core.arithmetic import flaws
from odoo.addons.finance_sync_ap.core.bill import bill_from_dict
from odoo.addons.finance_sync_ap_platform.core import basware, coupa, platform

from . import samples

STAMP = "2026-03-02T08:00:00Z"


def of_basware(sign=1, **changes):
    return basware.change(
        {
            "invoiceId": "b1",
            "companyCode": "US",
            "processingStatus": "WaitingForTransfer",
            "lastUpdated": STAMP,
            **samples.basware(sign),
            **changes,
        }
    )


def of_coupa(sign=1, **changes):
    given = {k.replace("_", "-"): v for k, v in samples.coupa(sign).items()}
    more = {k.replace("_", "-"): v for k, v in changes.items()}
    return coupa.change(
        {
            "id": 7,
            "status": "approved",
            "updated-at": "2026-03-02T09:00:00+01:00",
            "account-type": {"name": "US"},
            **given,
            **more,
        }
    )


@pytest.mark.parametrize("make", [of_basware, of_coupa])
def test_a_bill_is_the_same_bill_wherever_it_was_captured(make):
    terms = make().message["bill"]
    assert terms == samples.TERMS


@pytest.mark.parametrize("make", [of_basware, of_coupa])
def test_a_credit_note_has_positive_amounts_and_its_own_type(make):
    bill = bill_from_dict(make(-1).message["bill"])
    assert bill.credit
    assert (bill.total, bill.net_total) == (Decimal(119), Decimal(100))
    (line,) = bill.lines
    assert (line.quantity, line.price, line.net) == (10, 10, 100)
    assert not flaws(bill, 2)


def test_versions_are_the_seconds_of_the_change_whatever_the_zone():
    assert of_basware().version == of_coupa().version


def test_the_vendor_s_code_comes_beside_the_bill():
    for make in (of_basware, of_coupa):
        assert make().message["vendor_code"] == "V-OTT"


def test_freight_is_a_charge_and_adds_up():
    freight = {
        "rowIndex": 2,
        "productName": "Freight",
        "quantity": 1,
        "netSum": 5.0,
        "taxPercent": 19.0,
        "taxSum": 0.95,
        "additionalCost": True,
    }
    lines = [*samples.basware()["invoiceLines"], freight]
    change = of_basware(
        invoiceLines=lines, netSum=105.0, taxSum1=19.95, grossSum=124.95
    )
    bill = bill_from_dict(change.message["bill"])
    assert (bill.charges[0].amount, bill.charges_total) == (5, 5)
    assert not flaws(bill, 2)
    other = of_coupa(shipping_amount=5.0, gross_total=124.95, tax_amount=19.95)
    assert not flaws(bill_from_dict(other.message["bill"]), 2)


def test_rates_by_line_are_groups_of_vat():
    row = samples.basware()["invoiceLines"][0]
    free = {**row, "rowIndex": 2, "taxPercent": 0, "taxSum": 0, "netSum": 20.0}
    free.update(quantity=2)
    change = of_basware(invoiceLines=[row, free], netSum=120.0, grossSum=139.0)
    bill = bill_from_dict(change.message["bill"])
    assert [(t.tax_category, t.base, t.tax) for t in bill.taxes] == [
        ("Z", 20, 0),
        ("S", 100, 19),
    ]
    assert not flaws(bill, 2)


def test_without_lines_the_coding_is_taken():
    coding = {
        "rowIndex": 1,
        "accountCode": "6000",
        "accountName": "Material",
        "netTotal": 100.0,
        "taxPercent": 19.0,
        "taxSum": 19.0,
        "matchedQuantity": 10,
        "orderNumber": "P00007",
        "orderLineNumber": "10",
    }
    change = of_basware(invoiceLines=None, codingRows=[coding])
    bill = bill_from_dict(change.message["bill"])
    (line,) = bill.lines
    assert (line.account_ref, line.quantity, line.price) == ("6000", 10, 10)
    assert not flaws(bill, 2)


def test_a_discount_line_keeps_its_sign():
    row = samples.coupa()["invoice_lines"][0]
    discount = {
        **row,
        "line-num": 2,
        "quantity": 1,
        "price": -10.0,
        "total": -10.0,
        "description": "Discount",
    }
    change = of_coupa(
        invoice_lines=[row, discount], gross_total="107.10", tax_amount="17.10"
    )
    bill = bill_from_dict(change.message["bill"])
    assert (bill.lines[1].quantity, bill.lines[1].price) == (-1, 10)
    assert not flaws(bill, 2)


def test_amounts_that_contradict_each_other_are_passed_on_as_they_are():
    bill = bill_from_dict(of_basware(grossSum=200.0).message["bill"])
    assert [flaw.rule for flaw in flaws(bill, 2)]


def test_what_waits_for_prebooking_says_so():
    change = of_basware(processingStatus="WaitingForPrebook")
    assert (change.offered, change.stage) == (True, platform.PREBOOK)
    change = of_basware(processingStatus="PrebookInProgress")
    assert (change.offered, change.stage) == (False, "")


@pytest.mark.parametrize(
    "broken",
    [{"invoiceId": ""}, {"invoiceId": "x" * 129}, {"lastUpdated": "yesterday"}],
    ids=str,
)
def test_a_document_that_names_no_bill_is_refused(broken):
    with pytest.raises(ContractError):
        of_basware(**broken)


@pytest.mark.parametrize(
    "broken",
    [
        {"grossSum": "many"},
        {"invoiceLines": {}},
        {"invoiceLines": [7]},
        {"orderNumbers": "P1"},
    ],
    ids=str,
)
def test_a_broken_bill_comes_with_its_problem(broken):
    message = of_basware(**broken).message
    assert (message["company"], "bill" in message) == ("US", False)
    assert message["problem"]


def test_the_state_of_a_bill_there():
    heads = {
        "WaitingForTransfer": platform.NEW,
        "TransferInProgress": platform.ACKNOWLEDGED,
        "Transferred": platform.TRANSFERRED,
        "TransferFailed": platform.REFUSED,
        "Paid": platform.PAID,
        "InDocumentFilter": platform.IN_WORK,
    }
    for status, state in heads.items():
        found = basware.head({"invoiceId": "b1", "processingStatus": status})
        assert (found.state, found.total) == (state, None)
