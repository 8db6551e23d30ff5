"""The bill that an invoice is to the company that bought."""

import datetime
from decimal import Decimal

from odoo.addons.finance_sync_ap.core.arithmetic import flaws
from odoo.addons.finance_sync_ap.core.bill import bill_from_dict
from odoo.addons.finance_sync_ap_intercompany.core.mirror import (
    Invoice,
    Line,
    bill_of,
    rate_of,
    subtotals,
)

D = Decimal


def line(ref="1", net="100.00", tax="15.00", rate="15", quantity="2", **more):
    return Line(
        ref=ref,
        name="Work",
        quantity=D(quantity),
        unit="C62",
        net=D(net),
        tax=D(tax),
        rate=None if rate is None else D(rate),
        **more,
    )


def invoice(*lines, **changes):
    lines = lines or (line(),)
    net, tax = sum(one.net for one in lines), sum(one.tax for one in lines)
    values = {
        "number": "INV/1",
        "date": datetime.date(2026, 3, 2),
        "credit": False,
        "currency": "USD",
        "places": 2,
        "seller": "Maple",
        "buyer": "Ahorn",
        "net": net,
        "tax": tax,
        "total": net + tax,
        "lines": lines,
    }
    return Invoice(**{**values, **changes})


def test_it_keeps_the_contract_and_adds_up():
    bill = bill_from_dict(
        bill_of(invoice(line(), line("2", "50.00", "0", "0", item="X" * 99)))
    )
    assert not flaws(bill, 2)
    assert (bill.number, bill.total, bill.credit) == ("INV/1", D("165.00"), False)
    assert bill.lines[0].price == D(50)
    assert [one.tax_category for one in bill.lines] == ["S", "Z"]


def test_a_credit_note_is_positive_and_names_what_it_corrects():
    bill = bill_from_dict(bill_of(invoice(credit=True, preceding="INV/0")))
    assert bill.credit
    assert (bill.preceding_ref, bill.total) == ("INV/0", D("115.00"))


def test_each_rate_is_one_subtotal():
    found = subtotals([line(), line("2", rate="15.00"), line("3", "10", "1", "10")])
    assert found == [(D(10), D(10), D(1)), (D(15), D("200.00"), D("30.00"))]


def test_taxes_that_come_to_something_else_have_the_rate_they_come_to():
    assert rate_of(line(tax="0", rate="19")) == 0
    assert rate_of(line(tax="7.5", rate=None)) == D("7.5")
    assert rate_of(line(net="0", tax="0", rate=None)) == 0
    assert rate_of(line(tax="15.01")) == 15


def test_cents_of_rounding_by_line_are_no_flaw():
    # Three lines of 0.10 at 15 %: 0.02 each, 0.06 in all, where 0.05 would be right.
    lines = [line(str(n), "0.10", "0.02") for n in range(3)]
    bill = bill_from_dict(bill_of(invoice(*lines)))
    assert not flaws(bill, 2)


def test_what_does_not_add_up_stays_so():
    bill = bill_from_dict(bill_of(invoice(total=D("115.03"))))
    assert [flaw.rule for flaw in flaws(bill, 2)] == ["BR-CO-15"]


def test_the_same_invoice_is_the_same_bill():
    assert bill_of(invoice(line(net="100.0"))) == bill_of(invoice(line(net="100.00")))


def test_long_texts_are_cut_and_empty_ones_named():
    long = Line("1", "w\n" * 2000, D(1), "C62", D(1), D(0))
    bill = bill_of(invoice(long, Line("2", " ", D(1), "C62", D(1), D(0))))
    assert len(bill["BG-25"][0]["BT-153"]) == 1024
    assert bill["BG-25"][1]["BT-153"] == "-"
    bill_from_dict(bill)
