"""Bills as vendors and other systems send them, good ones and bad ones."""

from __future__ import annotations

import io
import uuid
import zipfile
from typing import Any

from pypdf import PdfWriter

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


def terms(lines: int = 1, sign: int = 1, **changes: Any) -> dict[str, Any]:
    """A bill over 10.00 a line without VAT, by the standard's terms, never sent before.

    :param sign: -1 for amounts below nothing
    """
    total = f"{sign * 10 * lines}.00"
    one = f"{sign * 10}.00"
    return {
        "BT-1": f"R-{uuid.uuid4()}",
        "BT-2": "2026-03-02",
        "BT-3": "380",
        "BT-5": "USD",
        "BT-27": "Papier Ott GmbH",
        "BT-106": total,
        "BT-109": total,
        "BT-110": "0.00",
        "BT-112": total,
        "BT-115": total,
        "BG-23": [{"BT-116": total, "BT-117": "0.00", "BT-118": "E", "BT-119": "0"}],
        "BG-25": [
            {
                "BT-126": str(number),
                "BT-129": str(sign),
                "BT-130": "C62",
                "BT-131": one,
                "BT-146": "10.00",
                "BT-151": "E",
                "BT-152": "0",
                "BT-153": f"Paper {number}",
            }
            for number in range(1, lines + 1)
        ],
        **changes,
    }


def xml(bill: dict[str, Any]) -> bytes:
    """The terms as UBL 2.1."""
    kind = "CreditNote" if bill["BT-3"] == "381" else "Invoice"
    money = f'currencyID="{bill["BT-5"]}"'
    subtotal = bill["BG-23"][0]
    lines = "".join(_line(line, kind, money) for line in bill["BG-25"])
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{kind} xmlns="{UBL}{kind}-2"'
        f' xmlns:cac="{UBL}CommonAggregateComponents-2"'
        f' xmlns:cbc="{UBL}CommonBasicComponents-2">'
        f"<cbc:ID>{bill['BT-1']}</cbc:ID><cbc:IssueDate>{bill['BT-2']}</cbc:IssueDate>"
        f"<cbc:{kind}TypeCode>{bill['BT-3']}</cbc:{kind}TypeCode>"
        f"<cbc:DocumentCurrencyCode>{bill['BT-5']}</cbc:DocumentCurrencyCode>"
        "<cac:AccountingSupplierParty><cac:Party><cac:PartyLegalEntity>"
        f"<cbc:RegistrationName>{bill['BT-27']}</cbc:RegistrationName>"
        "</cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>"
        f"<cac:TaxTotal><cbc:TaxAmount {money}>{bill['BT-110']}</cbc:TaxAmount>"
        f"<cac:TaxSubtotal><cbc:TaxableAmount {money}>{subtotal['BT-116']}"
        f"</cbc:TaxableAmount><cbc:TaxAmount {money}>{subtotal['BT-117']}"
        f"</cbc:TaxAmount>{_category('TaxCategory', subtotal['BT-118'])}"
        "</cac:TaxSubtotal></cac:TaxTotal><cac:LegalMonetaryTotal>"
        f"<cbc:LineExtensionAmount {money}>{bill['BT-106']}</cbc:LineExtensionAmount>"
        f"<cbc:TaxExclusiveAmount {money}>{bill['BT-109']}</cbc:TaxExclusiveAmount>"
        f"<cbc:TaxInclusiveAmount {money}>{bill['BT-112']}</cbc:TaxInclusiveAmount>"
        f"<cbc:PayableAmount {money}>{bill['BT-115']}</cbc:PayableAmount>"
        f"</cac:LegalMonetaryTotal>{lines}</{kind}>"
    ).encode()


def _line(line: dict[str, Any], kind: str, money: str) -> str:
    quantity = "CreditedQuantity" if kind == "CreditNote" else "InvoicedQuantity"
    return (
        f"<cac:{kind}Line><cbc:ID>{line['BT-126']}</cbc:ID>"
        f'<cbc:{quantity} unitCode="{line["BT-130"]}">{line["BT-129"]}</cbc:{quantity}>'
        f"<cbc:LineExtensionAmount {money}>{line['BT-131']}</cbc:LineExtensionAmount>"
        f"<cac:Item><cbc:Name>{line['BT-153']}</cbc:Name>"
        f"{_category('ClassifiedTaxCategory', line['BT-151'])}</cac:Item>"
        f"<cac:Price><cbc:PriceAmount {money}>{line['BT-146']}</cbc:PriceAmount>"
        f"</cac:Price></cac:{kind}Line>"
    )


def _category(name: str, code: str) -> str:
    return (
        f"<cac:{name}><cbc:ID>{code}</cbc:ID><cbc:Percent>0</cbc:Percent>"
        f"<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:{name}>"
    )


def bomb() -> bytes:
    """Ten entities, each ten of the one before: ten thousand million words."""
    levels = "".join(
        f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 11)
    )
    return (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{levels}]>'
        f"<x>&e10;{uuid.uuid4()}</x>"
    ).encode()


def reaching_out(url: str) -> bytes:
    """Wants a file of the server's, and an address, to be read into it."""
    return (
        f'<?xml version="1.0"?><!DOCTYPE x SYSTEM "{url}/x.dtd" ['
        f'<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY u SYSTEM "{url}/u">'
        f'<!ENTITY % p SYSTEM "{url}/p"> %p;]><x>&f;&u;{uuid.uuid4()}</x>'
    ).encode()


def large_pdf(size: int) -> bytes:
    return b"%PDF-1.7\n%" + uuid.uuid4().bytes.hex().encode() + b"\n" + bytes(size)


def locked_pdf() -> bytes:
    """Nobody opens it without the password."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt(uuid.uuid4().hex, algorithm="AES-256")
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def archive() -> bytes:
    """A zip with a bill in it."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("bill.xml", xml(terms()))
    return output.getvalue()
