import logging
import random
import time

from odoo import SUPERUSER_ID, _, api, models
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import UserError, ValidationError
from psycopg2 import InterfaceError, OperationalError

from ..core import states
from ..core.errors import (
    ConfigurationError,
    ContractError,
    ProviderError,
    TransientError,
)
from ..core.registry import Resolution
from ..core.trace import new_trace
from .attempt import LOOKUP_SUFFIX
from .own_cursor import kept_own_cursor
from .vault import seal, unseal

_logger = logging.getLogger(__name__)

# Serialisation, locks, a database that is away: the same job works later.
TECHNICAL = (InterfaceError, OperationalError, RetryableJobError)
# Seconds until a job that met another one at the same exchange looks again.
BUSY = 5.0
LARGEST_CROWD = 1000
# What a run reads of its connection, at once and without the rest.
FOR_A_CALL = (
    "key",
    "state",
    "kind",
    "mode",
    "provider",
    "environment",
    "database_fingerprint",
    "base_url",
    "auth_user",
    "connect_timeout",
    "read_timeout",
    "max_bytes",
    "rate_per_second",
    "rate_burst",
    "retry_max_attempts",
    "retry_base",
    "retry_cap",
    "breaker_threshold",
    "breaker_cool_down",
)


class UnresolvedError(ContractError):
    """Only a person can say whether it happened."""


class NotAppliedError(ContractError):
    """The provider did its part, booking the answer failed."""


