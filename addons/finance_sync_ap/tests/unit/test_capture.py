"""What is found in the text of a PDF, and how sure it is."""

import dataclasses
import time
from decimal import Decimal

import pytest
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync_ap.core.arithmetic import flaws
from odoo.addons.finance_sync_ap.core.bill import bill_from_dict
from odoo.addons.finance_sync_ap.core.capture import (
    AMBIGUOUS,
    DOUBTED,
    PROVEN,
    SCANNED,
    SURE,
    Rate,
    Template,
    capture,
    capture_rates,
    check_pattern,
    check_rates,
    fitting,
)
from odoo.addons.finance_sync_ap.core.capture_bill import bill_from_terms

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
    started = time.process_time()
    found = capture(slow, "x" * 5000 + " a")
    assert values(found) == {"BT-13": "a"}
    assert time.process_time() - started < 10


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


# -- Several rates

TABLE = """Netto 300,00   USt 45,00   Summe 345,00
19 %  auf   200,00   38,00
7 %   auf   100,00    7,00
"""
RATES = dataclasses.replace(
    TEMPLATE,
    rates=r"(?P<rate>\d+) %\s+auf\s+(?P<base>[\d.,]+)\s+(?P<tax>[\d.,]+)",
)
TOTALS = {"BT-109": "300", "BT-110": "45", "BT-112": "345"}


def rows(found):
    return [tuple(map(str, (row.rate, row.base, row.tax))) for row in found]


def test_the_vat_table_is_read_row_by_row():
    found = capture_rates(RATES, TABLE, TOTALS)
    assert rows(found) == [("19", "200.00", "38.00"), ("7", "100.00", "7.00")]
    assert {row.confidence for row in found} == {PROVEN}
    assert capture_rates(RATES, TABLE + TABLE, TOTALS) == found
    assert capture_rates(TEMPLATE, TABLE, TOTALS) == ()


def test_a_row_is_as_sure_as_its_own_arithmetic_and_the_totals():
    without = capture_rates(RATES, TABLE, {})
    assert {row.confidence for row in without} == {SURE}
    wrong = capture_rates(RATES, TABLE.replace("38,00", "39,00"), TOTALS)
    assert [row.confidence for row in wrong] == [DOUBTED, SURE]


def test_a_pattern_of_a_table_names_every_cell():
    check_rates(RATES.rates)
    with pytest.raises(ValueError, match="base"):
        check_rates(r"(?P<rate>\d+) (?P<tax>\d+)")


def test_each_rate_is_a_line_and_they_add_up():
    found = capture_rates(RATES, TABLE, TOTALS)
    head = {**values(capture(TEMPLATE, TEXT)), **TOTALS}
    bill = bill_from_dict(bill_from_terms(head, "Ott", found))
    assert not flaws(bill, 2)
    assert [(line.name, line.net, line.tax_rate) for line in bill.lines] == [
        ("Ott (19 %)", Decimal(200), Decimal(19)),
        ("Ott (7 %)", Decimal(100), Decimal(7)),
    ]


def test_a_row_too_few_or_wrong_does_not_add_up():
    found = capture_rates(RATES, TABLE, TOTALS)
    head = {**values(capture(TEMPLATE, TEXT)), **TOTALS}
    missing = bill_from_dict(bill_from_terms(head, "Ott", found[:1]))
    assert {flaw.rule for flaw in flaws(missing, 2)} == {"BR-CO-10", "BR-CO-14"}
    wrong = (found[0], Rate(Decimal(7), Decimal(100), Decimal(8)))
    bill = bill_from_dict(bill_from_terms({**head, "BT-110": "46"}, "Ott", wrong))
    assert "BR-CO-17" in {flaw.rule for flaw in flaws(bill, 2)}


def test_a_rate_is_there_once():
    row = Rate(Decimal("19.0"), Decimal(1), Decimal("0.19"))
    with pytest.raises(ContractError, match="19 % is there twice"):
        bill_from_terms(
            {**values(capture(TEMPLATE, TEXT)), **TOTALS},
            "Ott",
            (row, dataclasses.replace(row, rate=Decimal(19))),
        )


def test_what_was_recognised_in_a_picture_is_less_sure():
    found = capture(TEMPLATE, TEXT, scanned=True)
    assert values(found) == values(capture(TEMPLATE, TEXT))
    assert found["BT-112"].confidence == round(PROVEN * SCANNED, 2)
    assert found["BT-1"].confidence == round(SURE * SCANNED, 2)
    # What the template says was not read at all.
    assert found["BT-5"].confidence == SURE
    assert capture_rates(RATES, TABLE, TOTALS, scanned=True)[0].confidence == 0.57
