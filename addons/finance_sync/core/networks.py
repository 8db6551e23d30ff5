"""Networks that an external system may call from."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from .errors import ConfigurationError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_NETWORKS = 200
_SEPARATORS = re.compile(r"[\s,;]+")
_COMMENT = re.compile(r"#[^\n]*")


def parse_networks(text: str | None) -> tuple[Network, ...]:
    """``192.0.2.0/24, 2001:db8::/32``; single addresses, ``#`` comments, line breaks.

    :raises ConfigurationError: not a network, one with host bits, or too many
    """
    bare = _COMMENT.sub(" ", text or "")
    words = [word for word in _SEPARATORS.split(bare) if word]
    if len(words) > MOST_NETWORKS:
        raise ConfigurationError(
            f"Name at most {MOST_NETWORKS} networks.", code="bad_network"
        )
    return tuple(_network(word) for word in words)


def _network(word: str) -> Network:
    try:
        return ipaddress.ip_network(word)
    except ValueError:
        raise ConfigurationError(
            f"“{word[:60]}” is no network. Write 192.0.2.7, 192.0.2.0/24 or "
            "2001:db8::/32.",
            code="bad_network",
        ) from None


def is_within(address: str | None, networks: Sequence[Network]) -> bool:
    """True if the address lies in one of them. What is no address never does.

    An IPv4 address that a dual-stack socket shows as ``::ffff:192.0.2.7`` counts as
    the IPv4 address that it is.
    """
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip.version == each.version and ip in each for each in networks)
