"""Reading what platforms send, with names for what is wrong."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import to_decimal

# Versions made from times count seconds from here: they fit a bill's version.
EPOCH = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
LONGEST_ID = 128

# How platforms write units that UN/ECE Recommendation 20 has codes for.
UNITS = {
    "": "C62",
    "EA": "EA",
    "EACH": "EA",
    "PC": "C62",
    "PCE": "C62",
    "PCS": "C62",
    "ST": "C62",
    "UNIT": "C62",
    "KG": "KGM",
    "G": "GRM",
    "T": "TNE",
    "L": "LTR",
    "M": "MTR",
    "CM": "CMT",
    "KM": "KMT",
    "H": "HUR",
    "HR": "HUR",
    "HOUR": "HUR",
    "DAY": "DAY",
    "DZ": "DZN",
}


def broken(message: str) -> ContractError:
    return ContractError(message, code="bad_platform_answer")


def as_object(value: Any, what: str) -> Mapping:
    """:raises ContractError: it is none"""
    if not isinstance(value, Mapping):
        raise broken(f"The platform's {what} is not an object.")
    return value


def as_list(value: Any, what: str) -> list:
    """Absent counts as empty.

    :raises ContractError: something else than a list
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise broken(f"The platform's {what} is not a list.")
    return value


def identifier(value: Any, what: str = "bill's id") -> str:
    """:raises ContractError: absent, or nothing that an id can be"""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise broken(f"The {what} is missing.")
    text = str(value).strip()
    if not text or len(text) > LONGEST_ID or not text.isprintable():
        raise broken(f"The {what} has not 1 to {LONGEST_ID} printable characters.")
    return text


def text(value: Any) -> str | None:
    """Text of text or a number; None for what is empty or something else."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return None
    return str(value).strip() or None


def name_of(value: Any, key: str) -> str | None:
    """A text inside an object that may be absent."""
    return text(value.get(key)) if isinstance(value, Mapping) else None


def amount(value: Any, what: str) -> Decimal | None:
    """:raises ContractError: something that is no finite number"""
    return None if value in (None, "") else to_decimal(value, what)


def number(value: Decimal) -> str:
    """As the contract writes decimals."""
    return plain_number(value)


def day(value: Any) -> str | None:
    """The date of a date or time as text; time zones are the platform's."""
    found = text(value)
    return found[:10] if found else None


def moment(value: Any, what: str) -> datetime.datetime:
    """:raises ContractError: no ISO time; without a zone it counts as UTC"""
    found = text(value) or ""
    try:
        parsed = datetime.datetime.fromisoformat(found.replace("Z", "+00:00"))
    except ValueError:
        raise broken(f"The {what} is not an ISO time.") from None
    zone = datetime.timezone.utc
    return parsed.astimezone(zone) if parsed.tzinfo else parsed.replace(tzinfo=zone)


def version_of(changed: datetime.datetime) -> int:
    """A version that rises with the time of the change, by whole seconds."""
    return max(int((changed - EPOCH).total_seconds()), 1)


def unit(value: Any) -> str:
    """A code of Recommendation 20 where we know it, else as it came."""
    found = (text(value) or "").upper()
    return UNITS.get(found, found)


def category(rate: Decimal | None) -> str:
    """EN 16931's VAT category: standard, or zero rated where nothing is due."""
    return "S" if rate else "Z"


def filled(terms: Mapping[str, Any]) -> dict:
    """Without the terms that were not given."""
    return {key: value for key, value in terms.items() if value not in (None, "", [])}


def told(terms: Mapping[str, Any]) -> dict:
    """Without what is None: an empty text is told, and empties a field over there."""
    return {key: value for key, value in terms.items() if value is not None}


def readable(read: Callable[[Mapping], dict], document: Mapping, company) -> dict:
    """The message of a document, or what is wrong with it.

    One document that cannot be read must not keep the others of its page from us: it
    is taken in with its problem, and held.
    """
    try:
        return read(document)
    except ContractError as error:
        return filled({"company": company, "problem": error.message})
