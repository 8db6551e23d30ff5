"""Which events there are, and what each of them says.

Every type is registered once, by the addon that records it. What is recorded is checked
against it, and its JSON Schema is generated from it, so that the two cannot differ.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .canonical import plain_number

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
LONGEST_TEXT = 2000
MOST_ITEMS = 1000
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"


class CatalogueError(ValueError):
    """An event that is not in the catalogue, or says what its type does not know."""


@dataclass(frozen=True)
class Field:
    """One value of an event's data. ``kind``: a name in ``KINDS``."""

    name: str
    kind: str
    title: str
    required: bool = False

    def __post_init__(self):
        if not _KEY.fullmatch(self.name) or self.kind not in KINDS:
            raise CatalogueError(f"Not a field: {self.name} ({self.kind})")


@dataclass(frozen=True)
class EventType:
    """What an event of this name says.

    ``version`` rises when a field is removed or changes its meaning; new optional
    fields keep it. ``business``: told to subscribers outside.
    """

    name: str
    title: str
    version: int = 1
    fields: tuple[Field, ...] = ()
    business: bool = False

    def __post_init__(self):
        names = [field.name for field in self.fields]
        if not _NAME.fullmatch(self.name) or len(set(names)) != len(names):
            raise CatalogueError(f"Not an event type: {self.name}")
        if self.version < 1:
            raise CatalogueError(f"{self.name}: versions count from 1")

    def clean(self, data: Mapping | None) -> dict:
        """What to store: JSON values, those not given left out.

        ``None`` and Odoo's ``False`` for an empty value count as not given.

        :raises CatalogueError: a name that the type does not know, a required one
            that is missing, a value of another kind
        """
        given = dict(data or {})
        cleaned = {}
        for field in self.fields:
            value = given.pop(field.name, None)
            if value is None or (value is False and field.kind != "boolean"):
                if field.required:
                    raise CatalogueError(f"{self.name} needs {field.name}")
                continue
            try:
                cleaned[field.name] = KINDS[field.kind].clean(value)
            except (TypeError, ValueError) as error:
                raise CatalogueError(
                    f"{self.name}: {field.name} is no {field.kind}"
                ) from error
        if given:
            raise CatalogueError(f"{self.name} knows no {', '.join(sorted(given))}")
        return cleaned

    def schema(self) -> dict:
        """The JSON Schema of the data."""
        schema = {
            "$schema": SCHEMA_DIALECT,
            "$id": f"urn:finance_sync:event:{self.name}:{self.version}",
            "title": self.title,
            "type": "object",
            "properties": {
                field.name: {"title": field.title, **KINDS[field.kind].schema}
                for field in self.fields
            },
            "additionalProperties": False,
        }
        required = [field.name for field in self.fields if field.required]
        return {**schema, "required": required} if required else schema


class _String:
    schema = {"type": "string", "maxLength": LONGEST_TEXT}

    @staticmethod
    def clean(value) -> str:
        if not isinstance(value, str):
            raise TypeError(value)
        return value[:LONGEST_TEXT]


class _Integer:
    schema = {"type": "integer"}

    @staticmethod
    def clean(value) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(value)
        return value


class _User(_Integer):
    """A user's id: what people are called stays out of the log."""


class _Decimal:
    schema = {"type": "string", "pattern": _DECIMAL}

    @staticmethod
    def clean(value) -> str:
        """Money is no float here: round it to its currency first."""
        if not isinstance(value, (Decimal, int)) or isinstance(value, bool):
            raise TypeError(value)
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(value)
        return plain_number(number)


class _Date:
    schema = {"type": "string", "format": "date"}

    @staticmethod
    def clean(value) -> str:
        if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
            raise TypeError(value)
        return value.isoformat()


class _Datetime:
    schema = {"type": "string", "format": "date-time"}

    @staticmethod
    def clean(value) -> str:
        """Naive means UTC, as in Odoo."""
        if not isinstance(value, datetime.datetime):
            raise TypeError(value)
        if value.tzinfo:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return f"{value.isoformat()}Z"


class _Boolean:
    schema = {"type": "boolean"}

    @staticmethod
    def clean(value) -> bool:
        if not isinstance(value, bool):
            raise TypeError(value)
        return value


class _Strings:
    schema = {
        "type": "array",
        "items": {"type": "string", "maxLength": LONGEST_TEXT},
        "maxItems": MOST_ITEMS,
    }

    @staticmethod
    def clean(value) -> list[str]:
        if isinstance(value, str):
            raise TypeError(value)
        return [_String.clean(item) for item in list(value)[:MOST_ITEMS]]


KINDS = {
    "string": _String,
    "integer": _Integer,
    "user": _User,
    "decimal": _Decimal,
    "date": _Date,
    "datetime": _Datetime,
    "boolean": _Boolean,
    "array:string": _Strings,
}

_types: dict[str, EventType] = {}


def register(event_type: EventType) -> EventType:
    """Add a type to the catalogue. Registering the very same again is harmless.

    :raises CatalogueError: the name is taken by another type
    """
    known = _types.setdefault(event_type.name, event_type)
    if known != event_type:
        raise CatalogueError(f"{event_type.name} is registered already")
    return event_type


def get(name: str) -> EventType:
    """:raises CatalogueError: no such type; its addon is not installed"""
    try:
        return _types[name]
    except KeyError:
        raise CatalogueError(f"No event type {name} is registered") from None


def find(name: str) -> EventType | None:
    """The type, or None: events outlive the addon that recorded them."""
    return _types.get(name)


def all_types() -> Iterable[EventType]:
    """Every registered type, by name."""
    return tuple(_types[name] for name in sorted(_types))
