"""The contract, and whether bills add up."""

import copy
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import quantize
from odoo.addons.finance_sync_ap.core.arithmetic import flaws, tax_by_rate
from odoo.addons.finance_sync_ap.core.bill import bill_from_dict, charged_price, schema

import tests.simulator

# Ported addons are elsewhere; what runs beside them is in the checkout.
CHECKOUT = Path(tests.simulator.__file__).resolve().parents[2]
D = Decimal
GOOD = {
    "BT-1": "R-7",
    "BT-2": "2026-03-02",
    "BT-3": "380",
    "BT-5": "EUR",
    "BT-13": "P00007",
    "BT-106": "100.00",
    "BT-107": "5.00",
    "BT-108": "10.00",
    "BT-109": "105.00",
    "BT-110": "19.95",
    "BT-112": "124.95",
    "BT-113": "24.95",
    "BT-115": "100.00",
    "BG-20": [{"BT-92": "5.00", "BT-95": "S", "BT-96": "19"}],
    "BG-21": [{"BT-99": "10.00", "BT-102": "S", "BT-103": "19.00"}],
    "BG-23": [{"BT-116": "105.00", "BT-117": "19.95", "BT-118": "S", "BT-119": "19"}],
    "BG-25": [
        {
            "BT-126": "1",
            "BT-129": "10",
            "BT-130": "C62",
            "BT-131": "100.00",
            "BT-146": "10",
            "BT-151": "S",
            "BT-152": "19",
            "BT-153": "Paper",
        }
    ],
}


def message(**changes):
    """``BT_1="x"`` sets a term of the head, ``None`` takes it away."""
    found = copy.deepcopy(GOOD)
    for key, value in changes.items():
        key = key.replace("_", "-")
        if value is None:
            del found[key]
        else:
            found[key] = value
    return found


def test_a_bill_is_read_by_its_terms():
    bill = bill_from_dict(GOOD)
    assert (bill.number, bill.currency, bill.total) == ("R-7", "EUR", D("124.95"))
    assert bill.lines[0].name == "Paper"
    assert bill.due is None
    assert not bill.credit
    assert not flaws(bill, 2)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ([], "not an object"),
        (message(BT_1=None), "Invoice number (BT-1) is missing"),
        (message(BT_1=""), "missing"),
        (message(BT_1="x" * 65), "longer than 64"),
        (message(BT_1=7), "not a text"),
        (message(BT_2="02.03.2026"), "not an ISO date"),
        (message(BT_3="389"), "not 380 or 381"),
        (message(BT_5="Euro"), "ISO 4217"),
        (message(BT_112=124.95), "not a decimal string"),
        (message(BT_112="NaN"), "not a finite number"),
        (message(BT_999="x"), "BT-999 is not known"),
        (message(BG_25=[]), "no lines"),
        (message(BG_25=GOOD["BG-25"] * 2), "there twice"),
        (message(BG_25={}), "not a list"),
        (message(BG_25=["x"]), "of BG-25, item 1 is not an object"),
        (message(BG_23=GOOD["BG-23"] * 5001), "more than 5000"),
    ],
)
def test_a_bad_bill_is_refused_and_it_is_said_why(bad, why):
    with pytest.raises(ContractError) as caught:
        bill_from_dict(bad)
    assert why in caught.value.message


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"BT_106": "99.00"}, {"BR-CO-10", "BR-CO-13"}),
        ({"BT_107": None}, {"BR-CO-11", "BR-CO-13"}),
        ({"BT_108": "11.00"}, {"BR-CO-12", "BR-CO-13"}),
        ({"BT_109": "106.00"}, {"BR-CO-13", "BR-CO-15"}),
        ({"BT_110": "19.96"}, {"BR-CO-14", "BR-CO-15"}),
        ({"BT_112": "124.96"}, {"BR-CO-15", "BR-CO-16"}),
        ({"BT_115": "124.95"}, {"BR-CO-16"}),
        ({"BG_23": []}, {"BR-CO-14", "BR-CO-18"}),
    ],
)
def test_every_rule_is_named_that_does_not_hold(changes, rules):
    bill = bill_from_dict(message(**changes))
    assert {flaw.rule for flaw in flaws(bill, 2)} == rules


