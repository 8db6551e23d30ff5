"""Ed25519 signatures over canonical JSON, with a key from outside the database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from .canonical import canonical_json
from .errors import ConfigurationError

ALGORITHM = "Ed25519"
HOW_TO = (
    "Make a key with: python3 -c "
    '"import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())" '
    "and put it into odoo.conf as “signing_key = …” in the section [finance_sync], or "
    "into the environment variable FINANCE_SYNC_SIGNING_KEY. Keep a copy of its public "
    "key away from this server."
)
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


class MissingSigningKeyError(ConfigurationError):
    """There is no key to sign with, or it is malformed."""


class SignatureError(ValueError):
    """The document was not signed by a trusted key, or changed since."""


def generate_key() -> str:
    """A new random private key, as text."""
    return _text(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.Raw,
            serialization.PrivateFormat.Raw,
            serialization.NoEncryption(),
        )
    )


class SigningKey:
    """A private key. Its text is 32 bytes in URL-safe base 64."""

    def __init__(self, text: str):
        """:raises MissingSigningKeyError: empty or malformed; says how to make one"""
        text = (text or "").strip()
        if not text:
            raise MissingSigningKeyError(
                f"There is no key to sign with. {HOW_TO}", code="no_signing_key"
            )
        if not _KEY.fullmatch(text):
            raise MissingSigningKeyError(
                f"The signing key is malformed. {HOW_TO}", code="bad_signing_key"
            )
        self._key = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(text))

    def __repr__(self) -> str:
        return f"<SigningKey {self.public}>"

    @property
    def public(self) -> str:
        """The public key, as text of the same form."""
        return _text(
            self._key.public_key().public_bytes(
                serialization.Encoding.Raw, serialization.PublicFormat.Raw
            )
        )

    def sign(self, data: bytes) -> str:
        return _text(self._key.sign(data))

    def sign_document(self, body: Mapping) -> dict:
        """``body`` with a signature beside it; verify with ``verify_document``."""
        return {
            "body": dict(body),
            "signature": {
                "algorithm": ALGORITHM,
                "public_key": self.public,
                "value": self.sign(canonical_json(body).encode()),
            },
        }


def verify(public: str, signature: str, data: bytes) -> bool:
    """Was ``data`` signed by the owner of ``public``? Malformed counts as no."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(public))
        key.verify(base64.urlsafe_b64decode(signature), data)
    except (InvalidSignature, ValueError, TypeError, binascii.Error):
        return False
    return True


def verify_document(document, trusted: Iterable[str]) -> dict:
    """The body of a document that ``sign_document`` made.

    :param trusted: public keys whose signature counts
    :raises SignatureError: malformed, not signed by one of them, or changed since
    """
    try:
        body, signature = document["body"], document["signature"]
        algorithm = signature["algorithm"]
        public, value = signature["public_key"], signature["value"]
    except (KeyError, TypeError) as error:
        raise SignatureError("This is no signed document.") from error
    if algorithm != ALGORITHM or not isinstance(body, dict):
        raise SignatureError("This is no signed document.")
    if public not in set(trusted):
        raise SignatureError(
            f"It was signed by the key {fingerprint(str(public))}, which is not "
            "trusted here. If it should be, add it to trusted_keys in [finance_sync]."
        )
    if not verify(public, value, canonical_json(body).encode()):
        raise SignatureError("The signature does not fit: the document was changed.")
    return body


def fingerprint(public: str) -> str:
    """A short name for a public key, to be compared by eye."""
    return hashlib.sha256(public.encode()).hexdigest()[:16]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
