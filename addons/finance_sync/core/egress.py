"""Where webhooks of ours may go: nowhere inside, unless the administrator says so.

An address that somebody typed in must not reach what only this server can reach. Names
are resolved once per connection, the addresses are judged, and the connection is made
to one of those very addresses: a name that changes its mind in between (DNS rebinding)
gains nothing. The name itself still is what the certificate must be for.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .errors import ConfigurationError, TransientError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IPv6 addresses that carry an IPv4 address which packets end up at.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Of protocols, not of hosts; Python's versions disagree on whether they are global.
_PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")


@dataclass(frozen=True)
class Egress:
    """``allowed``: networks inside that are meant. ``resolve``: as ``getaddrinfo``."""

    allowed: tuple[Network, ...] = ()
    resolve: Callable = socket.getaddrinfo

    def addresses(self, host: str, port: int) -> list[tuple[int, tuple]]:
        """(family, socket address) of all that may be connected to, in DNS' order.

        :raises ConfigurationError: there are addresses, none of which is allowed
        :raises TransientError: the name has no address just now
        """
        try:
            found = self.resolve(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise TransientError(
                "The receiver's name cannot be resolved.", code="connection"
            ) from None
        good = [
            (family, address)
            for family, _kind, _protocol, _name, address in found
            if self.is_allowed(address[0])
        ]
        if found and not good:
            raise ConfigurationError(
                "The receiver's address is inside a private network. If that is meant, "
                "list the network as webhook_networks in [finance_sync] of odoo.conf.",
                code="forbidden_address",
            )
        return good

    def is_allowed(self, text: str) -> bool:
        """Whether packets to this address go outside, or where we may go inside."""
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        real = [address, *_carried(address)]
        if any(each in network for network in self.allowed for each in real):
            return True
        return all(
            each.is_global
            and not each.is_multicast
            and not each.is_reserved
            and each not in _PROTOCOLS
            for each in real
        )

    def connect(self, host: str, port: int, timeout: float | None) -> socket.socket:
        """A TCP connection to the first allowed address that answers.

        :raises OSError: none answers, or not in time; and as ``addresses``
        """
        failure: OSError = ConnectionError("no address")
        for family, address in self.addresses(host, port):
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(timeout)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.connect(address)
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure


def _carried(address: Address) -> Iterable[Address]:
    """IPv4 addresses inside an IPv6 one: 6to4, Teredo, NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    inside = [address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in inside if each is not None]


def networks(text: str) -> tuple[Network, ...]:
    """``10.1.0.0/16, fd00::/8`` as networks.

    :raises ConfigurationError: one of them is none
    """
    try:
        return tuple(
            ipaddress.ip_network(part.strip())
            for part in text.split(",")
            if part.strip()
        )
    except ValueError as error:
        raise ConfigurationError(
            f"webhook_networks in [finance_sync] of odoo.conf: {error}.",
            code="bad_network",
        ) from None
