"""Documents and results as plain JSON values, and back without loss.

Decimals are strings, dates ISO 8601; keys are the field names. What comes back is
equal to what went in, so that a stored answer can be applied after a crash.
"""

from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from odoo.addons.finance_sync.core.canonical import plain_number
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.money import to_decimal

from .document import Commitment, TaxDocument, TaxResult


def document_to_dict(document: TaxDocument) -> dict:
    return _encode(document)


def document_from_dict(values: dict) -> TaxDocument:
    """:raises ContractError: a field is missing, unknown or of another type"""
    return _decode(TaxDocument, values, "document")


def result_to_dict(result: TaxResult) -> dict:
    return _encode(result)


def result_from_dict(values: dict) -> TaxResult:
    """:raises ContractError: as :func:`document_from_dict`"""
    return _decode(TaxResult, values, "result")


def commitment_to_dict(commitment: Commitment) -> dict:
    return _encode(commitment)


def commitment_from_dict(values: dict) -> Commitment:
    """:raises ContractError: as :func:`document_from_dict`"""
    return _decode(Commitment, values, "commitment")


def _encode(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _encode(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


@cache
def _field_types(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _decode(cls: type, values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise ContractError(f"{where} is not an object")
    types = _field_types(cls)
    if unknown := sorted(set(values) - set(types)):
        raise ContractError(f"{where} has an unknown field {unknown[0]!r}")
    for field in fields(cls):
        if field.name not in values and field.default is MISSING:
            raise ContractError(f"{where} has no {field.name}")
    return cls(
        **{k: _decode_field(types[k], v, f"{where}.{k}") for k, v in values.items()}
    )


def _decode_field(kind: Any, value: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin is tuple:
        return _decode_tuple(get_args(kind)[0], value, where)
    if origin is UnionType:
        if value is None:
            return None
        kind = next(arg for arg in get_args(kind) if arg is not type(None))
    if is_dataclass(kind):
        return _decode(kind, value, where)
    if kind is Decimal:
        return to_decimal(value, where)
    if kind is date:
        return _decode_date(value, where)
    if type(value) is not kind:
        raise ContractError(f"{where} is not a {kind.__name__}")
    return value


def _decode_tuple(kind: Any, value: Any, where: str) -> tuple:
    if not isinstance(value, list | tuple):
        raise ContractError(f"{where} is not a list")
    return tuple(_decode_field(kind, v, f"{where}[{i}]") for i, v in enumerate(value))


def _decode_date(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ContractError(f"{where} is not an ISO date") from error
