"""What a verified webhook says: its number, version, kind, and what to do with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from . import canonical
from .errors import ContractError
from .idempotency import LONGEST_KEY, is_valid_key
from .webhook_signing import Incoming

LONGEST_ID = 128
IGNORE = "-"
_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,4})\]")
_PATH = re.compile(
    r"(?:\$\.)?[^.\[\]\s]+(?:\[\d{1,4}\])*(?:\.[^.\[\]\s]+(?:\[\d{1,4}\])*)*"
)
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Rule:
    """Messages whose kind matches ``pattern`` (``invoice.*``) are this operation.

    An ``operation`` of “-” is taken note of and dropped. The sources win over those
    of the whole endpoint where they are given.
    """

    pattern: str
    operation: str
    id_source: str = ""
    version_source: str = ""


@dataclass(frozen=True)
class Message:
    """``operation`` is empty where no rule matches the ``kind``."""

    kind: str
    operation: str
    external_id: str
    version: str
    payload: dict


def check_source(text: str) -> None:
    """:raises ValueError: neither ``header:name`` nor ``json:a.b[0]`` nor ``body``"""
    where, _, name = text.partition(":")
    good = {
        "header": bool(_HEADER.fullmatch(name)),
        "json": bool(_PATH.fullmatch(name)),
        "body": text == "body",
        "text": bool(name),
    }
    if not good.get(where):
        raise ValueError(
            f"“{text}” is no source. Write header:Name, json:data.object.id or body."
        )


def read(source: str, incoming: Incoming, payload) -> str:
    """What ``source`` names in this message; empty if it is not there.

    ``body`` is the digest of the whole message: the same message, the same number.
    """
    where, _, name = source.partition(":")
    if where == "header":
        return incoming.header(name.lower()).strip()
    if where == "json":
        return _text(lookup(payload, name))
    if where == "text":
        return name
    return hashlib.sha256(incoming.body).hexdigest()


def lookup(value, path: str):
    """The value at ``data.lines[0].id``; None if it is not there."""
    for name, index in _STEP.findall(path.removeprefix("$.")):
        if index:
            known = isinstance(value, list) and int(index) < len(value)
            value = value[int(index)] if known else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value).strip()


def parse(
    incoming: Incoming,
    rules: Sequence[Rule],
    *,
    type_source: str,
    id_source: str,
    version_source: str,
) -> Message:
    """Read a verified message; the first rule that matches its kind decides.

    :raises ContractError: no JSON object, or without a usable number
    """
    payload = canonical.loads(incoming.body)
    if not isinstance(payload, dict):
        raise ContractError("The message must be a JSON object.", code="not_an_object")
    kind = read(type_source, incoming, payload)
    rule = next((r for r in rules if fnmatchcase(kind, r.pattern)), None)
    number = read(
        rule.id_source if rule and rule.id_source else id_source, incoming, payload
    )
    version = read(
        (rule and rule.version_source) or version_source or "text:1", incoming, payload
    )
    return Message(
        kind=kind[:LONGEST_ID],
        operation=rule.operation if rule else "",
        external_id=identifier(number, "number"),
        version=identifier(version or "1", "version"),
        payload=payload,
    )


def identifier(text: str, what: str) -> str:
    """:raises ContractError: not 1 to 128 printable characters"""
    if not text or len(text) > LONGEST_ID or not text.isprintable():
        raise ContractError(
            f"The message's {what} is missing, or not 1 to {LONGEST_ID} printable "
            "characters.",
            code="bad_identifier",
        )
    return text


def message_key(key: str, operation: str, external_id: str, version: str) -> str:
    """The idempotency key of an inbound message: however it comes, it is one."""
    readable = f"in:{key}:{operation}:{external_id}:{version}"
    if len(readable) <= LONGEST_KEY and is_valid_key(readable):
        return readable
    return f"in:{canonical.digest([key, operation, external_id, version])}"


def route(payload: Mapping, companies: Sequence[int], by_code: Mapping[str, int]):
    """The company that a message is for; None if it does not say clearly.

    :param companies: ids of those that the connection serves
    :param by_code: the sender's code → company id
    """
    code = payload.get("company")
    if code:
        return by_code.get(str(code))
    return companies[0] if len(companies) == 1 else None
