"""Events by webhook: one signed POST each, as Standard Webhooks 1.0.0 have it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from ..core.errors import ConfigurationError, ProviderError
from ..core.publishers import STANDARD, Envelope, Outcome
from ..core.transport import HttpTransport
from ..core.webhook_signing import signed_headers


class WebhookPublisher:
    """Any 2xx answer within the time limits confirms; everything else fails.

    :param transport: to the receiver's address, with an ``Egress``
    :param secrets: newest first; each signs
    :param clock: seconds since the epoch
    """

    # What was sent and not yet marked is sent again after a crash.
    batch_size = 1
    schedule = STANDARD

    def __init__(
        self,
        transport: HttpTransport,
        secrets: Sequence[str],
        clock: Callable[[], float] = time.time,
    ):
        self._transport, self._clock = transport, clock
        self._secrets = tuple(secrets)

    def publish(self, batch: Sequence[Envelope]) -> Iterator[Outcome]:
        """See ``Publisher``. Redirects are refused by the transport."""
        for envelope in batch:
            outcome = self._send(envelope)
            yield outcome
            if outcome.error:
                return

    def _send(self, envelope: Envelope) -> Outcome:
        started = time.monotonic()
        try:
            status, error = self._post(envelope), None
        except ProviderError as refusal:
            status, error = refusal.status, refusal
        elapsed = int((time.monotonic() - started) * 1000)
        return Outcome(envelope.id, elapsed, status, error)

    def _post(self, envelope: Envelope) -> int:
        if not self._secrets:
            raise ConfigurationError(
                "There is no secret to sign with: press New Secret.", code="no_secret"
            )
        # Each attempt is signed anew: receivers refuse what is older than minutes.
        signed = signed_headers(
            envelope.id, int(self._clock()), envelope.body, self._secrets
        )
        answer = self._transport.post(
            "",
            data=envelope.body,
            headers={"Content-Type": envelope.content_type, **signed},
        )
        return answer.status

    def close(self) -> None:
        self._transport.close()
