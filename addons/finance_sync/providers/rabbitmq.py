"""Events to RabbitMQ: persistent messages, each confirmed by the broker.

Source: https://www.rabbitmq.com/docs/confirms, https://pika.readthedocs.io
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pika
from pika.exceptions import (
    AMQPConnectionError,
    AMQPError,
    ChannelClosedByBroker,
    NackError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    UnroutableError,
)

from ..core.egress import Egress
from ..core.errors import (
    ConfigurationError,
    ProviderError,
    RejectedError,
    TransientError,
)
from ..core.publishers import BROKER, UNROUTABLE, Envelope, Outcome

_PERSISTENT = 2
_HEARTBEAT = 30


@dataclass(frozen=True)
class Broker:
    """Where and how. ``authorities``: path of what to trust; None: the system's.

    ``declare``: make the exchange (topic, durable) where it is missing. ``routed``: a
    message that no queue takes is an error.
    """

    host: str
    port: int
    virtual_host: str
    exchange: str
    user: str
    password: str = field(repr=False)
    tls: bool = True
    authorities: str | None = None
    declare: bool = False
    routed: bool = True
    timeout: float = 15.0


class RabbitPublisher:
    """The routing key is the event's type, the message id the event's."""

    batch_size = 100
    schedule = BROKER

    def __init__(self, broker: Broker, egress: Egress):
        self._broker, self._egress = broker, egress
        self._connection = self._channel = None

    def publish(self, batch: Sequence[Envelope]) -> Iterator[Outcome]:
        """See ``Publisher``: each message waits for the broker's confirmation."""
        for envelope in batch:
            started = time.monotonic()
            error = self._try(envelope)
            yield Outcome(
                envelope.id, int((time.monotonic() - started) * 1000), error=error
            )
            if error:
                return

    def _try(self, envelope: Envelope) -> ProviderError | None:
        try:
            self._open().basic_publish(
                self._broker.exchange,
                envelope.type,
                envelope.body,
                pika.BasicProperties(
                    content_type=envelope.content_type,
                    delivery_mode=_PERSISTENT,
                    message_id=envelope.id,
                    type=envelope.type,
                    headers={"subject": envelope.subject},
                ),
                mandatory=self._broker.routed,
            )
        except ProviderError as error:
            return error
        except (AMQPError, OSError) as error:
            self.close()
            return _explained(error)
        return None

    def _open(self):
        if self._channel is None:
            self._connection = self._connect()
            self._channel = self._connection.channel()
            self._channel.confirm_delivery()
            self._channel.exchange_declare(
                self._broker.exchange,
                exchange_type="topic",
                durable=True,
                passive=not self._broker.declare,
            )
        return self._channel

    def _connect(self):
        broker = self._broker
        failure: Exception = AMQPConnectionError()
        # The broker's own look-up of the name is not asked for: see core/egress.py.
        for _family, address in self._egress.addresses(broker.host, broker.port):
            try:
                return pika.BlockingConnection(self._parameters(address[0]))
            except AMQPConnectionError as error:
                failure = error
        raise failure

    def _parameters(self, address: str) -> pika.ConnectionParameters:
        broker = self._broker
        options = None
        if broker.tls:
            context = ssl.create_default_context(cafile=broker.authorities)
            options = pika.SSLOptions(context, broker.host)
        return pika.ConnectionParameters(
            host=address,
            port=broker.port,
            virtual_host=broker.virtual_host,
            credentials=pika.PlainCredentials(broker.user, broker.password),
            ssl_options=options,
            heartbeat=_HEARTBEAT,
            connection_attempts=1,
            socket_timeout=broker.timeout,
            stack_timeout=broker.timeout,
            blocked_connection_timeout=broker.timeout,
            client_properties={"connection_name": "finance_sync"},
        )

    def ping(self) -> None:
        """Connect and look for the exchange.

        :raises ProviderError: one of these cannot be done
        """
        try:
            self._open()
        except (AMQPError, OSError) as error:
            raise _explained(error) from error
        finally:
            self.close()

    def close(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and connection.is_open:
            try:
                connection.close()
            except (AMQPError, OSError):
                # It is going away as it is.
                return


def _explained(error: Exception) -> ProviderError:
    """In our own words; the broker's may repeat what was sent."""
    if isinstance(error, (ProbableAuthenticationError, ProbableAccessDeniedError)):
        return ConfigurationError(
            "The broker refuses the user, its password or the virtual host.",
            code="credentials",
        )
    if isinstance(error, ChannelClosedByBroker):
        return ConfigurationError(
            "The broker refuses to use this exchange: it is missing, of another kind, "
            f"or not permitted (AMQP {error.reply_code}).",
            code="exchange",
        )
    if isinstance(error, UnroutableError):
        return RejectedError(
            "No queue takes this kind of event: bind one to the broker's exchange.",
            code=UNROUTABLE,
        )
    if isinstance(error, NackError):
        return TransientError("The broker did not keep the message.", code="nack")
    if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        return ConfigurationError(
            "No secure connection to the broker: its certificate cannot be trusted, or "
            "it speaks no TLS there.",
            code="tls",
        )
    return TransientError(
        "The broker cannot be reached, or the connection broke off.", code="connection"
    )


def _causes(error: BaseException) -> list:
    found, waiting = [], [error]
    while waiting and len(found) < 50:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            waiting += [cause.__cause__, cause.__context__, *cause.args]
            waiting.append(getattr(cause, "exception", None))
    return found
