"""AvaTax's TransactionModel, and wrong versions of it."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from decimal import Decimal
from itertools import count
from typing import Any

from .oracle import Detail, TaxedLine, ship_to, tax_date

_ids = count(100_000_001)
_LONG = {"CNT": "Country", "STA": "State", "CTY": "County", "CIT": "City"}


def transaction(
    request: dict[str, Any], code: str, taxed: list[TaxedLine], status: str
) -> dict[str, Any]:
    """The answer to a CreateTransactionModel; numbers are Decimals."""
    address = ship_to(request)
    number = next(_ids)
    lines = [
        _line(number, request, line, one)
        for line, one in zip(request["lines"], taxed, strict=True)
    ]
    override = request.get("taxOverride") or {}
    return {
        "id": number,
        "code": code,
        "companyId": 1,
        "date": request["date"][:10],
        "paymentDate": "1900-01-01",
        "status": status,
        "type": request.get("type", "SalesOrder"),
        "batchCode": "",
        "currencyCode": request.get("currencyCode", "USD"),
        "entityUseCode": request.get("entityUseCode", ""),
        "customerUsageType": request.get("entityUseCode", ""),
        "customerVendorCode": request["customerCode"],
        "customerCode": request["customerCode"],
        "exemptNo": request.get("exemptionNo", ""),
        "reconciled": False,
        "referenceCode": request.get("referenceCode", ""),
        "taxOverrideType": override.get("type", "None"),
        "taxOverrideAmount": 0,
        "taxOverrideReason": override.get("reason", ""),
        "totalAmount": _sum(one.amount for one in taxed),
        "totalExempt": _sum(one.amount - one.taxable for one in taxed),
        "totalTax": _sum(one.tax for one in taxed),
        "totalTaxable": _sum(one.taxable for one in taxed),
        "totalTaxCalculated": _sum(one.tax for one in taxed),
        "adjustmentReason": "NotAdjusted",
        "adjustmentDescription": "",
        "locked": False,
        "region": address.get("region", ""),
        "country": address.get("country", ""),
        "version": 1,
        "exchangeRate": 1,
        "modifiedDate": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "taxDate": tax_date(request),
        "lines": lines,
        "addresses": [],
        "summary": _summary(lines),
        "messages": [],
    }


def _line(number, request, line, taxed: TaxedLine) -> dict[str, Any]:
    line_id = next(_ids)
    address = ship_to(request)
    return {
        "id": line_id,
        "transactionId": number,
        "lineNumber": str(line["number"]),
        "description": line.get("description", ""),
        "discountAmount": 0,
        "exemptAmount": taxed.amount - taxed.taxable,
        "exemptCertId": 0,
        "exemptNo": line.get("exemptionCode", ""),
        "isItemTaxable": bool(taxed.taxable),
        "itemCode": line.get("itemCode", ""),
        "lineAmount": taxed.amount,
        "quantity": line.get("quantity", 1),
        "ref1": line.get("ref1", ""),
        "ref2": line.get("ref2", ""),
        "reportingDate": request["date"][:10],
        "sourcing": "Destination",
        "tax": taxed.tax,
        "taxableAmount": taxed.taxable,
        "taxCalculated": taxed.tax,
        "taxCode": line.get("taxCode", ""),
        "taxDate": tax_date(request),
        "taxIncluded": bool(line.get("taxIncluded")),
        "details": [_detail(line_id, address, one) for one in taxed.details],
    }


def _detail(line_id, address, one: Detail) -> dict[str, Any]:
    return {
        "id": next(_ids),
        "transactionLineId": line_id,
        "country": address.get("country", ""),
        "region": address.get("region", ""),
        "exemptAmount": one.exempt,
        "inState": True,
        "jurisCode": one.code,
        "jurisName": one.name,
        "jurisType": one.kind,
        "jurisdictionType": _LONG.get(one.kind, "Special"),
        "nonTaxableAmount": one.non_taxable,
        "rate": one.rate,
        "sourcing": "Destination",
        "tax": one.tax,
        "taxableAmount": one.taxable,
        "taxType": "Sales",
        "taxName": one.tax_name,
        "taxCalculated": one.tax,
        "rateType": "General",
        "taxableUnits": one.taxable,
        "unitOfBasis": "PerCurrencyUnit",
    }


def _summary(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    totals: dict[tuple, dict[str, Any]] = {}
    for line in lines:
        for one in line["details"]:
            key = (one["jurisType"], one["jurisCode"], one["taxName"], one["rate"])
            total = totals.setdefault(
                key,
                {
                    "country": one["country"],
                    "region": one["region"],
                    "jurisType": one["jurisdictionType"],
                    "jurisCode": one["jurisCode"],
                    "jurisName": one["jurisName"],
                    "taxType": "Sales",
                    "taxName": one["taxName"],
                    "rateType": "General",
                    "rate": one["rate"],
                    "taxable": Decimal(0),
                    "tax": Decimal(0),
                    "nonTaxable": Decimal(0),
                    "exemption": Decimal(0),
                },
            )
            total["taxable"] += one["taxableAmount"]
            total["tax"] += one["tax"]
            total["nonTaxable"] += one["nonTaxableAmount"]
            total["exemption"] += one["exemptAmount"]
    return list(totals.values())


def _sum(amounts) -> Decimal:
    return sum(amounts, Decimal(0))


def shift_tax(model: dict[str, Any], delta: Decimal) -> None:
    """Another tax on the first line, consistent all over the model."""
    line = model["lines"][0]
    line["details"][0]["tax"] += delta
    line["tax"] += delta
    model["totalTax"] += delta
    model["summary"] = _summary(model["lines"])


def made_wrong(model: dict[str, Any], kind: str, delta: str) -> dict[str, Any]:
    """A copy of an answer that breaks the contract in one way."""
    wrong = copy.deepcopy(model)
    if "lines" not in wrong:
        return wrong
    _WRONG[kind](wrong, Decimal(delta))
    return wrong


def _nan(model, _delta) -> None:
    model["totalTax"] = model["lines"][0]["tax"] = float("nan")


def _other_lines(model, _delta) -> None:
    for line in model["lines"]:
        line["lineNumber"] = f"9{line['lineNumber']}"


def _negative_rate(model, _delta) -> None:
    first = model["lines"][0]["details"][0]
    first["rate"] = -abs(first["rate"]) or Decimal("-0.01")


def _unbalanced(model, delta) -> None:
    model["totalTax"] += delta


def _other_currency(model, _delta) -> None:
    model["currencyCode"] = "XTS"


def _more_decimals(model, _delta) -> None:
    shift_tax(model, Decimal("0.00001"))


_WRONG = {
    "nan": _nan,
    "lines": _other_lines,
    "negative": _negative_rate,
    "unbalanced": _unbalanced,
    "currency": _other_currency,
    "decimals": _more_decimals,
    "misreport": shift_tax,
}
