"""AvaTax REST v2 bodies from documents, and results from its answers.

Source: https://developer.avalara.com/api-reference/avatax/rest/v2/models/
(CreateTransactionModel, TransactionModel, AddressResolutionModel)
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from odoo.addons.finance_sync.core.errors import ContractError, RejectedError
from odoo.addons.finance_sync.core.money import quantize, to_decimal

from ..core.document import (
    ABSENT,
    COMMITTED,
    EXEMPT,
    NOT_TAXABLE,
    REFUND,
    UNCOMMITTED,
    VOIDED,
    Address,
    AddressCheck,
    Commitment,
    DocumentLine,
    LineResult,
    TaxDetail,
    TaxDocument,
    TaxResult,
)

# What AvaTax accepts at most, in characters.
_CODE_LENGTH = 50
_ITEM_LENGTH = 50
_DESCRIPTION_LENGTH = 255

# Characters that AvaTax cannot take inside a path, and its spelling of them.
_ESCAPES = str.maketrans({c: f"_-ava{ord(c):02x}-_" for c in "/+?%#"})

_STATUSES = {
    "Temporary": ABSENT,
    "Saved": UNCOMMITTED,
    "Posted": UNCOMMITTED,
    "Committed": COMMITTED,
    "Cancelled": VOIDED,
}

_JURISDICTIONS = {
    "CNT": "country",
    "COUNTRY": "country",
    "STA": "state",
    "STATE": "state",
    "CTY": "county",
    "COUNTY": "county",
    "CIT": "city",
    "CITY": "city",
    "STJ": "special",
    "SPECIAL": "special",
}


def escape_code(code: str) -> str:
    """A document's or company's code as AvaTax wants it inside a path."""
    return code.translate(_ESCAPES)


def recorded_type(kind: str) -> str:
    """The type of documents that AvaTax keeps."""
    return "ReturnInvoice" if kind == REFUND else "SalesInvoice"


def order_type(kind: str) -> str:
    """The type of documents that AvaTax calculates and forgets."""
    return "ReturnOrder" if kind == REFUND else "SalesOrder"


def transaction_body(document: TaxDocument, company: str, kind: str) -> dict[str, Any]:
    """A CreateTransactionModel of type ``kind``, never committed at once.

    Amounts carry the document's own sign: credit notes are negative.

    :raises RejectedError: ``too_long``, a code that AvaTax would cut off
    """
    for what, code in (
        ("document code", document.code),
        ("customer code", document.customer_code),
    ):
        if len(code) > _CODE_LENGTH:
            raise RejectedError(
                f"The {what} is longer than {_CODE_LENGTH} characters", code="too_long"
            )
    body = {
        "type": kind,
        "code": document.code,
        "companyCode": company,
        "date": document.date.isoformat(),
        "customerCode": document.customer_code,
        "currencyCode": document.currency,
        "commit": False,
        "addresses": {
            "shipFrom": address_body(document.ship_from),
            "shipTo": address_body(document.ship_to),
        },
        "lines": [
            _line_body(number, line, document)
            for number, line in enumerate(document.lines, 1)
        ],
        "entityUseCode": document.entity_use_code,
        "exemptionNo": document.exemption_number,
        "businessIdentificationNo": document.customer_vat,
        "referenceCode": document.origin_code,
    }
    if document.tax_date != document.date:
        body["taxOverride"] = {
            "type": "TaxDate",
            "taxDate": document.tax_date.isoformat(),
            "reason": "Refund" if document.kind == REFUND else "Tax date",
        }
    return _without_empty(body)


def _line_body(
    number: int, line: DocumentLine, document: TaxDocument
) -> dict[str, Any]:
    return _without_empty(
        {
            "number": str(number),
            "quantity": abs(line.quantity),
            "amount": quantize(line.amount, document.places),
            "taxCode": line.tax_code,
            "itemCode": line.item_code[:_ITEM_LENGTH],
            "description": line.description[:_DESCRIPTION_LENGTH],
            "taxIncluded": line.tax_included or "",
            "exemptionCode": line.exemption_code,
            "taxOverride": _override_body(line, document),
        }
    )


def _override_body(line: DocumentLine, document: TaxDocument) -> dict[str, Any] | str:
    """A line's override replaces the document's, so it says the tax date again."""
    if line.tax_override is None:
        return ""
    return {
        "type": "TaxAmount",
        "taxAmount": line.tax_override,
        "taxDate": document.tax_date.isoformat(),
        "reason": "Not more than was invoiced",
    }


def address_body(address: Address) -> dict[str, str]:
    return _without_empty(
        {
            "line1": address.line1,
            "line2": address.line2,
            "city": address.city,
            "region": address.region,
            "postalCode": address.postal_code,
            "country": address.country,
        }
    )


def _without_empty(values: Mapping) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value != ""}


def parse_result(engine: str, document: TaxDocument, answer: Any) -> TaxResult:
    """A result, not yet checked against the document.

    Taxes are taken as they are; bases, which are informative, are rounded to the
    currency.

    :raises ContractError: the answer is not a TransactionModel
    """
    answer = _object(answer, "transaction")
    refs = {str(n): line.ref for n, line in enumerate(document.lines, 1)}
    lines = tuple(
        _line_result(document, refs, _object(line, "line"))
        for line in _list(answer, "lines")
    )
    return TaxResult(
        engine=engine,
        currency=_text(answer, "currencyCode"),
        lines=lines,
        total_tax=_number(answer, "totalTax"),
        total_amount=_number(answer, "totalAmount"),
        external_code=_text(answer, "code"),
        messages=_messages(answer),
    )


def _line_result(document: TaxDocument, refs: Mapping, line: Mapping) -> LineResult:
    number = _text(line, "lineNumber")
    ref = refs.get(number, f"number {number}")
    taxable = quantize(_number(line, "taxableAmount"), document.places)
    exempt = quantize(_number(line, "exemptAmount"), document.places)
    untaxed = _untaxed_reason(document, ref)
    details = tuple(
        _detail(document.places, _object(detail, "detail"), untaxed)
        for detail in _list(line, "details")
    )
    if not details:
        details = (_no_detail(document.ship_to, exempt, untaxed),)
    return LineResult(ref, _number(line, "tax"), taxable, exempt, details)


def _detail(places: int, detail: Mapping, untaxed: str) -> TaxDetail:
    kind = _text(detail, "jurisdictionType", _text(detail, "jurisType", ""))
    kind = _JURISDICTIONS.get(kind.upper(), kind)
    exempt = _number(detail, "exemptAmount", 0) + _number(detail, "nonTaxableAmount", 0)
    tax, rate = _number(detail, "tax"), _number(detail, "rate")
    name = _text(detail, "taxName", "")
    return TaxDetail(
        jurisdiction_type=kind,
        jurisdiction_code=_jurisdiction_code(kind, detail),
        jurisdiction_name=_text(detail, "jurisName", ""),
        tax_name=name,
        rate=rate,
        taxable=quantize(_number(detail, "taxableAmount"), places),
        exempt=quantize(exempt, places),
        tax=tax,
        **({} if tax else _zero_reason(name, rate, exempt, untaxed)),
    )


def _zero_reason(name: str, rate: Decimal, exempt: Decimal, untaxed: str) -> dict:
    """``reason`` and ``reason_code`` of a detail without tax, if it has any."""
    if untaxed and exempt:
        return {"reason": untaxed, "reason_code": EXEMPT}
    if rate and not exempt:
        return {}
    reason = f"AvaTax: {name or 'not taxable'}"
    return {"reason": reason, "reason_code": NOT_TAXABLE}


def _jurisdiction_code(kind: str, detail: Mapping) -> str:
    """Unique in the world: AvaTax numbers counties and cities anew in each state."""
    parts = [_text(detail, "country", ""), _text(detail, "region", "")]
    if kind == "country":
        parts = parts[:1]
    elif kind != "state":
        parts.append(_text(detail, "jurisCode", ""))
    return "-".join(part for part in parts if part)


def _no_detail(place: Address, exempt: Decimal, untaxed: str) -> TaxDetail:
    kind = "state" if place.region else "country"
    code = f"{place.country}-{place.region}" if place.region else place.country
    zero = Decimal(0)
    return TaxDetail(
        jurisdiction_type=kind,
        jurisdiction_code=code,
        jurisdiction_name=code,
        tax_name="No tax",
        rate=zero,
        taxable=zero,
        exempt=exempt,
        tax=zero,
        reason=untaxed or "AvaTax: no tax",
        reason_code=EXEMPT if untaxed else NOT_TAXABLE,
    )


def _untaxed_reason(document: TaxDocument, ref: str) -> str:
    line_code = next((li.exemption_code for li in document.lines if li.ref == ref), "")
    if code := line_code or document.exemption_number:
        return f"Exempt by certificate {code}"
    if document.entity_use_code:
        return f"Exempt by entity use code {document.entity_use_code}"
    return ""


def parse_commitment(answer: Any) -> Commitment:
    """:raises ContractError: the answer is not a TransactionModel"""
    answer = _object(answer, "transaction")
    status = _text(answer, "status")
    if status not in _STATUSES:
        raise ContractError(f"Unknown document status {status[:30]!r}")
    return Commitment(
        external_code=_text(answer, "code"),
        status=_STATUSES[status],
        total_tax=_number(answer, "totalTax"),
        total_amount=_number(answer, "totalAmount"),
    )


def parse_address_check(answer: Any) -> AddressCheck:
    """:raises ContractError: the answer is not an AddressResolutionModel"""
    answer = _object(answer, "address")
    found = tuple(
        parse_address(_object(item, "address"))
        for item in _list(answer, "validatedAddresses", [])
    )
    failed = any(
        _object(message, "message").get("severity") == "Error"
        for message in _list(answer, "messages", [])
    )
    return AddressCheck(bool(found) and not failed, found, _messages(answer))


def parse_address(values: Mapping) -> Address:
    return Address(
        line1=_text(values, "line1", ""),
        line2=_text(values, "line2", ""),
        city=_text(values, "city", ""),
        region=_text(values, "region", ""),
        postal_code=_text(values, "postalCode", ""),
        country=_text(values, "country", ""),
    )


def _messages(answer: Mapping) -> tuple[str, ...]:
    found = (_object(item, "message") for item in _list(answer, "messages", []))
    texts = (_text(item, "summary", "") or _text(item, "details", "") for item in found)
    return tuple(text for text in texts if text)


def _object(value: Any, what: str) -> Mapping:
    if not isinstance(value, Mapping):
        raise ContractError(f"AvaTax sent no {what}")
    return value


def _field(values: Mapping, name: str, default: Any) -> Any:
    value = values.get(name)
    if value is None:
        value = default
    if value is None:
        raise ContractError(f"AvaTax sent no {name}")
    return value


def _list(values: Mapping, name: str, default: list | None = None) -> list:
    value = _field(values, name, default)
    if not isinstance(value, list):
        raise ContractError(f"AvaTax sent no list of {name}")
    return value


def _text(values: Mapping, name: str, default: str | None = None) -> str:
    value = _field(values, name, default)
    if not isinstance(value, str):
        raise ContractError(f"AvaTax sent no text as {name}")
    return value


def _number(values: Mapping, name: str, default: int | None = None) -> Decimal:
    return to_decimal(_field(values, name, default), name)
