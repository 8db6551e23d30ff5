"""Documents and results as plain JSON values, and back without loss.

Decimals are strings, dates ISO 8601; keys are the field names. What comes back is
equal to what went in, so that a stored answer can be applied after a crash.
"""

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import to_decimal

from .document import Commitment, TaxDocument, TaxResult


def document_to_dict(document: TaxDocument) -> dict:
    return _encode(document)


def document_from_dict(values: dict) -> TaxDocument:
    """:raises ContractError: a field is missing, unknown or of another type"""
    return _read(TaxDocument, values, "document")


def result_to_dict(result: TaxResult) -> dict:
    return _encode(result)


def result_from_dict(values: dict) -> TaxResult:
    """:raises ContractError: as :func:`document_from_dict`"""
    return _read(TaxResult, values, "result")


def commitment_to_dict(commitment: Commitment) -> dict:
    return _encode(commitment)


def commitment_from_dict(values: dict) -> Commitment:
    """:raises ContractError: as :func:`document_from_dict`"""
    return _read(Commitment, values, "commitment")


def _encode(value: Any) -> Any:
    if isinstance(value, str | bool | int | None):
        return value
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return {name: _encode(getattr(value, name)) for name in _names(type(value))}


@cache
def _names(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


class _BrokenError(Exception):
    """What is wrong, and where: the names on the way to it, innermost first."""

    def __init__(self, problem: str):
        super().__init__(problem)
        self.path: list[str] = []


def _read(cls: type, values: Any, what: str) -> Any:
    try:
        return _decoder(cls)(values)
    except _BrokenError as error:
        where = what + "".join(reversed(error.path))
        raise ContractError(f"{where} {error}", code="bad_field") from None


@cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    """The function that makes a ``kind`` of plain JSON, or raises ``_BrokenError``."""
    if get_origin(kind) is tuple:
        return partial(_decode_list, _decoder(get_args(kind)[0]))
    if get_origin(kind) is UnionType:
        inner = next(one for one in get_args(kind) if one is not NoneType)
        return partial(_decode_optional, _decoder(inner))
    if is_dataclass(kind):
        return partial(_decode_object, kind, _members(kind), _required(kind))
    special = {Decimal: _decode_decimal, date: _decode_date}
    return special.get(kind) or partial(_decode_scalar, kind)


def _members(cls: type) -> dict[str, Callable[[Any], Any]]:
    types = get_type_hints(cls)
    return {name: _decoder(types[name]) for name in _names(cls)}


def _required(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls) if field.default is MISSING)


def _decode_object(cls, members, required, values: Any) -> Any:
    if not isinstance(values, dict):
        raise _BrokenError("is not an object")
    for name in required:
        if name not in values:
            raise _BrokenError(f"has no {name}")
    found = {}
    for name, value in values.items():
        if name not in members:
            raise _BrokenError(f"has an unknown field {name!r}")
        try:
            found[name] = members[name](value)
        except _BrokenError as error:
            error.path.append(f".{name}")
            raise
    return cls(**found)


def _decode_list(decode, values: Any) -> tuple:
    if not isinstance(values, list | tuple):
        raise _BrokenError("is not a list")
    found = []
    try:
        for value in values:
            found.append(decode(value))  # noqa: PERF401 - its length tells where
    except _BrokenError as error:
        error.path.append(f"[{len(found)}]")
        raise
    return tuple(found)


def _decode_optional(decode, value: Any) -> Any:
    return None if value is None else decode(value)


def _decode_scalar(kind, value: Any) -> Any:
    # A bool is an int, but not to JSON.
    if type(value) is not kind:
        raise _BrokenError(f"is not a {kind.__name__}")
    return value


def _decode_decimal(value: Any) -> Decimal:
    try:
        return to_decimal(value)
    except ContractError:
        raise _BrokenError("is not a finite number") from None


def _decode_date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _BrokenError("is not an ISO date") from None
