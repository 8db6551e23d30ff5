"""HTTP connections that keep a deadline and know whether anything was sent.

``requests`` limits the silence between two packets, not the whole call: a server that
drips one byte at a time holds a worker for ever. Here every receive and every send gets
what is left of the call's time. And because ``sent`` is set by the connection itself,
"may it have reached the provider?" is known and not guessed from an exception.
"""

from __future__ import annotations

import contextvars
import http.client
import io
import logging
import time
from dataclasses import dataclass
from email.errors import MissingHeaderBodySeparatorDefect
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .egress import Egress

_SLICE = 16384


@dataclass
class Call:
    """One request on its way. ``expires``: when it must be over (monotonic clock).

    ``egress`` decides which addresses may be connected to, where that is limited.
    """

    expires: float
    connect_timeout: float
    read_timeout: float
    sent: bool = False
    egress: Egress | None = None

    def time_left(self) -> float:
        """Seconds left, more than zero.

        :raises TimeoutError: none are left
        """
        left = self.expires - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call's time is up")
        return left


_current: contextvars.ContextVar[Call | None] = contextvars.ContextVar(
    "finance_sync_call", default=None
)


class current_call:  # noqa: N801 (used as a context manager)
    """Makes ``call`` the one that connections of this thread work for."""

    def __init__(self, call: Call):
        self._call = call

    def __enter__(self) -> Call:
        self._token = _current.set(self._call)
        return self._call

    def __exit__(self, *exc_info) -> None:
        _current.reset(self._token)


class _TimedReader(io.RawIOBase):
    """A socket's read side, each receive limited by what is left of the call."""

    def __init__(self, raw, sock, call: Call):
        super().__init__()
        self._raw, self._sock, self._call = raw, sock, call

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        left = self._call.time_left()
        self._sock.settimeout(min(left, self._call.read_timeout))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        return super().close()


class _TimedSocket:
    """What ``http.client.HTTPResponse`` needs of a socket: its read side."""

    def __init__(self, sock, call: Call):
        self._sock, self._call = sock, call

    def makefile(self, mode: str = "rb", *args, **kwargs):
        raw = self._sock.makefile(mode, buffering=0)
        return io.BufferedReader(_TimedReader(raw, self._sock, self._call))


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock, *args, **kwargs):
        call = _current.get()
        super().__init__(_TimedSocket(sock, call) if call else sock, *args, **kwargs)

    def begin(self) -> None:  # pylint: disable=missing-return
        super().begin()
        # http.client takes headers that end in mid-air for complete ones.
        if any(
            isinstance(d, MissingHeaderBodySeparatorDefect) for d in self.msg.defects
        ):
            raise http.client.HTTPException("headers cut off or malformed")


class _TimedMixin:
    response_class = _TimedResponse

    def _new_conn(self):
        call = _current.get()
        if call is None or call.egress is None:
            return super()._new_conn()
        return self._guarded_conn(call)

    def _guarded_conn(self, call: Call):
        timeout = min(call.connect_timeout, call.time_left())
        try:
            return call.egress.connect(self.host, self.port, timeout)
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, "no connection") from error

    def send(self, data) -> None:
        call = _current.get()
        if call is None or not isinstance(data, (bytes, bytearray)):
            return super().send(data)
        if self.sock is None:
            self.connect()
        for start in range(0, len(data), _SLICE):
            self.sock.settimeout(call.time_left())
            # Set before the fact: part of a failed send may have arrived.
            call.sent = True
            super().send(data[start : start + _SLICE])
        return None


class _Connection(_TimedMixin, HTTPConnection):
    pass


class _TLSConnection(_TimedMixin, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class TimedAdapter(HTTPAdapter):
    """Mount it on a session to have its calls keep to their deadline."""

    def init_poolmanager(self, *args, **kwargs) -> None:
        result = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
        return result

    def send(self, request, stream=False, timeout=None, **kwargs):
        # Set here, since Odoo's tests meddle with a timeout given to the session.
        call = _current.get()
        if call:
            timeout = (call.connect_timeout, call.read_timeout)
        return super().send(request, stream=stream, timeout=timeout, **kwargs)


def prepare_session(session: requests.Session | None = None) -> requests.Session:
    """A session that trusts nothing from outside and remembers nothing.

    No proxies or .netrc from the environment, no cookies, no redirects, no retries.
    """
    session = session or requests.Session()
    session.trust_env = False
    # Else requests reads the body of a redirect, however long, to prepare the next.
    session.get_redirect_target = lambda response: None
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for prefix in ("https://", "http://"):
        if not isinstance(session.get_adapter(prefix), TimedAdapter):
            session.mount(prefix, TimedAdapter(max_retries=0))
    return session


class _NoQueries(logging.Filter):
    """urllib3 logs whole addresses, queries included: not those of our calls."""

    def filter(self, record: logging.LogRecord) -> bool:
        return _current.get() is None


for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(_NoQueries())
