"""A provider that keeps what it is sent under its key, or one that does nothing."""

from odoo.addons.finance_sync.core.errors import RejectedError
from odoo.addons.finance_sync.core.registry import Resolution, register
from odoo.addons.finance_sync.providers.generic import Ping


@register("probe", "probe")
class ProbeAdapter:
    """Without a transport it answers at once."""

    operations = {
        "probe.one": Resolution.LOOKUP,
        "probe.many": Resolution.LOOKUP,
    }

    def __init__(self, transport, config):
        self._transport = transport

    def ping(self):
        """:raises ProviderError: not there"""
        if self._transport is not None:
            self._transport.get("")
        return Ping(True, True, "There.")

    def send(self, key, request):
        """Once more under the same key is another effect: nothing is deduped."""
        if self._transport is None:
            return {}
        return self._transport.post(
            "/kept/{key}", segments={"key": key}, json=request, key=key
        ).json()

    def find(self, key):
        """What is kept under the key, or None."""
        if self._transport is None:
            return None
        try:
            answer = self._transport.get("/kept/{key}", segments={"key": key})
        except RejectedError as error:
            if error.status == 404:
                return None
            raise
        return answer.json()
