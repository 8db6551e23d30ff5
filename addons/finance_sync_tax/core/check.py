"""Refuse an engine's answer that does not fit the question or itself."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import quantize

from .document import (
    JURISDICTION_TYPES,
    REASON_CODES,
    DocumentLine,
    LineResult,
    TaxDetail,
    TaxDocument,
    TaxResult,
)


def check_result(document: TaxDocument, result: TaxResult) -> TaxResult:
    """Return ``result`` if it can be booked for ``document``.

    It must speak of exactly the document's lines in the document's currency, in
    finite amounts with no more decimals than the currency has, without negative
    rates, every sum adding up, and no tax running against its line's sign.

    :raises ContractError: saying the first thing that is wrong
    """
    _check_refs(document.lines, result.lines)
    if result.currency != document.currency:
        raise ContractError(
            f"The answer is in {result.currency or 'no currency'}, "
            f"the document in {document.currency}"
        )
    lines = {line.ref: line for line in document.lines}
    for answer in result.lines:
        _check_line(lines[answer.ref], answer, document.places)
    _check_amounts((result.total_tax, result.total_amount), document.places, "total")
    _check_sum("document", result.total_tax, (line.tax for line in result.lines))
    net = (net_amount(lines[a.ref], a.tax, document.places) for a in result.lines)
    expected = sum(net, Decimal(0))
    if result.total_amount != expected:
        raise ContractError(
            f"The answer's net total is {result.total_amount}, "
            f"the document's is {expected}"
        )
    return result


def net_amount(line: DocumentLine, tax: Decimal, places: int) -> Decimal:
    """The line's amount without tax, rounded as its currency is."""
    amount = quantize(line.amount, places)
    return amount - tax if line.tax_included else amount


def _check_refs(asked: Iterable[DocumentLine], got: Iterable[LineResult]) -> None:
    questions = Counter(line.ref for line in asked)
    answers = Counter(line.ref for line in got)
    if not questions:
        raise ContractError("The document has no lines")
    if repeated := [ref for ref, n in (questions | answers).items() if n > 1]:
        raise ContractError(f"Line {repeated[0]} is there more than once")
    if missing := questions - answers:
        raise ContractError(f"The answer leaves out line {min(missing)}")
    if extra := answers - questions:
        raise ContractError(f"The answer has an unknown line {min(extra)}")


def _check_line(line: DocumentLine, answer: LineResult, places: int) -> None:
    where = f"line {line.ref}"
    if not answer.details:
        raise ContractError(f"The answer gives no detail for {where}")
    _check_amounts((answer.tax, answer.taxable, answer.exempt), places, where)
    for detail in answer.details:
        _check_detail(detail, places, where)
    _check_sum(where, answer.tax, (detail.tax for detail in answer.details))
    if answer.tax * line.amount < 0:
        raise ContractError(f"The tax of {where} runs against its amount")


def _check_detail(detail: TaxDetail, places: int, where: str) -> None:
    if detail.jurisdiction_type not in JURISDICTION_TYPES:
        raise ContractError(
            f"Unknown jurisdiction type {detail.jurisdiction_type!r} in {where}"
        )
    if not detail.rate.is_finite() or detail.rate < 0:
        raise ContractError(f"Rate {detail.rate} in {where} is not a rate")
    _check_amounts((detail.tax, detail.taxable, detail.exempt), places, where)
    if not detail.tax and not detail.rate and not detail.reason:
        raise ContractError(f"No reason is given for the zero rate in {where}")
    if bool(detail.reason) != bool(detail.reason_code):
        raise ContractError(f"A reason and its code go together in {where}")
    if detail.reason_code and detail.reason_code not in REASON_CODES:
        raise ContractError(f"Unknown reason {detail.reason_code!r} in {where}")


def _check_amounts(amounts: Iterable[Decimal], places: int, where: str) -> None:
    for amount in amounts:
        if not amount.is_finite():
            raise ContractError(f"An amount of {where} is not a number")
        if amount != quantize(amount, places):
            raise ContractError(
                f"Amount {amount} of {where} has more than {places} decimals"
            )


def _check_sum(where: str, total: Decimal, parts: Iterable[Decimal]) -> None:
    added = sum(parts, Decimal(0))
    if total != added:
        raise ContractError(f"The tax of {where} is {total}, its parts add to {added}")
