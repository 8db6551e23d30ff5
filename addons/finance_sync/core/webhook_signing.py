"""Who sent this? Signatures of webhooks, over the raw bytes as they came.

Standard Webhooks 1.0.0 (https://www.standardwebhooks.com) is ours, in and out. The
other platforms' ways are small classes below, registered by code.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random_bytes
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .errors import ConfigurationError

TOLERANCE = 300.0
PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
MOST_SIGNATURES = 16
_ID = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,128}")
_SECONDS = re.compile(r"[0-9]{1,12}")


class SignatureError(Exception):
    """Not from whom it says, altered, or too old. Never say which to the sender.

    ``reason`` is for our own people: missing, malformed, stale or mismatch.
    """

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Incoming:
    """A request as it came. Names of ``headers`` are in lower case."""

    body: bytes
    headers: Mapping[str, str]

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


class Scheme(Protocol):
    """How one platform signs.

    ``id_source``, ``type_source``: where its messages carry their number and their
    kind, in the notation of ``inbound.source``. What a signature does not cover must
    not name the message: whoever caught one could send it again under a new number.
    """

    label: str
    id_source: str
    type_source: str

    def check_secret(self, secret: str) -> None:
        """:raises ConfigurationError: not usable; the message says why"""

    def verify(self, incoming: Incoming, secrets: Sequence[str], now: float) -> None:
        """:raises SignatureError: none of the secrets made this, or too long ago"""


_schemes: dict[str, Scheme] = {}


def register(code: str, scheme: Scheme) -> None:
    """Make a scheme known under ``code``; a later one replaces an earlier one."""
    _schemes[code] = scheme


def scheme(code: str) -> Scheme:
    """:raises ConfigurationError: unknown"""
    try:
        return _schemes[code]
    except KeyError:
        raise ConfigurationError(
            f"Nobody knows how “{code}” signs.", code="no_scheme"
        ) from None


def schemes() -> dict[str, str]:
    """Code → label, the standard first."""
    return {code: each.label for code, each in _schemes.items()}


def generate_secret() -> str:
    """A new secret, as Standard Webhooks write them."""
    return PREFIX + base64.b64encode(random_bytes.token_bytes(32)).decode()


def standard_key(secret: str) -> bytes:
    """The bytes behind ``whsec_…``.

    :raises ConfigurationError: no base64, or not 24 to 64 bytes
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not SHORTEST <= len(key) <= LONGEST:
        raise ConfigurationError(
            f"A secret is {PREFIX} and then {SHORTEST} to {LONGEST} bytes as base64.",
            code="bad_secret",
        )
    return key


def sign(message_id: str, timestamp: int, body: bytes, secrets: Iterable[str]) -> str:
    """The header ``webhook-signature``: one signature per secret, newest first."""
    content = _signed(message_id, str(timestamp), body)
    keys = [standard_key(secret) for secret in secrets]
    return " ".join(f"v1,{_base64(_digest(key, content))}" for key in keys)