def test_vat_is_checked_by_category_and_rate():
    wrong = [{"BT-116": "105.00", "BT-117": "7.35", "BT-118": "S", "BT-119": "7"}]
    bill = bill_from_dict(message(BG_23=wrong))
    assert {flaw.rule for flaw in flaws(bill, 2)} >= {"BR-S-08", "BR-CO-18"}


def bill_over(lines, cents, tax):
    """Of so many lines of so many cents at 19 %."""
    net, tax = D(lines * cents) / 100, D(tax)
    line = {**GOOD["BG-25"][0], "BT-129": "1", "BT-146": str(D(cents) / 100)}
    line["BT-131"] = line["BT-146"]
    total = str(net + tax)
    amounts = {"BT-116": str(net), "BT-117": str(tax)}
    head = {"BT-106": str(net), "BT-109": str(net), "BT-110": str(tax)}
    nothing = dict.fromkeys(("BT-107", "BT-108", "BT-113", "BG-20", "BG-21"))
    found = {
        **GOOD,
        **nothing,
        **head,
        "BT-112": total,
        "BT-115": total,
        "BG-23": [{**GOOD["BG-23"][0], **amounts}],
        "BG-25": [{**line, "BT-126": str(at)} for at in range(lines)],
    }
    return bill_from_dict({key: value for key, value in found.items() if value})


@given(st.integers(1, 40), st.integers(1, 200))
def test_vat_may_be_rounded_by_line(lines, cents):
    each = quantize(D(cents) * 19 / 10000, 2)
    assert not flaws(bill_over(lines, cents, each * lines), 2)


def test_vat_by_rate_and_how_far_rounding_goes():
    assert tax_by_rate(bill_over(3, 100, "0.57")) == {D(19): (D("0.57"), 3)}
    twice = [{**GOOD["BG-23"][0], "BT-118": category} for category in ("S", "AE")]
    assert tax_by_rate(bill_from_dict(message(BG_23=twice))) == {}


@pytest.mark.parametrize(
    ("lines", "tax"), [(1, "0.20"), (1, "0.18"), (2, "0.40"), (3, "0.59")]
)
def test_vat_that_no_rounding_explains_is_named(lines, tax):
    # Lines of 1.00 at 19 %.
    assert [one.rule for one in flaws(bill_over(lines, 100, tax), 2)] == ["BR-CO-17"]


def test_a_lines_own_discount_is_in_the_price_that_it_is_charged_at():
    line = {**GOOD["BG-25"][0], "BT-136": "20.00", "BT-141": "5.00", "BT-149": "2"}
    bill = bill_from_dict(message(BG_25=[line]))
    assert charged_price(bill.lines[0]) == D("7")
    assert charged_price(bill_from_dict(GOOD).lines[0]) == D("10")


def test_the_schema_knows_what_the_parser_knows():
    found = schema()
    assert set(GOOD) <= set(found["properties"])
    assert set(found["required"]) <= set(GOOD)
    line = found["properties"]["BG-25"]["items"]
    assert set(line["required"]) == set(GOOD["BG-25"][0]) - {"BT-152"}


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=4))
def test_whatever_comes_is_a_bill_or_refused(value):
    for key in ("BT-1", "BT-2", "BT-112", "BG-25"):
        try:
            assert bill_from_dict({**GOOD, key: value}).number
        except ContractError as error:
            assert error.message


def test_the_published_schema_is_current():
    published = CHECKOUT / "docs" / "schemas" / "bill.json"
    assert json.loads(published.read_text()) == schema()
