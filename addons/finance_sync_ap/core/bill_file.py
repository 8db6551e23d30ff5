"""A file that is said to be a bill: what it is, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from odoo.addons.finance_sync.core.errors import ContractError

from .invoice_xml import read_invoice
from .pdf import read_pdf

PDF = "application/pdf"
XML = "application/xml"
_PDF_START = 1024
_MARK = b"\xef\xbb\xbf"
# UTF-16 is not read, but it is XML, and its refusal should say so.
_WIDE = (b"\xff\xfe<\0", b"\xfe\xff\0<")


@dataclass(frozen=True)
class Content:
    """``bill``: the contract's JSON; None where there is but text, or not even that.

    ``how``: the syntax it is written in, for people; ``text``: of a PDF's pages.
    """

    bill: dict[str, Any] | None
    how: str = ""
    text: str = ""


def kind_of(data: bytes) -> str | None:
    """The media type by the first bytes; names and senders' words prove nothing."""
    if b"%PDF-" in data[:_PDF_START]:
        return PDF
    if data.removeprefix(_MARK).lstrip()[:1] == b"<" or data.startswith(_WIDE):
        return XML
    return None


def read_bill_file(data: bytes) -> Content:
    """:raises ContractError: no bill, or none that can be read, with the reason"""
    kind = kind_of(data)
    if kind == XML:
        found = read_invoice(data)
        return Content(found.bill, found.syntax)
    if kind != PDF:
        raise ContractError(
            "The file is neither XML nor PDF, whatever its name says.",
            code="unknown_file",
        )
    pdf = read_pdf(data)
    if len(pdf.invoices) > 1:
        raise ContractError(
            f"{len(pdf.invoices)} invoices are embedded in the PDF, not one.",
            code="several_documents",
        )
    text = "\n".join(pdf.text)
    for name, content in pdf.invoices:
        found = read_invoice(content)
        return Content(found.bill, f"{found.syntax} in {name}", text)
    return Content(None, text=text)