class Exchange(models.Model):
    """The job. Its order is that of “Transactions, precisely” in docs/architecture."""

    _inherit = "finance.sync.exchange"

    def _job_run(self):
        """Run the exchange once, or take up where an earlier run was cut off.

        Running again is safe: what was called is known from the attempts, and what
        was answered is applied without calling again.
        """
        self.ensure_one()
        try:
            with kept_own_cursor(self.env):
                return self._run()
        except TECHNICAL:
            raise
        except Exception as error:
            self._hold_after_rollback(error)
            raise

    def _run(self):
        if not self._lock_idle():
            self.invalidate_recordset(["state"])
            if self.state not in states.OPEN:
                return _("Nothing to do: %s.", self.state)
            raise self._retry(BUSY, "Another job is at work on this exchange.")
        self._load()
        if self.state != states.PENDING:
            return _("Nothing to do: %s.", self.state)
        obstacle = self._obstacle()
        if obstacle:
            return obstacle
        handler = self._handler()
        if self._is_shadow():
            return self._run_shadow(handler)
        try:
            if self.direction == "in":
                answer = self._payload()
            else:
                answer = self._obtain_answer(handler)
            self._apply_answer(handler, answer)
        except ProviderError as error:
            return self._on_error(handler, error)
        return self._finish(handler, answer)

    def _obstacle(self):
        """Why this exchange may not run now; whatever ends it starts a job again."""
        # Of the connection, the job's user may see little.
        obstacle = self._obstacle_of(self.connection_id.sudo(), self.direction)
        if obstacle or self.direction == "in":
            return obstacle
        earlier = self._open_revisions()
        if not states.may_run(self.revision, earlier):
            return _("An earlier message about this document is unfinished.")
        return None

    @api.model
    def _obstacle_of(self, connection, direction):
        """Why none of the connection's exchanges may run now."""
        connection.fetch(FOR_A_CALL)
        if connection.state != "active":
            return _("The connection is not active.")
        if direction == "in":
            return None
        here, reason = connection._is_this_database()
        if not here:
            self.env["finance.sync.hold"]._raise(
                "not_this_database", connection=connection, summary=reason
            )
            return reason
        return None

    def _open_revisions(self):
        # Of any company and user: the order of a document is one.
        self.flush_model(["direction", "document_uuid", "state", "revision"])
        self.env.cr.execute(
            "SELECT revision FROM finance_sync_exchange WHERE direction = 'out'"
            " AND document_uuid = %s AND state = ANY(%s)",
            [self.document_uuid, list(states.OPEN)],
        )
        return [revision for (revision,) in self.env.cr.fetchall()]

    def _load(self):
        """Read these at once. A job has been given them, so it need not ask whose."""
        columns = [n for n, f in self._fields.items() if f.store and f.column_type]
        self.sudo().fetch(columns)

    def _payload(self):
        """:raises ProviderError: erased, or not to be decrypted"""
        sealed = self.sudo().payload_enc  # readable by nobody else
        if not sealed:
            raise ContractError("The payload has been erased.", code="erased")
        return unseal(sealed)

    # -- The answer: stored, looked up, or by a call

    def _obtain_answer(self, handler):
        """The provider's answer, with at most one effect at the provider."""
        attempts = self.env["finance.sync.attempt"]
        history = attempts._of(self.uuid)
        for attempt in history:
            if attempt["state"] == "open":
                self._check_lease(attempt)
        stored = [a["answer_enc"] for a in history if self._is_answer(a)]
        if stored:
            return unseal(stored[-1])
        if any(a["state"] in ("open", "unknown") for a in history):
            answer = self._resolve_unknown(handler, history)
            if answer is not None:
                return answer
            history = attempts._of(self.uuid)
        return self._call(handler, history, self.operation, handler._adapter_call)

    def _is_answer(self, attempt):
        return attempt["state"] == "succeeded" and attempt["answer_enc"]

    def _check_lease(self, attempt):
        """An open attempt is somebody's call until its lease is over."""
        if attempt["lease_left"] > 0:
            raise self._retry(
                attempt["lease_left"] + 1, "A call for this exchange is in flight."
            )
        if not self.env["finance.sync.attempt"]._expire(attempt["id"]):
            raise self._retry(1, "A call for this exchange has just ended.")

    def _resolve_unknown(self, handler, history):
        """What came of a call that was never heard of again, as law 3 says.

        :return: the answer, or None if it has to be sent (again)
        """
        attempts = self.env["finance.sync.attempt"]
        connection = self.connection_id.sudo()  # see _obstacle
        operations = connection._adapter_class().operations
        resolution = operations.get(self.operation, Resolution.MANUAL)
        if resolution is Resolution.MANUAL:
            raise UnresolvedError("It is not known whether the other system got this.")
        if resolution is not Resolution.LOOKUP:
            attempts._settle_unknown(self.uuid)
            return None
        lookup = self.operation + LOOKUP_SUFFIX
        answer = self._call(handler, history, lookup, handler._adapter_lookup)
        attempts._settle_unknown(self.uuid)
        return answer

    def _call(self, handler, history, operation, method):
        """One call: admitted, opened, made, and its answer stored; all committed.

        The answer of a look-up may be None: nothing is known there.
        """
        connection = self.connection_id.sudo()  # see _obstacle
        attempts = self.env["finance.sync.attempt"]
        adapter, request = self._prepare_call(connection)
        self._check_admitted(connection)
        attempt_id = attempts._begin(
            {
                "exchange_uuid": self.uuid,
                "connection_ref": connection.id,
                "company_ref": self.company_id.id or None,
                "operation": operation,
                "number": max((a["number"] for a in history), default=0) + 1,
            },
            self._lease(handler, connection),
        )
        if not attempt_id:
            raise self._retry(BUSY, "Another job calls for this exchange.")
        started = time.monotonic()
        try:
            with connection._guarded():
                answer = method(adapter, self.idempotency_key, request)
                token = None if answer is None else seal(answer)
        except ProviderError as error:
            elapsed = int((time.monotonic() - started) * 1000)
            attempts._fail(
                attempt_id, error, self._is_unknown(error, operation), elapsed
            )
            self.env["finance.sync.connection.state"]._failed(connection, error)
            raise
        attempts._succeed(attempt_id, token, int((time.monotonic() - started) * 1000))
        self.env["finance.sync.connection.state"]._succeeded(connection)
        return answer

    def _prepare_call(self, connection):
        """(the adapter with this message's trace, the request)"""
        adapter = connection._adapter(new_trace(self.correlation_id or self.uuid))
        return adapter, self._handler()._prepare_request(self, self._payload())

    def _is_unknown(self, error, operation):
        """May the call have taken effect? Reads and look-ups have none."""
        if operation.endswith(LOOKUP_SUFFIX):
            return False
        operations = self.connection_id.sudo()._adapter_class().operations
        if operations.get(operation) is Resolution.READ:
            return False
        return error.outcome_unknown

    def _lease(self, handler, connection):
        """Seconds after which a call that was not heard of is taken for dead."""
        per_request = connection.connect_timeout + connection.read_timeout
        return per_request * handler._requests_per_call + 5

    def _check_admitted(self, connection):
        wait = self.env["finance.sync.connection.state"]._admit(connection)
        if wait is None:
            return
        if connection.rate_per_second:
            # Who waits together comes back one by one, or most are refused again.
            # Of all its companies.
            waiting = self.sudo().search_count(
                [("connection_id", "=", connection.id), ("state", "=", "pending")],
                limit=LARGEST_CROWD,
            )
            wait += random.uniform(0, waiting / connection.rate_per_second)  # noqa: S311
        raise self._retry(wait, "The connection takes no call for now.")

    def _retry(self, seconds, why):
        """Later, by the job's ETA; never a sleep, never counted by queue_job."""
        return RetryableJobError(
            f"{self.name}: {why}", seconds=max(1, round(seconds)), ignore_retry=True
        )

    # -- Booking

    def _apply_answer(self, handler, answer):
        """Book it. What fails is rolled back alone, and the answer stays stored."""
        try:
            with self.env.cr.savepoint():
                handler._apply(self, answer)
        except (*TECHNICAL, ProviderError):
            raise
        except (UserError, ValidationError) as error:
            raise NotAppliedError(str(error)) from error
        except Exception as error:
            _logger.exception("Applying the answer to %s failed", self.name)
            raise NotAppliedError(f"{type(error).__name__}: {error}") from error

    # -- Errors

    def _on_error(self, handler, error):
        """Transient: later. Everything else, and too much of that, is a person's."""
        if isinstance(error, TransientError):
            return self._on_transient(handler, error)
        if isinstance(error, ConfigurationError):
            return self._on_configuration(error)
        code = _OWN_CODES.get(type(error)) or handler._hold_code(error)
        return self._hold(handler, code, error)

    def _on_transient(self, handler, error):
        connection = self.connection_id.sudo()  # see _obstacle
        history = self.env["finance.sync.attempt"]._of(self.uuid)
        if self._is_manual() and any(a["state"] == "unknown" for a in history):
            return self._hold(handler, "outcome_unknown", error)
        policy = connection._retry_policy()
        made = max((a["number"] for a in history), default=0) - self.attempt_base
        if policy.spent(made):
            return self._hold(handler, "retries_spent", error)
        raise self._retry(policy.delay(made, error.retry_after), error.message)

    def _is_manual(self):
        operations = self.connection_id.sudo()._adapter_class().operations
        return operations.get(self.operation, Resolution.MANUAL) is Resolution.MANUAL

    def _on_configuration(self, error):
        """Nothing works until somebody corrects it; this exchange waits for that."""
        connection = self.connection_id.sudo()  # see _obstacle
        connection._misconfigured(_explain(error))
        return error.message

    def _hold(self, handler, code, error):
        """Wait for a person, in this transaction: business rows are as they were."""
        self.sudo().write({"state": "held"})  # see _finish
        hold = self.env["finance.sync.hold"]._raise(
            code,
            exchange=self,
            summary=_explain(error),
            amount=handler._hold_amount(self, error),
        )
        handler._on_held(self, hold)
        return _explain(error)

    def _hold_unrouted(self):
        self.sudo().write({"state": "held"})  # see _finish
        self.env["finance.sync.hold"]._raise(
            "unrouted",
            exchange=self,
            summary=_("The message does not say clearly which company it is for."),
        )

    def _hold_after_rollback(self, error):
        """For a run that fails for a reason of our own: a hold, once it is undone."""
        registry, exchange_id = self.env.registry, self.id
        summary = _("The job failed: %s.", type(error).__name__)

        def write():
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    exchange = env["finance.sync.exchange"].browse(exchange_id)
                    if exchange._lock_idle():
                        exchange._hold(
                            exchange._handler(),
                            "apply_failed",
                            NotAppliedError(summary),
                        )
            except TECHNICAL:
                # Somebody else is at it. Without a job, the janitor starts one.
                _logger.warning("No hold could be written for %s", exchange_id)

        self.env.cr.postrollback.add(write)


_OWN_CODES = {UnresolvedError: "outcome_unknown", NotAppliedError: "apply_failed"}
LONGEST_SUMMARY = 2000


def _explain(error):
    """The error in words, with what the provider said below, a line each."""
    details = [str(detail).strip() for detail in error.details]
    # A message often quotes the first detail.
    lines = [error.message, *(text for text in details if text not in error.message)]
    return "\n".join(dict.fromkeys(filter(None, lines)))[:LONGEST_SUMMARY]
