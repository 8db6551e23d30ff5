"""What one job does with many exchanges; no models."""

import time

from ..core.breaker import TOO_MANY_REQUESTS
from ..core.errors import ConfigurationError, ProviderError
from .vault import seal


class Batch:
    """Exchanges of one lane that one job has taken up, and what comes of each.

    An exchange ends in one of ``answers`` (booked, or about to be), ``errors`` (one of
    the four), or ``apart`` (seconds until a job of its own takes it up). What is in
    none of them is left to the lane's next job, as are more that wait (``more``), which
    starts when the connection takes calls again (``wait``, in seconds). ``size`` is 0
    where the lane is drained no more.
    """

    def __init__(self, lane, connection, handler, size):
        self.lane = lane
        self.size = size
        self.connection = connection
        self.handler = handler
        self.answers = {}
        self.errors = {}
        self.apart = {}
        self.more = False
        self.wait = None


class Calls:
    """The calls of a batch, within a time of their own.

    Attempts are opened before the first call, so that a job that dies leaves the
    leases of all; they last for the batch and one call. Attempts without a call are
    taken back.
    """

    # In which calls may begin. What is left by then is left to the next job.
    SECONDS = 10.0
    # A job that dies forgets no more than the answers of so many seconds.
    STORE_EVERY = 1.0

    def __init__(self, env, batch):
        self._attempts = env["finance.sync.attempt"]
        self._states = env["finance.sync.connection.state"]
        self._batch = batch
        self._answers = []
        self._withdrawn = []
        self._welcome = True

    def __enter__(self):
        self._stored_at = time.monotonic()
        self._deadline = self._stored_at + self.SECONDS
        return self

    def __exit__(self, *exc_info):
        self._store()
        if self._withdrawn:
            self._batch.more = True
            self._attempts._withdraw(self._withdrawn)

    def make(self, attempt_id, exchange, adapter, request):
        """One call, unless the provider wants no more of them now."""
        started = time.monotonic()
        if not self._welcome or started > self._deadline:
            self._withdrawn.append(attempt_id)
            return
        batch = self._batch
        try:
            with batch.connection._guarded():
                answer = batch.handler._adapter_call(
                    adapter, exchange.idempotency_key, request
                )
                token = seal(answer)
        except ProviderError as error:
            self._fail(attempt_id, exchange, error, _elapsed_ms(started))
            return
        batch.answers[exchange] = answer
        self._answers.append((attempt_id, token, _elapsed_ms(started)))
        if time.monotonic() - self._stored_at > self.STORE_EVERY:
            self._store()

    def _fail(self, attempt_id, exchange, error, elapsed):
        self._store()
        batch = self._batch
        batch.errors[exchange] = error
        unknown = exchange._is_unknown(error, exchange.operation)
        self._attempts._fail(attempt_id, error, unknown, elapsed)
        self._welcome = self._states._failed(batch.connection, error)
        if isinstance(error, ConfigurationError):
            self._welcome = False
        elif error.status == TOO_MANY_REQUESTS:
            self._welcome = False
            batch.wait = error.retry_after or batch.connection.retry_base

    def _store(self):
        self._stored_at = time.monotonic()
        if self._answers:
            self._attempts._succeed_many(self._answers)
            self._states._succeeded(self._batch.connection)
            self._answers.clear()


def _elapsed_ms(started):
    return int((time.monotonic() - started) * 1000)
