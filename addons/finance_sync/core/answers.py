"""What a provider answered, read safely, and what its status means."""

from __future__ import annotations

import email.utils
import re
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from . import canonical
from .errors import (
    ConfigurationError,
    ContractError,
    ProviderError,
    RejectedError,
    TransientError,
)
from .retry import LONGEST_WAIT

REQUEST_ID_HEADERS = (
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-avalara-correlation-id",
    "x-avalara-requestid",
    "x-ms-request-id",
    "x-amzn-requestid",
    "x-amz-request-id",
    "x-trace-id",
    "cf-ray",
)
_LONGEST_ID = 200
_CHUNK = 65536
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
_WEB_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body")


@dataclass(frozen=True)
class Answer:
    """An answer, whole. ``headers`` have lower-case names, ``elapsed`` is in seconds.

    ``read``: the request changed nothing at the provider. Its text never shows the
    body, so that it may appear in a traceback.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    request_id: str | None
    elapsed: float
    read: bool = False

    @property
    def content_type(self) -> str:
        """Media type without parameters, lower case; empty if none was given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_web_page(self) -> bool:
        start = self.body[:200].lstrip().lower()
        return self.content_type == "text/html" or start.startswith(_WEB_PAGE)

    def json(self):
        """The body as JSON; numbers with a point are Decimal. See ``canonical.loads``.

        :raises ContractError: not JSON; says so if it is a web page
        """
        if self.is_web_page:
            raise self._broken(f"{_WEB_PAGE_MESSAGE}.", code="web_page")
        if not self.body.strip():
            raise self._broken("The provider's answer is empty.", code="empty")
        try:
            return canonical.loads(self.body)
        except ContractError as error:
            problem = f"The provider's answer is broken. {error.message}"
            raise self._broken(problem, code=error.code) from None

    def _broken(self, message: str, code: str | None) -> ContractError:
        return ContractError(
            message,
            code=code,
            status=self.status,
            request_id=self.request_id,
            outcome_unknown=not self.read,
            answer=self,
        )


_WEB_PAGE_MESSAGE = (
    "The provider answered with a web page instead of JSON; check the base URL"
)


def request_id(headers: Mapping[str, str]) -> str | None:
    """The provider's own id of the request, if it gives one in a known header."""
    for name in REQUEST_ID_HEADERS:
        found = _UNPRINTABLE.sub("", headers.get(name, ""))
        if found:
            return found[:_LONGEST_ID]
    return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the provider asks in Retry-After, or None.

    It comes as seconds or as a date; a date counts from the provider's own ``Date``,
    so that its clock need not agree with ours. Never more than a day.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text, re.ASCII):
        return min(float(text), LONGEST_WAIT)
    until = _epoch(text)
    if until is None:
        return None
    now = _epoch(headers.get("date", ""))
    return min(max(until - (time.time() if now is None else now), 0.0), LONGEST_WAIT)


def _epoch(text: str) -> float | None:
    parsed = email.utils.parsedate_tz(text) if text else None
    if parsed is None:
        return None
    try:
        return float(email.utils.mktime_tz(parsed))
    except (ValueError, OverflowError):
        return None


def check_status(answer: Answer) -> Answer:
    """The one table from status to error.

    ========================  ==================  ===============
    status                    error               outcome unknown
    ========================  ==================  ===============
    2xx                       none
    3xx                       ConfigurationError  no
    401, 403, 407             ConfigurationError  no
    404, 405 as a web page    ConfigurationError  no
    425, 429                  TransientError      no
    408, 5xx                  TransientError      yes, but for reads
    other 4xx                 RejectedError       no
    ========================  ==================  ===============

    5xx counts as unknown even with Retry-After: gateways send 502 to 504 while the
    service behind them goes on working, and 408 is no better in practice.
    """
    status = answer.status
    if 200 <= status < 300:
        return answer
    common = {
        "status": status,
        "request_id": answer.request_id,
        "answer": answer,
    }
    if status in (408, 425, 429) or status >= 500:
        raise TransientError(
            _TRANSIENT.get(status, f"The provider has a problem (HTTP {status})."),
            retry_after=retry_after(answer.headers),
            outcome_unknown=not answer.read and status not in (425, 429),
            **common,
        )
    raise _permanent(answer, common)


def _permanent(answer: Answer, common: dict) -> ProviderError:
    status = answer.status
    if 300 <= status < 400:
        message = f"The provider redirects (HTTP {status}); check the base URL."
        return ConfigurationError(message, code="redirect", **common)
    if status in (401, 403, 407):
        message = f"The provider refuses the credentials (HTTP {status})."
        return ConfigurationError(message, code="credentials", **common)
    if status in (404, 405) and answer.is_web_page:
        message = f"{_WEB_PAGE_MESSAGE} (HTTP {status})."
        return ConfigurationError(message, code="web_page", **common)
    if 400 <= status < 500:
        message = f"The provider refuses the request (HTTP {status})."
        return RejectedError(message, **common)
    message = f"The provider answered with an unknown status ({status})."
    return ContractError(message, outcome_unknown=not answer.read, **common)


_TRANSIENT = {
    408: "The provider gave up waiting for the request (HTTP 408).",
    425: "The provider asks to send the request again later (HTTP 425).",
    429: "The provider asks for fewer requests (HTTP 429).",
}


class BodyReader:
    """Collects a body from its pieces, up to ``max_bytes`` of decoded content.

    Decodes gzip itself, piece by piece, so that a small answer which unpacks to
    gigabytes is refused before it is in memory.
    """

    def __init__(self, headers: Mapping[str, str], max_bytes: int):
        self._max_bytes = max_bytes
        self._received = 0
        self._body = bytearray()
        self._expected = self._length(headers.get("content-length", ""))
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise ContractError(
                "The provider's answer is compressed in a way not asked for.",
                code="encoding",
            )
        self._packed = zlib.decompressobj(31) if encoding.endswith("gzip") else None

    def _length(self, text: str) -> int | None:
        if not text.isascii() or not text.isdigit():
            return None
        length = int(text[:20])
        if length > self._max_bytes:
            raise self._too_big()
        return length

    def _too_big(self) -> ContractError:
        return ContractError(
            f"The provider's answer is larger than {self._max_bytes} bytes.",
            code="too_big",
        )

    def feed(self, piece: bytes) -> None:
        """:raises ContractError: too big, or not the gzip it claims to be"""
        self._received += len(piece)
        if self._packed is None:
            self._add(piece)
            return
        while piece and not self._packed.eof:
            try:
                self._add(self._packed.decompress(piece, _CHUNK))
            except zlib.error:
                raise ContractError(
                    "The provider's answer cannot be unpacked.", code="encoding"
                ) from None
            piece = self._packed.unconsumed_tail

    def _add(self, piece: bytes) -> None:
        self._body += piece
        if max(len(self._body), self._received) > self._max_bytes:
            raise self._too_big()

    def body(self) -> bytes:
        """:raises EOFError: the answer ended before it was complete"""
        packed = self._packed is not None and self._received
        short = self._expected is not None and self._received < self._expected
        if short or (packed and not self._packed.eof):
            raise EOFError("the answer was cut off")
        return bytes(self._body)
