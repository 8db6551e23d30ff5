"""Addresses and headers: what may go on the wire."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, urlsplit

from .errors import ConfigurationError, RejectedError

_BLANK_OR_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def check_base_url(base_url: str) -> SplitResult:
    """The parts of a connection's base URL.

    :raises ConfigurationError: not https (plain http is for this machine itself
        only), or with user-info, query, fragment, blanks or no host
    """
    try:
        parts = urlsplit(base_url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), None
    if not host or _BLANK_OR_CONTROL.search(base_url):
        raise _bad_url("The base URL is not a valid address.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise _bad_url(
            "The base URL must start with https:// "
            "(plain http is only for a service on this very machine)."
        )
    if "@" in parts.netloc:
        raise _bad_url(
            "The base URL must not contain a user or password; use the credentials."
        )
    if "?" in base_url or "#" in base_url:
        raise _bad_url("The base URL must not contain a query or a fragment.")
    if ".." in parts.path.split("/"):
        raise _bad_url("The base URL must not contain “..”.")
    return parts


def _bad_url(message: str) -> ConfigurationError:
    return ConfigurationError(message, code="bad_url")


def is_loopback(host: str) -> bool:
    """True for localhost and for addresses that never leave this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def expand_path(template: str, segments: Mapping[str, object] | None) -> str:
    """``/companies/{company}`` with each ``{name}`` escaped as one segment.

    :raises RejectedError: a value that cannot be part of an address
    :raises ValueError: the template is no path below the base URL
    """
    values = {name: _segment(name, value) for name, value in (segments or {}).items()}
    path = _PLACEHOLDER.sub(lambda match: values[match[1]], template)
    bare = path.split("/")
    if path and (not path.startswith("/") or path.startswith("//")):
        raise ValueError(f"Not a path below the base URL: {template!r}")
    if _BLANK_OR_CONTROL.search(path) or ".." in bare or "." in bare:
        raise ValueError(f"Not a path below the base URL: {template!r}")
    if "?" in path or "#" in path:
        raise ValueError(f"A query goes into params: {template!r}")
    return path


def _segment(name: str, value) -> str:
    text = str(value)
    # Servers and libraries resolve these, however they are escaped.
    if text in ("", ".", ".."):
        raise RejectedError(
            f"The {name.replace('_', ' ')} “{text}” cannot be part of an address.",
            code="bad_path",
        )
    return quote(text, safe="")


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The same headers, if none smuggles in another one.

    The message names the header and never its value, which may be a secret.

    :raises ConfigurationError: a line break, a control character, or a character
        that headers cannot carry
    """
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise ConfigurationError(
                "A header has a malformed name.", code="bad_header"
            )
        if name.lower() in _OURS:
            raise ConfigurationError(
                f"The header {name} cannot be set.", code="bad_header"
            )
        if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise ConfigurationError(
                f"The header {name} contains a character that is not allowed there; "
                "look for a line break in the setting it comes from.",
                code="bad_header",
            )
    return dict(headers)
