import logging
import time
from contextlib import ExitStack, contextmanager

import requests
from odoo import SUPERUSER_ID, api, models

from ..core.breaker import BreakerPolicy
from ..core.canonical import digest
from ..core.errors import (
    ConfigurationError,
    ContractError,
    ProviderError,
    TransientError,
)
from ..core.rate_limit import RateLimit
from ..core.registry import adapter_class
from ..core.retry import RetryPolicy
from ..core.trace import new_trace
from ..core.transport import BasicAuth, BearerAuth, HttpTransport
from .own_cursor import kept_own_cursor

_logger = logging.getLogger(__name__)

_SESSIONS = "finance_sync_sessions"


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    def _adapter_class(self):
        self.ensure_one()
        return adapter_class(self.kind, self.provider)

    def _adapter(self, trace=None):
        """The adapter that talks to this connection's provider.

        :raises ConfigurationError: a setting or the secret is missing or wrong
        """
        self.ensure_one()
        trace = trace or new_trace(self.key)
        return self._adapter_class()(self._transport(trace), self._adapter_config())

    def _adapter_config(self):
        """What the adapter reads from its config. Addons add their fields."""
        return {"environment": self.environment}

    def _transport(self, trace):
        """None for an engine that works without a network."""
        if not self.base_url:
            return None
        return HttpTransport(
            self.base_url,
            auth=self._auth(),
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            max_bytes=self.max_bytes,
            headers=self._adapter_headers(),
            trace=trace,
            client_cert=self._client_cert(),
            verify=self._verify(),
            session=self._kept_session(),
        )

    @contextmanager
    def _calling_often(self):
        """Within, calls share an own cursor and, by connection, an HTTP session.

        Otherwise each call pays for a connection of its own, and a TLS handshake.
        """
        cache = self.env.cr.cache
        with kept_own_cursor(self.env), ExitStack() as stack:
            sessions = cache.setdefault(_SESSIONS, _Sessions(stack))
            try:
                yield
            finally:
                if sessions.stack is stack:
                    cache.pop(_SESSIONS, None)

    def _kept_session(self):
        sessions = self.env.cr.cache.get(_SESSIONS)
        return None if sessions is None else sessions[self.id]

    def _auth(self):
        secret = self._secret()
        user = self._auth_user()
        if user:
            return BasicAuth(user, secret)
        return BearerAuth(secret) if secret else None

    def _adapter_headers(self):
        return {}

    def _retry_policy(self):
        return RetryPolicy(self.retry_max_attempts, self.retry_base, self.retry_cap)

    def _breaker_policy(self):
        # A probe is taken for dead when its call must have ended.
        lease = self.connect_timeout + self.read_timeout + 5
        return BreakerPolicy(self.breaker_threshold, self.breaker_cool_down, lease)

    def _rate_limit(self):
        return RateLimit(self.rate_per_second or None, self.rate_burst)

    @contextmanager
    def _guarded(self):
        """Around a call: any other exception of an adapter is a broken contract.

        Its text may quote the payload, so neither it nor a traceback is logged.
        """
        try:
            yield
        except ProviderError:
            raise
        except Exception as error:
            _logger.warning(
                "Adapter of connection %s failed: %s at %s",
                self.key,
                type(error).__name__,
                _where(error),
            )
            raise ContractError(
                f"The adapter failed on the answer ({type(error).__name__}).",
                code="adapter",
                outcome_unknown=True,
            ) from error

    def _decide(
        self, operation, request, *, document_uuid, company, call, max_age=3600.0
    ):
        """A decision read: the recorded answer if fresh, else one call.

        ``request`` identifies the question; ``call(adapter)`` asks it and returns a
        JSON dict. ``max_age`` in seconds. Every answer and failure is recorded on a
        cursor of its own; the caller's transaction is never written to.

        :raises ProviderError: one of the four
        """
        self.ensure_one()
        decisions = self.env["finance.sync.decision"]
        fingerprint = digest([operation, request, self.key, self.provider, company.id])
        known = decisions._fresh(fingerprint, max_age)
        if known is not None:
            return known
        self._check_live()
        self._check_admitted()
        trace = new_trace(document_uuid or self.key)
        values = {
            "connection_ref": self.id,
            "company_ref": company.id,
            "operation": operation,
            "fingerprint": fingerprint,
            "document_uuid": document_uuid or None,
        }
        started = time.monotonic()
        states = self.env["finance.sync.connection.state"]
        try:
            with self._guarded():
                answer = call(self._adapter(trace))
        except ProviderError as error:
            states._failed(self, error)
            decisions._record(values, started, error=error)
            if isinstance(error, ConfigurationError):
                self._pause_afterwards(error)
            raise
        states._succeeded(self)
        decisions._record(values, started, answer=answer, max_age=max_age)
        return answer

    def _pause_afterwards(self, error):
        """Pause and tell the owner, however the caller's transaction ends.

        Only then: until it does, it may hold the lock that this would wait for.
        """
        registry, connection_id, message = self.env.registry, self.id, error.message

        def pause():
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["finance.sync.connection"].browse(connection_id)._misconfigured(
                    message
                )

        self.env.cr.postcommit.add(pause)
        self.env.cr.postrollback.add(pause)

    def _misconfigured(self, message):
        """Nothing works until somebody corrects it."""
        if self.state == "active":
            self._pause(message)
        self.env["finance.sync.hold"]._raise(
            "configuration", connection=self, summary=message
        )

    def _check_live(self):
        live, reason = self._is_live()
        if not live:
            raise ConfigurationError(reason, code="not_live")

    def _check_admitted(self):
        """:raises TransientError: breaker or rate limit refuse the call now"""
        wait = self.env["finance.sync.connection.state"]._admit(self)
        if wait is not None:
            raise TransientError(
                "Not asked for now: it failed several times in a row, or has been"
                " asked as often as is agreed.",
                retry_after=wait,
                code="not_admitted",
            )

    def action_test_connection(self):
        """Ask the provider whether it is there and knows us. Changes nothing."""
        self.ensure_one()
        self._check_manager()
        states = self.env["finance.sync.connection.state"]
        try:
            with self._guarded():
                ping = self._adapter().ping()
        except ProviderError as error:
            states._failed(self, error)
            return self._notify(error.message, "danger")
        states._succeeded(self)
        good = ping.ok and ping.authenticated
        return self._notify(ping.message, "success" if good else "warning")

    def _notify(self, message, kind):
        environments = self._fields["environment"]._description_selection(self.env)
        title = f"{self.name} ({dict(environments)[self.environment]})"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"title": title, "message": message, "type": kind},
        }


class _Sessions(dict):
    """HTTP sessions by connection: each has its own client certificate."""

    def __init__(self, stack):
        super().__init__()
        self.stack = stack

    def __missing__(self, connection_id):
        session = self.stack.enter_context(requests.Session())
        self[connection_id] = session
        return session


def _where(error):
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
