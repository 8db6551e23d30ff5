"""Context values that only code can make.

Every RPC caller sets the context as it likes. Where a context key lets our own code
skip a check, its value is wrapped in a class that no JSON or XML turns into.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Internal:
    """``value`` must be hashable, as environments are compared by their context."""

    value: Any


def internal_value(env, key, default=None):
    """What our own code put under ``key``; a caller's own value does not count."""
    wrapped = env.context.get(key)
    return wrapped.value if isinstance(wrapped, Internal) else default
