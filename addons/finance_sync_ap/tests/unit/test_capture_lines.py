"""Lines in the text of a PDF, how sure they are, and the bill that they make."""

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
    SURE,
    Rate,
    Template,
)
from odoo.addons.finance_sync_ap.core.capture_bill import (
    Gap,
    bill_from_terms,
    line_gaps,
)
from odoo.addons.finance_sync_ap.core.capture_lines import (
    MOST_LINES,
    Line,
    capture_lines,
    check_lines,
)

TEXT = """Pos  Artikel  Bezeichnung        Menge   Preis    Betrag
1    A4-80    Papier, weiss         10    12,50    125,00
2    B5       Umschläge          1.000     0,075    75,00
3    TEE      Kräutertee             4    25,00    100,00  7%
Netto 300,00
"""
PATTERN = (
    r"^\d+\s+(?P<item>\S+)\s+(?P<name>\D+?)\s+(?P<quantity>[\d.,-]+)"
    r"\s+(?P<price>[\d.,]+)\s+(?P<amount>[\d.,-]+)(?:\s+(?P<rate>\d+)%)?$"
)
TEMPLATE = Template("Ott", ("Pos",), (), decimal=",", lines=PATTERN)
NET = {"BT-109": "300"}
HEAD = {
    "BT-1": "R-1", "BT-2": "2026-03-02", "BT-3": "380", "BT-5": "EUR",
    "BT-109": "300", "BT-110": "45", "BT-112": "345",
}  # fmt: skip
RATES = (
    Rate(Decimal(19), Decimal(200), Decimal(38)),
    Rate(Decimal(7), Decimal(100), Decimal(7)),
)


def line(amount, rate=None, **more):
    return Line(
        "Paper", Decimal(1), Decimal(amount), rate=rate and Decimal(rate), **more
    )


def bill(lines, rates=RATES, **head):
    values = {**HEAD, **{key.replace("_", "-"): text for key, text in head.items()}}
    return bill_from_dict(bill_from_terms(values, "As on the bill", rates, lines))


def sure(text=TEXT, totals=None, **more):
    found = capture_lines(TEMPLATE, text, NET if totals is None else totals, **more)
    return [one.confidence for one in found]


def test_a_line_is_read_with_item_quantity_price_amount_and_rate():
    found = capture_lines(TEMPLATE, TEXT, NET)
    assert [
        (one.item, one.name, str(one.quantity), str(one.price), one.rate)
        for one in found
    ] == [
        ("A4-80", "Papier, weiss", "10", "12.50", None),
        ("B5", "Umschläge", "1000", "0.075", None),
        ("TEE", "Kräutertee", "4", "25.00", Decimal(7)),
    ]
    assert [one.amount for one in found] == [125, 75, 100]


def test_a_template_without_a_pattern_finds_no_lines():
    assert capture_lines(dataclasses.replace(TEMPLATE, lines=""), TEXT, NET) == ()


def test_lines_that_add_up_to_the_total_are_proven():
    assert sure() == [PROVEN] * 3
    assert sure(scanned=True) == [0.57] * 3


def test_without_the_total_a_line_is_as_sure_as_its_own_arithmetic():
    assert sure(totals={}) == [SURE] * 3
    assert sure(totals={"BT-109": "301"}) == [SURE] * 3
    assert sure(TEXT.replace("125,00", "126,00")) == [DOUBTED, SURE, SURE]


def test_a_wrong_line_stays_doubted_where_the_total_is_right():
    text = TEXT.replace("12,50", "12,60")
    assert sure(text) == [DOUBTED, PROVEN, PROVEN]


def test_an_amount_alone_has_nothing_to_be_compared_with_but_the_total():
    template = dataclasses.replace(
        TEMPLATE, lines=r"^(?P<name>\D+) (?P<amount>[\d,]+)$"
    )
    text = "Beratung 200,00\nReise 100,00"
    (one, other) = capture_lines(template, text, {})
    assert (one.quantity, one.price, one.amount) == (1, None, 200)
    assert {one.confidence, other.confidence} == {AMBIGUOUS}
    assert {one.confidence for one in capture_lines(template, text, NET)} == {PROVEN}


