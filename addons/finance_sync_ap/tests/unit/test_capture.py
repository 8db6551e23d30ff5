"""What is found in the text of a PDF, and how sure it is."""

import time

import pytest
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync_ap.core.arithmetic import flaws
from odoo.addons.finance_sync_ap.core.bill import bill_from_dict
from odoo.addons.finance_sync_ap.core.capture import (
    AMBIGUOUS,
    DOUBTED,
    PROVEN,
    SURE,
    Template,
    bill_from_terms,
    capture,
    check_pattern,
    fitting,
)

TEXT = """Papier Ott GmbH   USt-IdNr. DE136695976
Rechnung Nr. R-2026-0007
vom 02.03.2026, Bestellung P00007
Netto        1.100,00 EUR
19 % USt       209,00 EUR
Summe        1.309,00 EUR
"""
TEMPLATE = Template(
    name="Ott",
    keywords=("Papier Ott", r"DE136695976"),
    patterns=(
        ("BT-1", r"Rechnung Nr\. (\S+)"),
        ("BT-2", r"vom (\d\d\.\d\d\.\d{4})"),
        ("BT-13", r"Bestellung (\w+)"),
        ("BT-31", r"DE\d{9}"),
        ("BT-109", r"Netto\s+([\d.,]+)"),
        ("BT-110", r"USt\s+([\d.,]+)"),
        ("BT-112", r"Summe\s+([\d.,]+)"),
        ("BT-119", r"(\d+) % USt"),
    ),
    date_formats=("%d.%m.%Y",),
    decimal=",",
    fixed={"BT-3": "380", "BT-5": "EUR"},
)


def values(found):
    return {key: one.value for key, one in found.items()}


def test_the_terms_are_found_by_the_vendors_patterns():
    assert values(capture(TEMPLATE, TEXT)) == {
        "BT-1": "R-2026-0007",
        "BT-2": "2026-03-02",
        "BT-3": "380",
        "BT-5": "EUR",
        "BT-13": "P00007",
        "BT-31": "DE136695976",
        "BT-109": "1100",
        "BT-110": "209",
        "BT-112": "1309",
        "BT-119": "19",
    }


def test_totals_that_add_up_are_surer_than_those_that_do_not():
    found = capture(TEMPLATE, TEXT)
    assert found["BT-112"].confidence == PROVEN
    assert found["BT-1"].confidence == SURE
    wrong = capture(TEMPLATE, TEXT.replace("1.309,00", "1.308,00"))
    assert wrong["BT-112"].confidence == DOUBTED


def test_a_pattern_that_fits_several_values_is_less_sure():
    found = capture(TEMPLATE, TEXT + "Rechnung Nr. R-1\nRechnung Nr. R-2026-0007")
    assert found["BT-1"].value == "R-2026-0007"
    assert found["BT-1"].confidence == AMBIGUOUS
    again = capture(TEMPLATE, TEXT + "Rechnung Nr. R-2026-0007")
    assert again["BT-1"].confidence == SURE


def test_what_is_no_such_value_is_not_found():
    found = capture(TEMPLATE, TEXT.replace("02.03.2026", "31.02.2026"))
    assert "BT-2" not in found


def test_a_template_is_the_vendors_whose_words_are_all_there():
    other = Template("Other", ("Papier Ott", "FR"), ())
    empty = Template("Empty", (), ())
    assert fitting([empty, other, TEMPLATE], TEXT) is TEMPLATE
    assert fitting([empty, other], TEXT) is None


def test_a_pattern_without_an_end_is_given_up():
    slow = Template("Slow", ("a",), (("BT-1", r"(x+x+)+y"), ("BT-13", "a")))
    started = time.monotonic()
    found = capture(slow, "x" * 5000 + " a")
    assert values(found) == {"BT-13": "a"}
    assert time.monotonic() - started < 10


def test_patterns_are_checked_when_they_are_written():
    check_pattern(r"(\d+)")
    for bad in ("(", "x" * 501):
        with pytest.raises(ValueError, match=r"\w"):
            check_pattern(bad)


def test_a_bill_of_totals_keeps_the_contract_and_adds_up():
    bill = bill_from_terms(values(capture(TEMPLATE, TEXT)), "Papier Ott")
    parsed = bill_from_dict(bill)
    assert not flaws(parsed, 2)
    assert parsed.lines[0].name == "Papier Ott"
    assert parsed.lines[0].tax_rate == 19


def test_the_rate_is_worked_out_where_it_is_not_said():
    found = values(capture(TEMPLATE, TEXT))
    del found["BT-119"]
    assert bill_from_terms(found, "x")["BG-23"][0]["BT-119"] == "19"
    free = {**found, "BT-110": "0", "BT-112": "1100"}
    assert bill_from_terms(free, "x")["BG-23"][0]["BT-118"] == "Z"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"BT-1": " "}, "Invoice number (BT-1) is missing"),
        ({"BT-109": "much"}, "(BT-109) is not a finite number"),
        ({"BT-119": "NaN"}, "rate is not a finite number"),
    ],
)
def test_what_is_missing_or_no_number_is_named(change, why):
    with pytest.raises(ContractError) as caught:
        bill_from_terms({**values(capture(TEMPLATE, TEXT)), **change}, "x")
    assert why in caught.value.message
