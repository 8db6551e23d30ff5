"""Electronic invoices: what is in them is read, what is hostile is refused."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync_ap.core import safe_xml
from odoo.addons.finance_sync_ap.core.arithmetic import flaws
from odoo.addons.finance_sync_ap.core.bill import HEAD, LINE, bill_from_dict
from odoo.addons.finance_sync_ap.core.invoice_xml import SYNTAXES, read_invoice

from .wire import UBL_ROOT, cii, ubl

WRITERS = pytest.mark.parametrize("write", [ubl, cii])
VAT = "DE136695976"
FULL = {
    "BT-1": "R-2026-0007",
    "BT-2": "2026-03-02",
    "BT-3": "380",
    "BT-5": "EUR",
    "BT-9": "2026-04-01",
    "BT-10": "Desk 4",
    "BT-13": "P00007",
    "BT-15": "WH/IN/3",
    "BT-16": "D-3",
    "BT-19": "4711",
    "BT-25": "R-2026-0001",
    "BT-27": "Papier Ott & Söhne <GmbH>",
    "BT-31": VAT,
    "BT-44": "Ahorn Handel GmbH",
    "BT-48": "FR23334175221",
    "BT-59": "Factor AG",
    "BT-83": "RF18 5390",
    "BT-84": "DE75512108001245126199",
    "BT-106": "90.00",
    "BT-107": "5.00",
    "BT-108": "20.00",
    "BT-109": "105.00",
    "BT-110": "19.95",
    "BT-112": "124.95",
    "BT-113": "24.95",
    "BT-114": "0.05",
    "BT-115": "100.05",
    "BG-20": [{"BT-92": "5.00", "BT-95": "S", "BT-96": "19", "BT-97": "Loyal"}],
    "BG-21": [{"BT-99": "20.00", "BT-102": "S", "BT-103": "19", "BT-104": "Freight"}],
    "BG-23": [{"BT-116": "105.00", "BT-117": "19.95", "BT-118": "S", "BT-119": "19"}],
    "BG-25": [
        {
            "BT-126": "1",
            "BT-129": "10",
            "BT-130": "C62",
            "BT-131": "90.00",
            "BT-132": "10",
            "BT-133": "4711",
            "BT-136": "12.00",
            "BT-141": "2.00",
            "BT-146": "1000.00",
            "BT-149": "100",
            "BT-151": "S",
            "BT-152": "19",
            "BT-153": "Paper",
            "BT-155": "PAPER",
            "BT-157": "4006381333931",
            "po_ref": "P00008",
        }
    ],
}
NEEDED = {term.key for term in (*HEAD, *LINE) if term.required}


def changed(**terms):
    """``BT_1="x"`` sets a term of the head, None takes it away."""
    bill = copy.deepcopy(FULL)
    for key, value in terms.items():
        key = key.replace("_", "-")
        if value is None:
            del bill[key]
        else:
            bill[key] = value
    return bill


def refusal(data):
    with pytest.raises(ContractError) as caught:
        read_invoice(data)
    return caught.value


@WRITERS
def test_every_term_is_read_where_the_binding_has_it(write):
    assert read_invoice(write(FULL)).bill == FULL
    assert not flaws(bill_from_dict(FULL), 2)


@WRITERS
def test_a_credit_note_is_read_as_one(write):
    bill = changed(BT_3="381")
    assert read_invoice(write(bill)).bill == bill


def test_every_term_of_the_contract_has_a_place_in_each_syntax():
    for syntax in SYNTAXES:
        assert set(syntax.head) == {term.key for term in HEAD}
        assert set(syntax.groups["BG-25"][1]) == {term.key for term in LINE}


amounts = st.decimals(0, 10**9, places=2).map(str)
texts = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Cn"), max_codepoint=0xFFFD),
    min_size=1,
    max_size=30,
).map(str.strip).filter(bool)  # fmt: skip


@WRITERS
@given(
    number=texts,
    name=texts,
    lines=st.lists(st.tuples(amounts, amounts, texts), min_size=1, max_size=4),
)
def test_what_is_written_is_read_back(write, number, name, lines):
    items = [
        {**FULL["BG-25"][0], "BT-126": str(row), "BT-131": net, "BT-146": price,
         "BT-153": text}
        for row, (net, price, text) in enumerate(lines)
    ]  # fmt: skip
    bill = changed(BT_1=number, BT_27=name, BG_25=items)
    assert read_invoice(write(bill)).bill == bill


@WRITERS
@pytest.mark.parametrize("key", sorted(NEEDED - {"BT-5", "BT-110"}))
def test_a_missing_term_is_named_with_its_path(write, key):
    bill = copy.deepcopy(FULL)
    where = bill if key in bill else bill["BG-25"][0]
    where[key] = ""
    error = refusal(write(bill))
    assert f"({key})" in error.message
    assert "is missing at " in error.message


@WRITERS
def test_without_vat_there_is_no_total_of_it(write):
    bill = changed(BT_110="", BG_23=[])
    assert read_invoice(write(bill)).bill["BT-110"] == "0"


@WRITERS
@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"BT_112": "NaN"}, "not a finite number"),
        ({"BT_112": "1.000,00"}, "not a finite number"),
        ({"BT_112": "1e999999999"}, "not a finite number"),
        ({"BT_3": "386"}, "prepayment"),
        ({"BT_3": "389"}, "self-billed"),
        ({"BT_3": "999"}, "not the code"),
        ({"BT_1": "x" * 65}, "longer than 64"),
        ({"BT_5": "Euro"}, "ISO 4217"),
        ({"BG_25": FULL["BG-25"] * 2}, "there twice"),
        ({"BG_25": []}, "no lines"),
    ],
)
def test_what_the_contract_does_not_take_is_said(write, terms, why):
    assert why in refusal(write(changed(**terms))).message


@pytest.mark.parametrize("day", ["20260231", "2026-03-02", "260302", "20260³02"])
def test_only_days_of_the_calendar_are_dates(day):
    data = cii(FULL).replace(b"20260302", day.encode())
    error = refusal(data)
    assert "Issue date (BT-2)" in error.message
    assert "IssueDateTime" in error.message


@WRITERS
def test_an_invoice_over_less_than_nothing_is_a_credit_note(write):
    line = {**FULL["BG-25"][0], "BT-129": "-10", "BT-131": "-90.00",
            "BT-136": "-12.00", "BT-141": "-2.00"}  # fmt: skip
    negative = {
        key: f"-{FULL[key]}"
        for key in ("BT-106", "BT-107", "BT-108", "BT-109", "BT-110", "BT-112",
                    "BT-113", "BT-114", "BT-115")
    }  # fmt: skip
    bill = {
        **FULL,
        **negative,
        "BG-20": [{**FULL["BG-20"][0], "BT-92": "-5.00"}],
        "BG-21": [{**FULL["BG-21"][0], "BT-99": "-20.00"}],
        "BG-23": [{**FULL["BG-23"][0], "BT-116": "-105.00", "BT-117": "-19.95"}],
        "BG-25": [line],
    }
    found = bill_from_dict(read_invoice(write(bill)).bill)
    assert found == bill_from_dict(changed(BT_3="381"))
    assert not flaws(found, 2)


@WRITERS
def test_a_negative_credit_note_is_for_a_person(write):
    assert refusal(write(changed(BT_3="381", BT_112="-1.00"))).code == "wrong_sign"


def test_an_amount_in_another_currency_is_refused():
    data = ubl(FULL).replace(b'currencyID="EUR">100.05', b'currencyID="USD">100.05')
    error = refusal(data)
    assert error.code == "currency_differs"
    assert "(BT-115)" in error.message


def test_the_tax_total_in_the_currency_of_accounting_is_not_taken():
    other = (
        '<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">210.00</cbc:TaxAmount>'
        "</cac:TaxTotal>"
    )
    assert read_invoice(ubl(FULL, other)).bill == FULL


def test_one_term_with_two_values_is_refused():
    again = "<cbc:BuyerReference>Desk 5</cbc:BuyerReference>"
    error = refusal(ubl(FULL, again))
    assert error.code == "several_values"
    assert "(BT-10)" in error.message
    same = "<cbc:BuyerReference>Desk 4</cbc:BuyerReference>"
    assert read_invoice(ubl(FULL, same)).bill == FULL


VAT_NODE = (
    f"<cac:PartyTaxScheme><cbc:CompanyID>{VAT}</cbc:CompanyID><cac:TaxScheme>"
    "<cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
)


@pytest.mark.parametrize(
    "node",
    [
        VAT_NODE.replace(">VAT<", ">VA<"),
        (
            f"<cac:PartyLegalEntity><cbc:CompanyID>{VAT}</cbc:CompanyID>"
            "</cac:PartyLegalEntity>"
        ),
        f'<cbc:EndpointID schemeID="9930">{VAT}</cbc:EndpointID>',
        f"<cac:PartyIdentification><cbc:ID>{VAT}</cbc:ID></cac:PartyIdentification>",
    ],
)
def test_a_vat_number_in_another_node_is_not_lost(node):
    data = ubl(FULL).replace(VAT_NODE.encode(), node.encode())
    assert read_invoice(data).bill["BT-31"] == VAT


def test_what_is_no_vat_number_is_not_taken_for_one():
    node = "<cac:PartyIdentification><cbc:ID>DE999</cbc:ID></cac:PartyIdentification>"
    data = ubl(FULL).replace(VAT_NODE.encode(), node.encode())
    assert "BT-31" not in read_invoice(data).bill


def test_headings_among_the_lines_are_no_lines():
    heading = (
        "<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>"
        "<ram:LineID>0</ram:LineID><ram:LineStatusReasonCode>GROUP"
        "</ram:LineStatusReasonCode></ram:AssociatedDocumentLineDocument>"
        "</ram:IncludedSupplyChainTradeLineItem>"
    )
    assert read_invoice(cii(FULL, heading)).bill == FULL


# -- Envelopes and other documents

SBD = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"


def envelope(*documents):
    inside = b"".join(one.partition(b"?>")[2] for one in documents)
    name = f'<StandardBusinessDocument xmlns="{SBD}">'.encode()
    return name + b"<Header/>" + inside + b"</StandardBusinessDocument>"


def test_the_envelope_of_peppol_is_opened():
    assert read_invoice(envelope(ubl(FULL))).bill == FULL


@pytest.mark.parametrize("documents", [(), (ubl(FULL), ubl(FULL))])
def test_an_envelope_holds_one_invoice(documents):
    assert refusal(envelope(*documents)).code == "several_documents"


@pytest.mark.parametrize(
    "data",
    [
        b"<Invoice/>",
        ubl(FULL).replace(b"Invoice-2", b"Invoice-1"),
        f'<Order xmlns="{UBL_ROOT}Order-2"/>'.encode(),
        b"<html><body>Log in</body></html>",
    ],
)
def test_another_document_is_refused(data):
    assert refusal(data).code == "unknown_syntax"


# -- Hostile files

BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">
<!ENTITY c "&b;&b;&b;">]><x>&c;</x>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><x>&f;</x>"""


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        OUTSIDE,
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
        OUTSIDE.replace(b"<!DOCTYPE", b"<!doctype"),
    ],
)
def test_declarations_are_refused(data):
    assert refusal(data).code == "dtd"


