"""Any system behind HTTP: enough to see that it is there, or to receive from it."""

from dataclasses import dataclass

from ..core.errors import ConfigurationError
from ..core.registry import Resolution, register


@dataclass(frozen=True)
class Ping:
    ok: bool
    authenticated: bool
    message: str


@register("generic", "generic")
class GenericAdapter:
    """Reads the base URL. What a system sends to us needs no adapter at all."""

    operations = {"connection.ping": Resolution.READ}

    def __init__(self, transport, config):
        self._transport = transport

    def ping(self):
        """:raises ProviderError: not there, or it does not know us"""
        if self._transport is None:
            raise ConfigurationError("Enter the base URL first.", code="no_url")
        answer = self._transport.get("")
        return Ping(True, True, f"The other side answers (HTTP {answer.status}).")