def signed_headers(
    message_id: str, timestamp: int, body: bytes, secrets: Iterable[str]
) -> dict[str, str]:
    """The three headers of a message that we send."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(message_id, timestamp, body, secrets),
    }


class StandardWebhooks:
    """``webhook-signature: v1,<base64> v1,<base64>`` over ``id.timestamp.body``."""

    label = "Standard Webhooks"
    id_source = "header:webhook-id"
    type_source = "json:type"

    def check_secret(self, secret: str) -> None:
        standard_key(secret)

    def verify(self, incoming: Incoming, secrets: Sequence[str], now: float) -> None:
        message_id = incoming.header("webhook-id")
        timestamp = incoming.header("webhook-timestamp")
        given = [
            signature
            for version, _, signature in (
                part.partition(",")
                for part in incoming.header("webhook-signature").split(" ")
            )
            if version == "v1"
        ]
        content = _signed(message_id, timestamp, incoming.body)
        matches = _any_match(
            given, [_base64(_digest(standard_key(s), content)) for s in secrets]
        )
        _check_id(message_id)
        _check_age(timestamp, now)
        _check(given, matches)


class StripeWebhooks:
    """``Stripe-Signature: t=…,v1=<hex>,v1=<hex>`` over ``t.body``.

    Source: https://docs.stripe.com/webhooks#verify-manually
    """

    label = "Stripe"
    id_source = "json:id"
    type_source = "json:type"

    def check_secret(self, secret: str) -> None:
        _check_plain(secret)

    def verify(self, incoming: Incoming, secrets: Sequence[str], now: float) -> None:
        pairs = [
            part.strip().partition("=")
            for part in incoming.header("stripe-signature").split(",")
        ]
        timestamp = next((value for name, _, value in pairs if name == "t"), "")
        given = [value for name, _, value in pairs if name == "v1"]
        content = timestamp.encode() + b"." + incoming.body
        matches = _any_match(
            given, [_digest(secret.encode(), content).hex() for secret in secrets]
        )
        _check_age(timestamp, now)
        _check(given, matches)


@dataclass(frozen=True)
class HeaderSignature:
    """An HMAC-SHA256 of the body alone in one header.

    Nothing in it tells when it was made, so that only the number of a message keeps
    it from counting twice: it is taken from the body, which is signed.
    """

    label: str
    name: str
    encode: Callable[[bytes], str]
    type_source: str
    prefix: str = ""
    id_source: str = "body"

    def check_secret(self, secret: str) -> None:
        _check_plain(secret)

    def verify(self, incoming: Incoming, secrets: Sequence[str], now: float) -> None:
        given = [incoming.header(self.name)] if incoming.header(self.name) else []
        made = [
            self.prefix + self.encode(_digest(secret.encode(), incoming.body))
            for secret in secrets
        ]
        _check(given, _any_match(given, made))


def _signed(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def _digest(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha256)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _any_match(given: list[str], made: list[str]) -> bool:
    """Whether one of the first is one of the second; takes as long either way."""
    found = False
    for theirs in given[:MOST_SIGNATURES]:
        for ours in made:
            found |= hmac.compare_digest(theirs.encode(), ours.encode())
    return found


def _check(given: list[str], matches: bool) -> None:
    if not given:
        raise SignatureError("missing")
    if not matches:
        raise SignatureError("mismatch")


def _check_id(message_id: str) -> None:
    # A dot would let the end of the id pass for the beginning of the timestamp.
    if not _ID.fullmatch(message_id):
        raise SignatureError("malformed" if message_id else "missing")


def _check_age(timestamp: str, now: float) -> None:
    if not _SECONDS.fullmatch(timestamp):
        raise SignatureError("malformed" if timestamp else "missing")
    if abs(now - int(timestamp)) > TOLERANCE:
        raise SignatureError("stale")


def _check_plain(secret: str) -> None:
    if len(secret) < SHORTEST // 2 or not secret.isprintable():
        raise ConfigurationError(
            "The secret is too short, or contains characters that cannot be seen.",
            code="bad_secret",
        )


register("standard", StandardWebhooks())
register("stripe", StripeWebhooks())
# Source: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
register(
    "github",
    HeaderSignature(
        "GitHub (X-Hub-Signature-256)",
        "x-hub-signature-256",
        bytes.hex,
        type_source="header:x-github-event",
        prefix="sha256=",
    ),
)
# Source: https://shopify.dev/docs/apps/build/webhooks/subscribe/https
register(
    "shopify",
    HeaderSignature(
        "Shopify (X-Shopify-Hmac-Sha256)",
        "x-shopify-hmac-sha256",
        _base64,
        type_source="header:x-shopify-topic",
    ),
)
# Source: https://developer.bill.com/docs/webhooks
register(
    "bill",
    HeaderSignature(
        "BILL (x-bill-sha-signature)",
        "x-bill-sha-signature",
        _base64,
        type_source="json:metadata.eventType",
    ),
)
