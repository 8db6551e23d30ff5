"""JSON without its traps: exact numbers, one spelling per value, bounded size.

``loads`` reads what others sent, ``dumps`` writes what we send, ``canonical_json``
writes a form whose digest tells whether two messages mean the same.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import hashlib
import json
import unicodedata
import uuid
from collections.abc import Mapping
from decimal import Decimal

from .errors import ContractError
from .money import to_decimal

MAX_DEPTH = 64
_SCALARS = (str, bool, int, type(None))
_ORDINARY_BITS = 64


def loads(text: str | bytes):
    """Parse JSON; numbers with a point or exponent become Decimal.

    :raises ContractError: not JSON or not UTF-8, a name twice in one object, NaN or
        Infinity, an absurd number, nesting deeper than 64, a NUL character or half
        of a surrogate pair (no database stores them)
    """
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise ContractError("The message is not valid JSON.", code="not_json") from None
    _check(value)
    return value


def _pairs(pairs: list) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ContractError("A name is given twice.", code="duplicate_name")
    return found


def _integer(text: str) -> int:
    return int(to_decimal(text, "number in the message"))


def _fraction(text: str) -> Decimal:
    return to_decimal(text, "number in the message")


def _constant(name: str):
    raise ContractError(f"The message contains {name}.", code="not_a_number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs,
    parse_float=_fraction,
    parse_int=_integer,
    parse_constant=_constant,
)


def _check(value) -> None:
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            raise _too_deep()
        depth += 1
        below: list = []
        for item in level:
            if isinstance(item, str):
                _check_text(item)
            elif isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = below


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ContractError("The message contains NUL.", code="bad_text")
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise ContractError("The message contains broken text.", code="bad_text")


def _too_deep() -> ContractError:
    return ContractError("The message is nested too deeply.", code="too_deep")


def dumps(value) -> str:
    """JSON to send. Decimals are written as numbers, digit by digit as they are.

    Takes what ``canonical_json`` takes.

    :raises ContractError: a value that JSON cannot carry
    """
    return _write(value, 0)


def _write(value, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, (Decimal, float)):
        return format(to_decimal(value, "number in the message"), "f")
    value = _simplified(value)
    if isinstance(value, Mapping):
        return _write_object(value, depth)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_write(item, depth + 1) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _write_object(value: Mapping, depth: int) -> str:
    members = (
        f"{json.dumps(_name(key), ensure_ascii=False)}: {_write(item, depth + 1)}"
        for key, item in value.items()
    )
    return "{" + ", ".join(members) + "}"


def canonical_json(value) -> str:
    """One spelling per meaning, to compare and to hash; not meant to be sent.

    Names sorted, no blanks, text in Unicode NFC, dates in ISO 8601 (aware times in
    UTC). Decimals and floats become strings without superfluous zeros, so 1.50 is
    "1.5", whether it came as 1.50, 1.5 or 15e-1. Dataclasses count as objects.

    :raises ContractError: a value that JSON cannot carry
    """
    return json.dumps(
        _canonical(value, 0),
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def digest(value) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _canonical(value, depth: int):
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, (Decimal, float)):
        return plain_number(to_decimal(value, "number in the message"))
    value = _simplified(value)
    if isinstance(value, Mapping):
        found = {
            unicodedata.normalize("NFC", _name(key)): _canonical(item, depth + 1)
            for key, item in value.items()
        }
        if len(found) != len(value):
            raise ContractError("A name is given twice.", code="duplicate_name")
        return found
    if isinstance(value, (list, tuple)):
        return [_canonical(item, depth + 1) for item in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def plain_number(number: Decimal) -> str:
    """One spelling per number: digits without exponent or superfluous zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _name(key) -> str:
    if not isinstance(key, str):
        raise ContractError("A name in the message is not text.", code="bad_name")
    _check_text(key)
    return key


def _simplified(value):
    """The same value in terms of JSON, one level deep."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, str):
        _check_text(value)
    if isinstance(value, int) and value.bit_length() > _ORDINARY_BITS:
        to_decimal(value, "number in the message")
    if isinstance(value, (*_SCALARS, Mapping, list, tuple)):
        return value
    if isinstance(value, datetime.datetime):
        return _utc(value).isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: getattr(value, field.name) for field in fields}
    raise ContractError(
        f"A {type(value).__name__} cannot be sent as JSON.", code="not_json"
    )


def _utc(value: datetime.datetime) -> datetime.datetime:
    return value.astimezone(datetime.timezone.utc) if value.tzinfo else value
