"""AvaTax's address validation, for the United States and Canada."""

from __future__ import annotations

from typing import Any

_ABBREVIATIONS = {" Street": " St", " Avenue": " Ave", " Circle": " Cir"}


def resolve(given: dict[str, Any]) -> dict[str, Any]:
    """An AddressResolutionModel: spelled by the book, or saying what is wrong."""
    answer: dict[str, Any] = {"address": given, "coordinates": None}
    if given.get("country", "US") not in ("US", "CA"):
        return _failed(answer, "This country is not validated.", "Country")
    if not given.get("postalCode") and not (given.get("city") and given.get("region")):
        return _failed(answer, "The address is not deliverable.", "Address.Line0")
    line = given.get("line1", "")
    for long, short in _ABBREVIATIONS.items():
        line = line.removesuffix(long) + (short if line.endswith(long) else "")
    found = {
        "addressType": "StreetOrResidentialAddress",
        "line1": line,
        "line2": given.get("line2", ""),
        "line3": "",
        "city": given.get("city", ""),
        "region": given.get("region", ""),
        "country": given.get("country", "US"),
        "postalCode": given.get("postalCode", ""),
        "latitude": 37.5,
        "longitude": -77.4,
    }
    return {
        **answer,
        "validatedAddresses": [found],
        "coordinates": {"latitude": 37.5, "longitude": -77.4},
        "resolutionQuality": "Intersection",
        "taxAuthorities": [],
    }


def _failed(answer: dict[str, Any], summary: str, refers_to: str) -> dict[str, Any]:
    message = {
        "summary": summary,
        "details": "Check the address and try again.",
        "refersTo": refers_to,
        "severity": "Error",
        "source": "Avalara.AvaTax.Services.Address",
    }
    given = {**answer["address"], "addressType": "UnknownAddressType"}
    return {
        **answer,
        "validatedAddresses": [given],
        "resolutionQuality": "NotCoded",
        "messages": [message],
    }