def test_an_amount_that_is_not_written_is_worked_out():
    template = dataclasses.replace(
        TEMPLATE, lines=r"(?P<name>\w+) (?P<quantity>\d+) x (?P<price>[\d,]+)"
    )
    (one,) = capture_lines(template, "Papier 3 x 0,335", {})
    assert (one.amount, one.confidence) == (Decimal("1.01"), AMBIGUOUS)


def test_the_same_line_twice_is_two_lines_and_they_have_an_end():
    text = "1    A4-80    Papier         10    12,50    125,00\n" * (MOST_LINES + 5)
    assert len(capture_lines(TEMPLATE, text, {})) == MOST_LINES


def test_a_pattern_without_an_end_finds_no_lines():
    slow = dataclasses.replace(TEMPLATE, lines=r"(?P<name>(x+x+)+)y(?P<amount>\d)")
    started = time.monotonic()
    assert capture_lines(slow, "x" * 5000, NET) == ()
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(", "missing"),
        (r"(?P<name>x)", "amount"),
        (r"(?P<name>x)(?P<quantity>1)", "amount"),
        (r"(?P<amount>1)", "name"),
        (r"(?P<name>x)(?P<amount>1)(?P<anzahl>1)", "anzahl"),
    ],
)
def test_a_pattern_makes_lines_or_is_refused(pattern, why):
    with pytest.raises(ValueError, match=why):
        check_lines(pattern)


def test_patterns_with_an_amount_or_what_makes_it_are_right():
    check_lines(PATTERN)
    check_lines(r"(?P<name>x)(?P<quantity>1)(?P<price>1)")


# -- The bill


def test_the_bill_has_these_lines_several_of_one_rate():
    found = bill([line(125, 19), line(75, 19), line(100, 7)])
    assert not flaws(found, 2)
    assert not line_gaps(found)
    assert [(one.ref, one.net, one.tax_rate) for one in found.lines] == [
        ("1", 125, 19),
        ("2", 75, 19),
        ("3", 100, 7),
    ]


def test_a_line_keeps_item_unit_quantity_and_price():
    goods = Line("Paper", Decimal(10), Decimal(300), Decimal(30), "A4", unit="KGM")
    (one,) = bill([goods], (), BT_119="15").lines
    assert (one.vendor_item, one.unit, one.quantity, one.price, one.price_base) == (
        "A4", "KGM", 10, 30, None,
    )  # fmt: skip
    assert one.tax_rate == 15


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "found"),
    [
        (3, None, 100, (3, 100, 3)),
        (-3, None, -100, (-3, 100, 3)),
        (3, None, -100, (-3, 100, 3)),
        (0, None, 100, (1, 100, None)),
        (1, -10, -10, (-1, 10, None)),
        (-2, 5, -10, (-2, 5, None)),
    ],
)
def test_prices_are_not_negative_and_nothing_is_rounded(quantity, price, amount, found):
    price = None if price is None else Decimal(price)
    given = Line("Paper", Decimal(quantity), Decimal(amount), price, rate=Decimal(19))
    (one,) = bill([given]).lines
    assert (one.quantity, one.price, one.price_base) == found
    assert one.net == amount
    assert one.quantity * one.price / (one.price_base or 1) == amount


def test_a_line_without_a_rate_has_the_bills_only_one():
    found = bill([line(200), line(100)], (), BT_119="15")
    assert {one.tax_rate for one in found.lines} == {Decimal(15)}
    free = (Rate(Decimal(0), Decimal(100), Decimal(0)), RATES[0])
    assert [one.tax_rate for one in bill([line(100), line(200, 19)], free).lines] == [
        0,
        19,
    ]
    with pytest.raises(ContractError, match="Line 2 has no VAT rate"):
        bill([line(200, 19), line(100)])


def test_what_does_not_add_up_is_said_by_rate():
    found = bill([line(190, 19), line(100, 7), line(5, 3)])
    assert line_gaps(found) == (
        Gap(Decimal(3), Decimal(5), Decimal(0)),
        Gap(Decimal(19), Decimal(190), Decimal(200)),
    )


def test_without_lines_there_is_one_for_each_rate_as_ever():
    found = bill(())
    assert [(one.name, one.net, one.quantity, one.price) for one in found.lines] == [
        ("As on the bill (19 %)", 200, 1, 200),
        ("As on the bill (7 %)", 100, 1, 100),
    ]
    assert not line_gaps(found)
