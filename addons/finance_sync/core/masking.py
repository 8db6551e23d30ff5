"""What people and logs may see of a payload: what is allowed, and nothing else."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping

MASK = "•••"
_ANY, _ALL = "*", "**"


class AllowList:
    """Paths whose values may be shown: ``AllowList("code", "lines.amount")``.

    Names are separated by dots; positions in lists do not count. ``*`` stands for any
    one name, ``**`` at the end for everything below.
    """

    def __init__(self, *paths: str):
        self.paths = tuple(paths)
        self._tree: dict = {}
        for path in paths:
            branch = self._tree
            for name in path.split("."):
                branch = branch.setdefault(name, {})
            branch[None] = True

    def __repr__(self) -> str:
        return f"AllowList{self.paths!r}"

    def __eq__(self, other) -> bool:
        return isinstance(other, AllowList) and set(self.paths) == set(other.paths)

    def __hash__(self) -> int:
        return hash(frozenset(self.paths))

    def __or__(self, other: AllowList) -> AllowList:
        return AllowList(*dict.fromkeys(self.paths + other.paths))


def mask(payload, allowed: AllowList | None):
    """A copy of the payload in which every value that is not allowed is “•••”.

    Containers that lead to an allowed value keep their shape; others are masked whole.
    Bank details and tax ids are shortened even where they are allowed.
    """
    # pylint: disable=import-outside-toplevel,cyclic-import
    from .sensitive import shorten_all

    return shorten_all(_mask(payload, [allowed._tree] if allowed else []))


def _mask(payload, branches: list[dict]):
    if any(_ALL in branch for branch in branches):
        return payload
    if isinstance(payload, Mapping):
        if not any(set(branch) - {None} for branch in branches):
            return MASK
        return {
            name: _mask(value, _below(branches, name))
            for name, value in payload.items()
        }
    if isinstance(payload, (list, tuple)) and branches:
        return [_mask(value, branches) for value in payload]
    return payload if any(None in branch for branch in branches) else MASK


def _below(branches: list[dict], name) -> list[dict]:
    names = (name, _ANY) if isinstance(name, str) else (_ANY,)
    return [branch[key] for branch in branches for key in names if key in branch]


_SENSITIVE = (
    r"authorization|proxy-authorization|cookie|x-api-key|api[-_]?key|apikey|passw(?:or)?d"
    r"|passphrase|secret|client[-_]secret|token|access[-_]token|licen[cs]e[-_ ]?key"
)
_PATTERNS = (
    # name: value, name=value, "name": "value", with or without Basic or Bearer
    (
        re.compile(
            rf"(?i)\b({_SENSITIVE})(\W{{0,3}}\s*[:=]\s*)"
            r"(?:\"[^\"]*\"|'[^']*'|(?:basic |bearer )?[^\s\"',;&}]+)"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"(?i)\b(basic|bearer)\s+[a-z0-9+/=._~-]{8,}"), rf"\1 {MASK}"),
    # user:password@ in an address
    (re.compile(r"(://)[^/\s:@]+:[^/\s@]+@"), rf"\1{MASK}@"),
    # Fernet tokens, web tokens, private keys
    (re.compile(r"\bgAAAA[\w-]{20,}={0,2}"), MASK),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), MASK),
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]+-----|\Z)",
            re.DOTALL,
        ),
        MASK,
    ),
)
_SHORTEST_SECRET = 4


class RedactingFilter(logging.Filter):
    """Takes secrets out of log records: known ones, and what looks like one.

    A safety net below code that should not log secrets in the first place.
    """

    def __init__(self, secrets: Iterable[str] = ()):
        super().__init__()
        self._secrets = sorted(
            {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET},
            key=len,
            reverse=True,
        )

    def redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.redact(record.exc_text)
        return True
