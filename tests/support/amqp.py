"""A queue at a real RabbitMQ that shows what was published."""

import json
import uuid

import pika

EXCHANGE = "finance_sync_tests"


class Queue:
    """A durable queue of its own that takes every invoice."""

    def __init__(self, broker):
        self.broker, self.name = broker, f"tests-{uuid.uuid4()}"
        with self._channel() as channel:
            channel.exchange_declare(EXCHANGE, "topic", durable=True)
            channel.queue_declare(self.name, durable=True)
            channel.queue_bind(self.name, EXCHANGE, "account.invoice.#")

    def _channel(self):
        parameters = pika.URLParameters(self.broker.url)
        return _Channel(pika.BlockingConnection(parameters))

    def read(self):
        """What is in it, each left there: (properties, message)."""
        found = []
        with self._channel() as channel:
            while True:
                method, properties, body = channel.basic_get(self.name)
                if method is None:
                    return found
                found.append((properties, json.loads(body)))


class _Channel:
    def __init__(self, connection):
        self._connection = connection

    def __enter__(self):
        return self._connection.channel()

    def __exit__(self, *_error):
        self._connection.close()
