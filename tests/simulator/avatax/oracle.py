"""What tax a line bears: scripted answers first, a small table for the rest.

The cases in ``cases.json`` give every jurisdiction's tax as a figure, taken from
published examples or worked out by hand, so that what our own code calculates is
measured against something that was not calculated by it. Other amounts follow
``places.json``: rate by rate, rounded half up, line by line.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from . import errors

_FOLDER = Path(__file__).parent
_PLACES = {"JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3}
_STATE_CODES = (
    "AL AK AZ AR CA CO CT DC DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT "
    "NE NV NH NJ NM NY NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY"
)
_STATES = frozenset(_STATE_CODES.split())


@dataclass(frozen=True)
class Detail:
    """One jurisdiction's share; amounts have the line's sign."""

    kind: str
    code: str
    name: str
    tax_name: str
    rate: Decimal
    taxable: Decimal
    exempt: Decimal
    non_taxable: Decimal
    tax: Decimal


@dataclass(frozen=True)
class TaxedLine:
    """``amount`` is net, also where the request said that tax is included."""

    amount: Decimal
    taxable: Decimal
    tax: Decimal
    details: tuple[Detail, ...]


class Oracle:
    """Taxes by ship-to and line. Cases can be added while it serves."""

    def __init__(self):
        self._lock = threading.Lock()
        self._table = json.loads((_FOLDER / "places.json").read_text())
        self._shipped = json.loads((_FOLDER / "cases.json").read_text())
        self._scripted: list[dict[str, Any]] = []

    def script(self, case: dict[str, Any]) -> None:
        """Add a case in the form of ``cases.json``; the last one added wins."""
        with self._lock:
            self._scripted.insert(0, _checked(case))

    def reset(self) -> None:
        with self._lock:
            self._scripted.clear()

    def tax(self, request: dict[str, Any]) -> list[TaxedLine]:
        """One answer per line of a CreateTransactionModel.

        :raises AvataxError: an address that no tax can be determined for
        """
        place = self._place(request)
        lines = request["lines"]
        with self._lock:
            cases = [*self._scripted, *self._shipped]
        cases = [case for case in cases if _case_applies(case, request)]
        scripted = _whole(cases, lines) or [_single(cases, line) for line in lines]
        return [
            _overridden(
                line,
                _scripted_line(place, line, found)
                if found and not exemption(request, line)
                else _table_line(place, request, line),
            )
            for line, found in zip(lines, scripted, strict=True)
        ]

    def _place(self, request: dict[str, Any]) -> dict[str, Any]:
        address = ship_to(request)
        country = address.get("country", "")
        region = address.get("region", "")
        if not country:
            raise errors.bad_address("ship-to")
        if _is_nobodys(country):
            raise errors.unknown_country()
        if country == "US" and region not in _STATES:
            raise errors.unknown_jurisdiction()
        for place in self._table:
            if (place["country"], place["region"]) == (country, region):
                return place
        return {"country": country, "region": region, "jurisdictions": []}


def ship_to(request: dict[str, Any]) -> dict[str, Any]:
    """The address a transaction is taxed at; names are compared without case."""
    addresses = {k.lower(): v for k, v in request.get("addresses", {}).items()}
    return addresses.get("shipto") or addresses.get("singlelocation") or {}


def tax_date(request: dict[str, Any]) -> str:
    override = request.get("taxOverride") or {}
    if str(override.get("type", "")).lower() == "taxdate":
        return override["taxDate"][:10]
    return request["date"][:10]


def exemption(request: dict[str, Any], line: dict[str, Any]) -> bool:
    return bool(
        request.get("exemptionNo")
        or request.get("entityUseCode")
        or line.get("exemptionCode")
        or line.get("entityUseCode")
    )


def rounded(value: Decimal, currency: str) -> Decimal:
    unit = Decimal(1).scaleb(-_PLACES.get(currency, 2))
    return value.quantize(unit, rounding=ROUND_HALF_UP)


def _is_nobodys(country: str) -> bool:
    """ISO 3166 leaves these codes to users: no country has them but Kosovo's XK."""
    first, second = (country + "  ")[:2]
    private = country in ("AA", "ZZ") or first == "X" or (first == "Q" and second > "L")
    return len(country) != 2 or (private and country not in ("QA", "XK"))


def _checked(case: dict[str, Any]) -> dict[str, Any]:
    for line in case["lines"]:
        Decimal(line["amount"])
        for detail in line["details"]:
            Decimal(detail["tax"])
    return case


def _case_applies(case: dict[str, Any], request: dict[str, Any]) -> bool:
    address = ship_to(request)
    return (
        case.get("code", request.get("code")) == request.get("code")
        and case.get("country", address.get("country")) == address.get("country")
        and case.get("region", address.get("region")) == address.get("region")
        and case.get("currency", "USD") == request.get("currencyCode", "USD")
    )


