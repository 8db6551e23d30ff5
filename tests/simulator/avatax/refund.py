"""AvaTax's own refunds: a ReturnInvoice made from a committed SalesInvoice."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

from . import errors
from .oracle import rounded
from .store import Key

_AMOUNTS = ("lineAmount", "taxableAmount", "exemptAmount", "tax", "taxCalculated")
_SHARES = ("taxableAmount", "exemptAmount", "nonTaxableAmount", "tax", "taxCalculated")


def make(
    key: Key, original: dict[str, Any], body: dict[str, Any]
) -> tuple[Key, dict[str, Any]]:
    """The return and its identity. Its tax date is the refund date.

    ``refundType``: Full, Partial (``refundLines``), Percentage, TaxOnly.
    """
    if original["status"] != "Committed":
        raise errors.not_refundable(original["status"])
    for field in ("refundTransactionCode", "refundDate"):
        if not body.get(field):
            raise errors.value_required(field)
    kind = body.get("refundType", "Full")
    document = copy.deepcopy(original)
    document.update(
        code=body["refundTransactionCode"],
        type="ReturnInvoice",
        date=body["refundDate"][:10],
        taxDate=body["refundDate"][:10],
        referenceCode=key[1],
        version=1,
        locked=False,
    )
    if kind == "Partial":
        wanted = {str(number) for number in body.get("refundLines") or ()}
        document["lines"] = [
            line for line in document["lines"] if line["lineNumber"] in wanted
        ]
    share = Decimal(body.get("refundPercentage") or 100) / 100
    for line in document["lines"]:
        _reverse(line, share, document["currencyCode"], kind == "TaxOnly")
    _add_up(document)
    return (key[0], document["code"], "ReturnInvoice"), document


def _reverse(line: dict[str, Any], share: Decimal, currency: str, tax_only: bool):
    for one in line["details"]:
        for field in _SHARES:
            one[field] = -rounded(one[field] * share, currency)
    for field in _AMOUNTS:
        line[field] = -rounded(line[field] * share, currency)
    line["tax"] = sum((one["tax"] for one in line["details"]), Decimal(0))
    if tax_only:
        line["lineAmount"] = line["taxableAmount"] = Decimal(0)


def _add_up(document: dict[str, Any]) -> None:
    for total, field in (
        ("totalAmount", "lineAmount"),
        ("totalTax", "tax"),
        ("totalTaxable", "taxableAmount"),
        ("totalExempt", "exemptAmount"),
    ):
        document[total] = sum((line[field] for line in document["lines"]), Decimal(0))
    document["totalTaxCalculated"] = document["totalTax"]
    document["summary"] = []
