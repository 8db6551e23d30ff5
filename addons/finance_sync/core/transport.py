"""HTTP to a provider: bounded in time and size, traced, and never logging a body."""

from __future__ import annotations

import base64
import contextlib
import logging
import math
import os
import ssl
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import requests
import urllib3.exceptions
from requests.structures import CaseInsensitiveDict

from . import canonical
from .addresses import check_base_url, check_headers, expand_path
from .answers import Answer, BodyReader, check_status, request_id
from .connections import Call, current_call, prepare_session
from .egress import Egress
from .errors import ConfigurationError, ContractError, TransientError
from .idempotency import is_valid_key
from .trace import Trace

__all__ = [
    "Answer",
    "Auth",
    "BasicAuth",
    "BearerAuth",
    "HeaderAuth",
    "HttpTransport",
    "Trace",
]

_logger = logging.getLogger(__name__)

MAX_BYTES = 10 * 1024 * 1024
_CHUNK = 65536
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = _READS | {"POST", "PUT", "PATCH", "DELETE"}


class Auth(Protocol):
    """How a request proves who sends it."""

    def headers(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class BasicAuth:
    user: str
    password: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        pair = f"{self.user}:{self.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


@dataclass(frozen=True)
class BearerAuth:
    token: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class HeaderAuth:
    name: str
    value: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        return {self.name: self.value}


class HttpTransport:
    """Requests to one provider.

    ``connect_timeout`` and ``read_timeout`` (longest silence) are in seconds;
    ``deadline`` bounds the whole call from first to last byte, by default their sum;
    only the look-up of the host's name keeps to the limits of the system's resolver.
    ``max_bytes`` bounds the answer as unpacked. ``client_cert`` is a path, or a pair
    of certificate and key paths. ``verify`` is True or a path to the authorities to
    trust; it cannot be turned off. ``egress`` limits the addresses that are connected
    to, for a base URL that is not an administrator's. Of the environment only
    REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE count.

    :raises ConfigurationError: a setting that cannot work or is not safe
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        deadline: float | None = None,
        max_bytes: int = MAX_BYTES,
        headers: Mapping[str, str] | None = None,
        trace: Trace | None = None,
        client_cert: str | tuple[str, str] | None = None,
        verify: bool | str = True,
        session: requests.Session | None = None,
        egress: Egress | None = None,
    ):
        self.host = check_base_url(base_url).netloc
        self.base_url = base_url.rstrip("/")
        self.trace = trace
        self._timeouts = _checked_timeouts(connect_timeout, read_timeout, deadline)
        self._deadline = deadline or sum(self._timeouts)
        self._max_bytes = max_bytes
        self._headers = _merged(
            {"Accept": "application/json", "User-Agent": "finance_sync"},
            check_headers(headers or {}),
            check_headers(auth.headers() if auth else {}),
            check_headers(_trace_headers(trace)),
            {"Accept-Encoding": "gzip"},
        )
        self._verify = _authorities(verify)
        self._cert = _client_cert(client_cert)
        self._session = prepare_session(session)
        self._egress = egress

    def __repr__(self) -> str:
        return f"<HttpTransport {self.base_url}>"

    def __enter__(self):
        return self

    def __exit__(self, *exc_info) -> None:
        self.close()

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()

    def get(self, path: str, **kwargs) -> Answer:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs) -> Answer:
        return self.request("POST", path, **kwargs)

    def request(
        self,
        method: str,
        path: str,
        *,
        json=None,
        data: bytes | str | Mapping | None = None,
        params: Mapping | str | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        segments: Mapping[str, object] | None = None,
        read: bool | None = None,
    ) -> Answer:
        """Send one request, once, and return its 2xx answer.

        ``path`` may be a template as ``/documents/{code}``, filled from ``segments``
        with everything escaped; logs show the template. ``json`` may hold Decimals,
        which are sent as exact numbers. ``data`` as a mapping is sent as a form.
        ``key`` becomes ``Idempotency-Key``. ``read`` says that the request changes
        nothing at the provider (default: GET, HEAD, OPTIONS), so that its outcome is
        never unknown.

        :raises ProviderError: one of the four; ``outcome_unknown`` is set if the
            request may have taken effect (see ``answers.check_status``)
        """
        if method not in _METHODS:
            raise ValueError(f"Not a method: {method!r}")
        read = method in _READS if read is None else read
        url = self.base_url + expand_path(path, segments)
        body, content_type = _encoded(json, data)
        given = {**content_type, **(headers or {}), **_key_header(key)}
        request = requests.Request(
            method,
            url,
            headers=_merged(self._headers, check_headers(given)),
            data=body,
            params=params,
        )
        answer = self._send(request, path, read)
        return check_status(answer)

    def _send(self, request: requests.Request, template: str, read: bool) -> Answer:
        started, before = time.monotonic(), sys.exc_info()[1]
        call = Call(started + self._deadline, *self._timeouts, egress=self._egress)
        status: int | str = "failed"
        try:
            with current_call(call):
                answer = self._exchange(request, started, read)
            status = answer.status
            return answer
        except ContractError as error:
            error.outcome_unknown = call.sent and not read
            raise
        except _FAILURES as error:
            causes = _causes(error, before)
            raise _explained(error, causes, call.sent and not read) from error
        finally:
            _logger.info(
                "%s %s%s %s in %d ms",
                request.method,
                self.host,
                template,
                status,
                (time.monotonic() - started) * 1000,
            )

    def _exchange(self, request, started: float, read: bool) -> Answer:
        response = self._session.send(
            self._session.prepare_request(request),
            verify=self._verify,
            cert=self._cert,
            allow_redirects=False,
            stream=True,
        )
        # Closing gives a whole answer's connection back and drops any other's.
        with contextlib.closing(response):
            headers = {name.lower(): text for name, text in response.headers.items()}
            body = _body(response, headers, self._max_bytes)
        return Answer(
            status=response.status_code,
            headers=headers,
            body=body,
            request_id=request_id(headers),
            elapsed=time.monotonic() - started,
            read=read,
        )


def _body(response, headers: dict, max_bytes: int) -> bytes:
    if response.request.method == "HEAD" or response.status_code in (204, 304):
        return b""
    reader = BodyReader(headers, max_bytes)
    while piece := response.raw.read(_CHUNK, decode_content=False):
        reader.feed(piece)
    return reader.body()


_FAILURES = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
    EOFError,
)


def _explained(error: Exception, causes: list, outcome_unknown: bool):
    """The error to raise for a request that got no answer, or only part of one."""
    if isinstance(error, (requests.exceptions.InvalidURL, UnicodeError)):
        return ConfigurationError(
            "The base URL is not a valid address.", code="bad_url"
        )
    code, message = _breakdown(error, causes, outcome_unknown)
    if code == "tls":
        return ConfigurationError(message, code=code)
    return TransientError(message, code=code, outcome_unknown=outcome_unknown)


def _breakdown(error: Exception, causes: list, sent: bool) -> tuple[str, str]:
    if any(isinstance(cause, _TIMEOUTS) for cause in causes):
        if isinstance(error, requests.ConnectTimeout):
            return "timeout", "The provider could not be reached in time."
        return "timeout", "The provider did not answer in time."
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), error)
    if isinstance(tls, _TLS) and not isinstance(tls, _HUNG_UP):
        return "tls", _tls_message(tls)
    if isinstance(error, EOFError):
        return "cut", "The provider's answer was cut off."
    if sent:
        return "connection", "The connection to the provider broke off."
    return "connection", "The provider cannot be reached."


# Which of the two is up to the version of OpenSSL.
_HUNG_UP = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
_TLS = (ssl.SSLError, requests.exceptions.SSLError)
# urllib3's own TimeoutError is also the parent of its refused connections.
_TIMEOUTS = (TimeoutError, requests.Timeout, urllib3.exceptions.ReadTimeoutError)


def _causes(error: BaseException, before: BaseException | None) -> list:
    """The error and everything it was made from, but not what the caller handles."""
    found, seen, waiting = [], {id(before)}, [error]
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        found.append(cause)
        waiting += [cause.__cause__, cause.__context__, *cause.args]
        waiting.append(getattr(cause, "reason", None))
    return found


def _tls_message(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.CertificateError):
        reason = (error.reason or "handshake failed").replace("_", " ").lower()
        return f"No secure connection to the provider: {reason}."
    reason = getattr(error, "verify_message", "") or "it is for another name"
    return f"The provider's certificate cannot be trusted: {reason}."


def _checked_timeouts(connect, read, deadline) -> tuple[float, float]:
    limit = math.inf if deadline is None else deadline
    if not (connect and connect > 0 and read and read > 0 and limit > 0):
        raise ConfigurationError("Timeouts must be more than 0 s.", code="bad_timeout")
    return float(min(connect, limit)), float(min(read, limit))


def _merged(*groups: Mapping[str, str]) -> CaseInsensitiveDict:
    """One header per name, however it is spelled; later ones win."""
    merged: CaseInsensitiveDict = CaseInsensitiveDict()
    for group in groups:
        merged.update(group)
    return merged


def _trace_headers(trace: Trace | None) -> dict[str, str]:
    if trace is None:
        return {}
    return {
        "traceparent": trace.traceparent,
        "X-Correlation-Id": trace.correlation_id,
    }


def _key_header(key: str | None) -> dict[str, str]:
    if key is None:
        return {}
    if not is_valid_key(key):
        raise ConfigurationError("The idempotency key is malformed.", code="bad_key")
    return {"Idempotency-Key": key}


def _authorities(verify: bool | str) -> bool | str:
    if verify is True:
        environment = os.environ
        bundle = environment.get("REQUESTS_CA_BUNDLE")
        verify = bundle or environment.get("CURL_CA_BUNDLE") or True
    if not verify:
        raise ConfigurationError(
            "The verification of certificates cannot be turned off.", code="verify_off"
        )
    if verify is not True:
        _check_exists(verify, "list of trusted certificates")
    return verify


def _client_cert(paths):
    for path in (paths,) if isinstance(paths, str) else paths or ():
        _check_exists(path, "client certificate")
    return paths or None


def _check_exists(path: str, what: str) -> None:
    if not Path(path).exists():
        raise ConfigurationError(f"The {what} {path} is not there.", code="no_file")


def _encoded(json, data) -> tuple[bytes | str | Mapping | None, dict[str, str]]:
    """Body and content type. ``requests`` itself encodes forms."""
    if json is None:
        if isinstance(data, str):
            data = data.encode()
        return data, {}
    if data is not None:
        raise ValueError("Either json or data, not both")
    return canonical.dumps(json).encode(), {"Content-Type": "application/json"}
