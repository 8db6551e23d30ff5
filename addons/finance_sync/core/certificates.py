"""Client certificates: until when they are valid, and whether the key is theirs."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from .errors import ConfigurationError

_PEM = re.compile(
    rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)


def expires_on(pem: bytes) -> date:
    """The last day (UTC) on which every certificate of the chain is valid.

    :raises ConfigurationError: there is no certificate in it
    """
    return min(_end(certificate) for certificate in _certificates(pem)).date()


def check_pair(certificate: bytes, key: bytes) -> None:
    """Check that the private key belongs to the first certificate.

    :raises ConfigurationError: it does not, is encrypted, or is no key
    """
    try:
        own = load_pem_private_key(key, password=None).public_key()
    except TypeError:
        raise _bad(
            "The client key is protected by a password. Store it without one."
        ) from None
    except ValueError:
        raise _bad("The file of the client key holds no private key.") from None
    if _bytes(own) != _bytes(_certificates(certificate)[0].public_key()):
        raise _bad("The client key does not belong to the client certificate.")


def _certificates(pem: bytes) -> list[x509.Certificate]:
    try:
        found = [x509.load_pem_x509_certificate(part) for part in _PEM.findall(pem)]
    except ValueError:
        found = []
    if not found:
        raise _bad("The file of the client certificate holds no certificate.")
    return found


def _end(certificate: x509.Certificate) -> datetime:
    # Older releases of the library know the naive form only.
    end = getattr(certificate, "not_valid_after_utc", None)
    return end or certificate.not_valid_after.replace(tzinfo=timezone.utc)


def _bytes(key) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _bad(message: str) -> ConfigurationError:
    return ConfigurationError(message, code="bad_certificate")
