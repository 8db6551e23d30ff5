"""Where an SFTP server is, who logs in, and which key it has."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from .errors import ConfigurationError

SCHEME = "sftp"
DEFAULT_PORT = 22
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
_BLANK_OR_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True)
class Address:
    """``folder``: as the server calls it; ``.`` is where a login begins."""

    host: str
    port: int
    user: str
    folder: str


def parse_address(url: str, user: str = "") -> Address:
    """The parts of ``sftp://user@host:port/folder``.

    :param user: who logs in, whoever the address names
    :raises ConfigurationError: another scheme, a password, a query, blanks, no host
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme != SCHEME or _BLANK_OR_CONTROL.search(url):
        raise _bad_address("The address reads sftp://user@host:port/folder.")
    if parts.password is not None:
        raise _bad_address("The address must not contain a password.")
    if "?" in url or "#" in url:
        raise _bad_address("The address must not contain a query or a fragment.")
    folder = unquote(parts.path)
    if ".." in folder.split("/"):
        raise _bad_address("The address must not contain “..”.")
    name = user or unquote(parts.username or "")
    if not name:
        raise _bad_address("Name the user to log in with.")
    folder = posixpath.normpath(folder) if folder else "."
    return Address(host, port or DEFAULT_PORT, name, folder)


def _bad_address(message: str) -> ConfigurationError:
    return ConfigurationError(message, code="bad_address")


def pinned_keys(text: str) -> frozenset[str]:
    """Fingerprints as ``ssh-keygen -l`` shows them, separated by blanks or commas.

    :raises ConfigurationError: one of them is none
    """
    found = [part for part in re.split(r"[\s,;]+", text or "") if part]
    for part in found:
        if not _FINGERPRINT.fullmatch(part):
            raise ConfigurationError(
                "A host key is entered as its fingerprint: SHA256: and 43 characters.",
                code="bad_host_key",
            )
    return frozenset(part.rstrip("=") for part in found)
