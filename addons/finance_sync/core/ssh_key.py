"""Private keys as people paste them."""

from __future__ import annotations

import io
import re
import textwrap

import paramiko

from .errors import ConfigurationError

_ARMOUR = re.compile(
    r"\s*-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY)-----(.*)-----END \1-----\s*", re.DOTALL
)
_BODY = re.compile(r"[A-Za-z0-9+/=\s]+")
_WIDTH = 64
_LOCKED = "The private key has a passphrase. Enter one without: it is stored encrypted."
_UNREADABLE = (
    "The private key cannot be read: Ed25519, ECDSA and RSA keys of OpenSSH can."
)
_KINDS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


def load_key(secret: str) -> paramiko.PKey | None:
    """The key that a secret is; None if it is none, and so a password.

    A box for passwords drops line breaks: they are put back where they were.

    :raises ConfigurationError: a key, but no private one that can be used as it is
    """
    if "-----BEGIN" not in secret:
        return None
    armour = _ARMOUR.fullmatch(secret)
    if not armour:
        raise _bad("The secret begins as a private key does, and is none.")
    kind, body = armour.groups()
    if "ENCRYPTED" in kind + body:
        raise _bad(_LOCKED)
    if not _BODY.fullmatch(body):
        raise _bad(_UNREADABLE)
    body = "\n".join(textwrap.wrap("".join(body.split()), _WIDTH))
    text = f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"
    for candidate in _KINDS:
        try:
            return candidate.from_private_key(io.StringIO(text))
        except paramiko.PasswordRequiredException:
            raise _bad(_LOCKED) from None
        # What is no key of this kind may be one of the next; and no text of a secret
        # gets into an error.
        except (paramiko.SSHException, ValueError, TypeError, IndexError):
            continue
    raise _bad(_UNREADABLE)


def _bad(message: str) -> ConfigurationError:
    return ConfigurationError(message, code="bad_key")