def _whole(cases, lines) -> list[dict[str, Any]] | None:
    """The case that is about exactly these lines, if there is one."""
    for case in cases:
        wanted = case["lines"]
        if case.get("whole") and len(wanted) == len(lines):
            pairs = zip(wanted, lines, strict=True)
            if all(_same_line(one, line) for one, line in pairs):
                return wanted
    return None


def _single(cases, line) -> dict[str, Any] | None:
    for case in cases:
        if not case.get("whole"):
            for wanted in case["lines"]:
                if _same_line(wanted, line):
                    return wanted
    return None


def _same_line(wanted: dict[str, Any], line: dict[str, Any]) -> bool:
    return (
        abs(Decimal(wanted["amount"])) == abs(Decimal(line["amount"]))
        and not line.get("taxIncluded")
        and wanted.get("taxCode", line.get("taxCode")) == line.get("taxCode")
    )


def _scripted_line(place, line, found) -> TaxedLine:
    amount = Decimal(line["amount"])
    sign = Decimal(-1 if amount < 0 else 1)
    known = {one["code"]: one for one in place["jurisdictions"]}
    details = []
    for one in found["details"]:
        named = {**known.get(one["code"], {}), **one}
        taxable = sign * Decimal(one.get("taxable", str(abs(amount))))
        details.append(
            Detail(
                named["type"],
                named["code"],
                named["name"],
                named["tax_name"],
                Decimal(one["rate"]) if "rate" in one else _newest_rate(named),
                taxable,
                Decimal(0),
                amount - taxable,
                sign * Decimal(one["tax"]),
            )
        )
    return _summed(amount, details)


def _overridden(line: dict[str, Any], taxed: TaxedLine) -> TaxedLine:
    """A line's TaxAmount override counts; its largest detail bears the difference."""
    override = line.get("taxOverride") or {}
    if str(override.get("type", "")).lower() != "taxamount":
        return taxed
    details = list(taxed.details)
    largest = max(range(len(details)), key=lambda i: abs(details[i].tax))
    difference = Decimal(str(override["taxAmount"])) - taxed.tax
    one = details[largest]
    details[largest] = replace(one, tax=one.tax + difference)
    return replace(taxed, tax=taxed.tax + difference, details=tuple(details))


def _table_line(place, request, line) -> TaxedLine:
    currency = request.get("currencyCode", "USD")
    rates = _rates(place, tax_date(request), line.get("taxCode", ""))
    exempt = exemption(request, line)
    base = Decimal(line["amount"])
    if line.get("taxIncluded") and not exempt:
        base /= 1 + sum((rate for _, rate in rates), Decimal(0))
    taxes = [
        Decimal(0) if exempt else rounded(base * rate, currency) for _, rate in rates
    ]
    net = Decimal(line["amount"])
    if line.get("taxIncluded"):
        net -= sum(taxes)
    details = [
        _table_detail(jurisdiction, rate, net, tax, exempt)
        for (jurisdiction, rate), tax in zip(rates, taxes, strict=True)
    ]
    return _summed(net, details or [_no_tax(place, net)])


def _table_detail(jurisdiction, rate, net, tax, exempt) -> Detail:
    zero = Decimal(0)
    none = not rate and not exempt
    return Detail(
        jurisdiction["type"],
        jurisdiction["code"],
        jurisdiction["name"],
        jurisdiction["tax_name"],
        rate,
        zero if exempt or none else net,
        net if exempt else zero,
        net if none else zero,
        tax,
    )


def _no_tax(place, net: Decimal) -> Detail:
    zero = Decimal(0)
    region = place["region"]
    kind = "STA" if region else "CNT"
    code = region or place["country"]
    return Detail(kind, code, code, "NO_TAX", zero, zero, zero, net, zero)


def _rates(place, on_date: str, tax_code: str) -> list[tuple[dict, Decimal]]:
    found = []
    for jurisdiction in place["jurisdictions"]:
        rate = _rate_on(jurisdiction, date.fromisoformat(on_date))
        special = jurisdiction.get("by_tax_code", {}).get(tax_code)
        found.append((jurisdiction, rate if special is None else Decimal(special)))
    return found


def _rate_on(jurisdiction, on_date: date) -> Decimal:
    rate = Decimal(0)
    for step in jurisdiction["rates"]:
        if date.fromisoformat(step["from"]) <= on_date:
            rate = Decimal(step["rate"])
    return rate


def _newest_rate(named: dict[str, Any]) -> Decimal:
    return Decimal(named["rates"][-1]["rate"])


def _summed(amount: Decimal, details: list[Detail]) -> TaxedLine:
    taxable = max((one.taxable for one in details), key=abs)
    tax = sum((one.tax for one in details), Decimal(0))
    return TaxedLine(amount, taxable, tax, tuple(details))