def test_a_declaration_in_a_disguising_encoding_is_refused():
    head = b'<?xml version="1.0" encoding="UTF-7"?>'
    hidden = b'+ADwAIQ-DOCTYPE x [+ADwAIQ-ENTITY f SYSTEM "file:///etc/hostname">]>'
    assert refusal(head + hidden + b"<x>+ACY-f;</x>").code in ("dtd", "not_xml")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"not xml",
        b"%PDF-1.7",
        b"<a><b></a>",
        b"<a/><a/>",
        ubl(FULL) + ubl(FULL).partition(b"?>")[2],
        b"\xff\xfe<\0a\0/\0>\0",
        b"<a>\xff</a>",
        b'<?xml version="1.0" encoding="x-none"?><a/>',
        b"<a>" * 300 + b"</a>" * 300,
        b"<a>&unknown;</a>",
    ],
)
def test_what_is_not_well_formed_is_refused(data):
    assert refusal(data).code == "not_xml"


def test_another_encoding_is_read_as_declared():
    text = ubl(FULL).decode().replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')
    assert read_invoice(text.encode("latin-1")).bill == FULL
    assert read_invoice(b"\xef\xbb\xbf" + ubl(FULL)).bill == FULL


def test_size_and_number_of_tags_are_limited():
    assert refusal(b" " * (safe_xml.MAX_BYTES + 1)).code == "too_large"
    assert refusal(b"<a/>" * (safe_xml.MAX_TAGS + 1)).code == "too_large"
    assert "(BT-10)" in refusal(ubl(FULL).replace(b"Desk 4", b"x" * 9_000_000)).message


def test_more_lines_than_the_contract_takes_are_refused():
    line = FULL["BG-25"][0]
    many = [{**line, "BT-126": str(number)} for number in range(5001)]
    assert refusal(ubl(changed(BG_25=many))).code == "too_long"
    assert len(read_invoice(ubl(changed(BG_25=many[:1000]))).bill["BG-25"]) == 1000


def test_a_factor_of_the_price_is_kept():
    bill = bill_from_dict(read_invoice(cii(FULL)).bill)
    assert bill.lines[0].price_base == Decimal(100)
