"""Which class talks to which provider.

``fields.Selection`` decides what may be *chosen* in a database; this decides what it
*does*. A test asserts that the two agree.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

from .errors import ConfigurationError

_adapters: dict[tuple[str, str], type] = {}


class Resolution(enum.Enum):
    """How an operation is resolved after a crash, when its outcome is unknown."""

    LOOKUP = "lookup"
    """Ask the provider by key whether it happened."""
    IDEMPOTENT = "idempotent"
    """Send it again: the provider recognises the key."""
    MANUAL = "manual"
    """Neither works: a person decides."""
    READ = "read"
    """It changes nothing: repeat it."""


def register(kind: str, code: str) -> Callable[[type], type]:
    """Class decorator: this adapter serves provider ``code`` of a ``kind``.

    The class declares ``operations`` (name → Resolution), and may declare
    ``allowed`` (operation → AllowList: what screens may show of its payloads) and
    ``config_fields`` (names it reads from its config). It is made with
    ``(transport, config)``. Registering the same class again is harmless.

    :raises TypeError: the class does not declare its operations rightly
    :raises ValueError: another class has taken the code
    """

    def decorate(cls: type) -> type:
        _check(cls)
        known = _adapters.get((kind, code))
        if known and _name(known) != _name(cls):
            raise ValueError(f"{kind}/{code} is served by {_name(known)} already")
        cls.kind, cls.code = kind, code
        cls.allowed = getattr(cls, "allowed", {})
        cls.config_fields = getattr(cls, "config_fields", ())
        _adapters[kind, code] = cls
        return cls

    return decorate


def adapter_class(kind: str, code: str) -> type:
    """:raises ConfigurationError: no such adapter; its addon is not installed"""
    try:
        return _adapters[kind, code]
    except KeyError:
        raise ConfigurationError(
            f"No adapter for provider “{code}” ({kind}) is installed.",
            code="unknown_provider",
        ) from None


def codes(kind: str) -> tuple[str, ...]:
    """Codes of all the providers of a kind, sorted."""
    return tuple(sorted(code for known, code in _adapters if known == kind))


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _check(cls: type) -> None:
    operations = getattr(cls, "operations", None)
    if not operations:
        raise TypeError(f"{_name(cls)} declares no operations")
    for operation, resolution in operations.items():
        if not isinstance(resolution, Resolution):
            raise TypeError(f"{_name(cls)}: {operation} has no Resolution")
    unknown = set(getattr(cls, "allowed", {})) - set(operations)
    if unknown:
        raise TypeError(f"{_name(cls)} allows unknown operations {sorted(unknown)}")
