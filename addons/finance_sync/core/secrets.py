"""Secrets: encrypted at rest with keys from outside the database, or referenced."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from .errors import ConfigurationError

HOW_TO = (
    'Make a key with: python3 -c "from cryptography.fernet import Fernet; '
    'print(Fernet.generate_key().decode())" and put it into odoo.conf as '
    "“keys = …” in the section [finance_sync], or into the environment variable "
    "FINANCE_SYNC_KEYS."
)
# Whoever may set up a connection must not be able to send any file or variable of the
# server to an address of their choice: only these are served.
ENV_PREFIX = "FINANCE_SYNC_SECRET_"
SECRET_FOLDERS = ("/run/secrets", "/etc/finance_sync/secrets")
PATH_VARIABLE = "FINANCE_SYNC_SECRETS_PATH"
_LARGEST_FILE = 65536
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class MissingKeyError(ConfigurationError):
    """There is no key, or not the right one, to encrypt or decrypt with."""


def generate_key() -> str:
    """A new random key, as text."""
    return Fernet.generate_key().decode()


class SecretBox:
    """Encrypts and decrypts text. Keys newest first; old ones still decrypt."""

    def __init__(self, keys: Sequence[str]):
        """No keys at all is allowed until something has to be encrypted.

        :raises MissingKeyError: a key is malformed
        """
        self._keys = tuple(key.strip() for key in keys if key.strip())
        self._fernets = [_fernet(key) for key in self._keys]

    def __bool__(self) -> bool:
        return bool(self._fernets)

    def __repr__(self) -> str:
        return f"<SecretBox with {len(self._fernets)} keys>"

    def encrypt(self, text: str) -> str:
        """:raises MissingKeyError: no key; the message says how to make one"""
        return self._box().encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """:raises MissingKeyError: no key, or none of them made this token"""
        return self._try(self._box().decrypt, token)

    def rotate(self, token: str) -> str:
        """The same secret under the newest key.

        :raises MissingKeyError: no key, or none of them made this token
        """
        return self._try(self._box().rotate, token)

    def newest(self) -> SecretBox:
        """A box with the newest key alone: what it reads is under that key."""
        return SecretBox(self._keys[:1])

    def reads(self, token: str) -> bool:
        """True if one of the keys made this token."""
        try:
            self.decrypt(token)
        except MissingKeyError:
            return False
        return True

    def _box(self) -> MultiFernet:
        if not self._fernets:
            raise MissingKeyError(
                f"There is no key to protect secrets with. {HOW_TO}", code="no_key"
            )
        return MultiFernet(self._fernets)

    @staticmethod
    def _try(method, token: str) -> str:
        try:
            return method(token.encode()).decode()
        except InvalidToken:
            raise MissingKeyError(
                "A secret cannot be read: it was altered, or the key that protected "
                "it is no longer among the keys in [finance_sync]. Put that key back "
                "behind the newest one, or enter the secret again.",
                code="wrong_key",
            ) from None


def _fernet(key: str) -> Fernet:
    # The library ignores what follows the padding, such as a second key behind a
    # forgotten comma.
    if not _KEY.fullmatch(key.strip()):
        raise MissingKeyError(
            f"A key in [finance_sync] is malformed. {HOW_TO}", code="bad_key"
        )
    return Fernet(key.strip().encode())


def resolve_reference(reference: str, folders: Sequence[str] = ()) -> str:
    """The secret behind ``env:NAME`` or ``file:/path``.

    Variables have to start with FINANCE_SYNC_SECRET_. Files have to lie below
    /run/secrets, /etc/finance_sync/secrets, ``folders``, or those that the variable
    FINANCE_SYNC_SECRETS_PATH lists (separated by colons). A line break at the end
    of a file does not count.

    :raises ConfigurationError: malformed, not served, missing, or empty
    """
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        secret = _from_environment(name)
    elif scheme == "file":
        secret = _from_file(name, folders)
    else:
        raise ConfigurationError(
            "A secret reference reads env:NAME or file:/path.", code="bad_reference"
        )
    if not secret:
        raise ConfigurationError(
            f"The secret {reference} is missing or empty.", code="empty_reference"
        )
    return secret


def _from_environment(name: str) -> str:
    if not _ENV_NAME.fullmatch(name) or not name.startswith(ENV_PREFIX):
        raise ConfigurationError(
            f"The name of a secret's environment variable starts with {ENV_PREFIX}.",
            code="bad_reference",
        )
    return os.environ.get(name, "")


def served_path(reference: str, folders: Sequence[str] = ()) -> Path:
    """The file behind ``file:/path`` or ``/path``, if it may be used; links followed.

    For what a library reads by itself, as certificates. See ``resolve_reference``.

    :raises ConfigurationError: malformed, not served, or missing
    """
    path = _served(reference.removeprefix("file:"), folders)
    if not path.is_file():
        raise ConfigurationError(
            f"The file {reference.removeprefix('file:')} is missing.",
            code="empty_reference",
        )
    return path


def _from_file(name: str, folders: Sequence[str]) -> str:
    return _read(_served(name, folders), name)


def _served(name: str, folders: Sequence[str]) -> Path:
    if "\0" in name or not name.startswith("/"):
        raise ConfigurationError(
            "A secret file is named by its full path.", code="bad_reference"
        )
    path = Path(os.path.realpath(name))
    extra = os.environ.get(PATH_VARIABLE, "").split(":")
    served = [*SECRET_FOLDERS, *folders, *filter(None, extra)]
    if not any(path.is_relative_to(os.path.realpath(folder)) for folder in served):
        raise ConfigurationError(
            "Secret files lie in one of these folders: " + ", ".join(served),
            code="bad_reference",
        )
    return path


def _read(path: Path, name: str) -> str:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_FILE:
            return ""
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            f"The secret file {name} cannot be read.", code="unreadable_reference"
        ) from None
