"""Faults: what goes wrong, for which requests, and how often."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from werkzeug.wrappers import Response

from .record import Recorded

# Answered instead of doing what was asked.
BEFORE = frozenset(("throttle", "error", "drop", "html", "huge", "unauthorized"))
# Done as asked, but the answer suffers ("slow_after" holds it back). "slow" does
# neither: it waits first.
AFTER = frozenset(("error_after", "drop_after", "cut", "repeat", "slow_after"))
# Done as asked, and the answer says something wrong; each provider has its own.
WRONG = frozenset(
    (
        "nan",
        "lines",
        "negative",
        "unbalanced",
        "currency",
        "decimals",
        "misreport",
        "shift",
    )
)
# "shift": a list changes behind the page that is shown.
# "differ" calculates, stores and answers another tax; "misreport" only answers it.
BY_PROVIDER = WRONG | {"differ", "repeat"}
KINDS = BEFORE | AFTER | WRONG | {"slow", "differ"}

HUGE_BYTES = 10 * 1024 * 1024 + 1
_PIECE = 64 * 1024


@dataclass
class Fault:
    """``times`` matching requests get it, after ``skip`` others were let through.

    ``method``, ``path_prefix``, ``path_suffix`` (both of the path below the provider),
    ``code`` (the document's) and ``type`` (its type) say which requests match; empty
    matches all. ``on_retry``: only requests whose method, path, code and type were
    seen before. ``seconds``: how long ``slow`` and ``slow_after`` wait; ``status`` of
    ``error`` and ``error_after``; ``retry_after`` in seconds, of every refusal;
    ``delta``: by how much ``differ``, ``misreport`` and ``unbalanced`` change the tax.
    """

    provider: str
    kind: str
    times: int = 1
    skip: int = 0
    method: str = ""
    path_prefix: str = ""
    path_suffix: str = ""
    code: str = ""
    type: str = ""
    on_retry: bool = False
    seconds: float = 1.0
    status: int = 503
    retry_after: float | None = None
    delta: str = "0.01"
    hits: int = field(default=0, init=False)

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"Unknown fault {self.kind!r}; known: {sorted(KINDS)}")
        if self.times < 1:
            raise ValueError("A fault happens at least once")

    def matches(self, request: Recorded, retried: bool) -> bool:
        return (
            self.provider == request.provider
            and self.method.upper() in ("", request.method)
            and request.path.startswith(self.path_prefix)
            and request.path.endswith(self.path_suffix)
            and self.code in ("", request.document_code)
            and self.type in ("", request.document_type)
            and (retried or not self.on_retry)
        )


class Faults:
    """The faults that are set, safe for many threads."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._seen: set[tuple[str, ...]] = set()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._seen.clear()

    def as_list(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def take(self, request: Recorded) -> Fault | None:
        """The first fault that is due for the request; counts it."""
        with self._lock:
            identity = (
                request.method,
                request.path,
                request.document_code,
                request.document_type,
            )
            retried = identity in self._seen
            self._seen.add(identity)
            for fault in self._faults:
                if not fault.matches(request, retried):
                    continue
                if fault.skip:
                    fault.skip -= 1
                elif fault.hits < fault.times:
                    fault.hits += 1
                    return fault
        return None


def make(values: dict[str, Any]) -> Fault:
    """:raises ValueError: an unknown field or kind"""
    known = {item.name for item in fields(Fault) if item.init}
    if unknown := set(values) - known:
        raise ValueError(f"Unknown field of a fault: {sorted(unknown)}")
    return Fault(**values)


def apply(
    fault: Fault, environ: dict[str, Any], handle: Callable[[], Response]
) -> Response:
    """Carry out a fault that does not depend on the provider."""
    if fault.kind == "slow":
        time.sleep(fault.seconds)
        return handle()
    if fault.kind == "drop":
        _hang_up(environ)
    if fault.kind == "huge":
        return _huge()
    if fault.kind in BEFORE:
        return _refusal(fault)
    response = handle()
    if fault.kind == "slow_after":
        time.sleep(fault.seconds)
    if fault.kind == "drop_after":
        _hang_up(environ)
    if fault.kind == "error_after":
        return _refusal(fault)
    if fault.kind == "cut":
        return _cut(environ, response)
    return response


def _refusal(fault: Fault) -> Response:
    if fault.kind == "html":
        page = "<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>"
        return Response(page, 200, content_type="text/html; charset=utf-8")
    status = 429 if fault.kind == "throttle" else fault.status
    response = Response(
        json.dumps({"error": {"code": "ServerError", "message": "Try again later."}}),
        401 if fault.kind == "unauthorized" else status,
        content_type="application/json",
    )
    if fault.retry_after is not None:
        response.headers["Retry-After"] = f"{fault.retry_after:g}"
    return response


def _hang_up(environ: dict[str, Any]) -> None:
    """Close the line without a word. The server takes the error for the client's."""
    _shut(environ)
    raise ConnectionAbortedError("told to drop the connection")


def _shut(environ: dict[str, Any]) -> None:
    try:
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _cut(environ: dict[str, Any], response: Response) -> Response:
    """Announce the whole body, send half of it, and close the line."""
    body = response.get_data()

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        _shut(environ)
        raise ConnectionAbortedError("told to cut the answer")

    cut = Response(
        half(),
        response.status_code,
        content_type="application/json",
        direct_passthrough=True,
    )
    cut.headers["Content-Length"] = str(len(body))
    return cut


def _huge() -> Response:
    def body() -> Iterator[bytes]:
        yield b'{"lines": ["'
        for _ in range(HUGE_BYTES // _PIECE):
            yield b"x" * _PIECE
        yield b'"]}'

    return Response(body(), 200, content_type="application/json")
