"""Files that are said to be bills, and what they turn out to be."""

import zlib

import pytest
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync_ap.core import pdf as pdf_module
from odoo.addons.finance_sync_ap.core.bill_file import kind_of, read_bill_file
from odoo.addons.finance_sync_ap.core.pdf import read_pdf

from .paper import page, with_files
from .test_invoice_xml import FULL
from .wire import cii, ubl

PAPER = page("Papier Ott GmbH", "Invoice R-7")


def refusal(data):
    with pytest.raises(ContractError) as caught:
        read_bill_file(data)
    return caught.value.code


def test_an_electronic_invoice_is_read():
    found = read_bill_file(ubl(FULL))
    assert found.bill == FULL
    assert found.how == "UBL 2.1"


@pytest.mark.parametrize("name", ["factur_x", "ZUGFeRD_invoice", "xrechnung"])
def test_the_invoice_in_a_pdf_is_read(name):
    found = read_bill_file(with_files(PAPER, **{name: cii(FULL)}))
    assert found.bill == FULL
    assert "Invoice R-7" in found.text
    assert found.how.startswith("CII D16B in ")


def test_other_files_in_a_pdf_are_left_alone():
    found = read_bill_file(with_files(PAPER, terms=b"<html/>"))
    assert found.bill is None
    assert "Papier Ott GmbH" in found.text


def test_a_pdf_with_two_invoices_is_refused():
    both = with_files(PAPER, factur_x=cii(FULL), xrechnung=cii(FULL))
    assert refusal(both) == "several_documents"


def test_a_scan_has_no_text():
    assert read_bill_file(page()).text == ""


def test_a_pdf_that_everybody_may_read_is_read_and_a_locked_one_is_not():
    assert "Ott" in read_bill_file(with_files(PAPER, password="")).text
    assert refusal(with_files(PAPER, password="secret")) == "encrypted"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "unknown_file"),
        (b"PK\x03\x04" + b"\0" * 100, "unknown_file"),
        (b"\x89PNG\r\n", "unknown_file"),
        (b"<html>", "not_xml"),
        (ubl(FULL).decode().encode("utf-16"), "not_xml"),
        ("\ufeff<a/>".encode("utf-16-be"), "not_xml"),
        (b"%PDF-1.7", "bad_pdf"),
        (b"%PDF-1.7\n" + b"\0" * 5000, "bad_pdf"),
        (PAPER[: len(PAPER) // 3], "bad_pdf"),
    ],
)
def test_what_is_no_bill_is_refused(data, code):
    assert refusal(data) == code


def test_hostile_xml_in_a_pdf_is_refused_as_xml_is():
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'
    assert refusal(with_files(PAPER, factur_x=bomb)) == "dtd"


def test_size_is_limited():
    assert refusal(b"%PDF-1.7" + b" " * pdf_module.MAX_BYTES) == "too_large"


def test_a_pdf_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf_module, "_CHILD", __file__)  # an own child, for ever
    monkeypatch.setattr(pdf_module, "SECONDS", 0.5)
    monkeypatch.setattr(pdf_module, "_START", "while True: pass")
    with pytest.raises(ContractError) as caught:
        read_pdf(PAPER)
    assert caught.value.code == "too_slow"


def test_a_stream_that_unpacks_to_gigabytes_is_given_up():
    """A page whose content is zeros, packed a thousandfold."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(10_000_000)) for _one in range(300))
    packed += packer.flush()
    assert len(packed) < 4_000_000
    data = (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
        b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n" % len(packed)
    )
    data += packed + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n"
    try:
        assert read_bill_file(data).text == ""
    except ContractError as error:
        assert error.code in ("bad_pdf", "too_large", "too_slow")


def test_the_first_bytes_say_what_a_file_is():
    assert kind_of(PAPER) == "application/pdf"
    assert kind_of(b"\xef\xbb\xbf  <a/>") == "application/xml"
    assert kind_of(b"a<b") is None
