"""What the simulator was sent."""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from werkzeug.wrappers import Request

KEPT = 20_000


@dataclass
class Recorded:
    """One request. ``path`` is the one below the provider, unescaped; ``body`` is
    parsed JSON, or text. Header names are in lower case; of credentials only the
    user is kept. ``status`` is 0 until it is answered, and where it never was.
    """

    number: int
    provider: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    received: float
    document_code: str = ""
    document_type: str = ""
    user: str = ""
    status: int = 0
    fault: str = ""
    elapsed: float = field(default=0.0)

    @property
    def key(self) -> str:
        """The idempotency key, empty if none was sent."""
        return self.headers.get("idempotency-key", "")

    @property
    def traceparent(self) -> str:
        return self.headers.get("traceparent", "")

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "key": self.key, "traceparent": self.traceparent}


class Recorder:
    """The last requests, in the order in which they came."""

    def __init__(self):
        self._lock = threading.Lock()
        self._requests: deque[Recorded] = deque(maxlen=KEPT)
        self._count = 0

    def record(self, provider: str, path: str, request: Request) -> Recorded:
        body = _parsed(request.get_data())
        headers = {name.lower(): text for name, text in request.headers.items()}
        user, _password = credentials(headers.pop("authorization", ""))
        with self._lock:
            self._count += 1
            recorded = Recorded(
                number=self._count,
                provider=provider,
                method=request.method,
                path=path,
                query=request.args.to_dict(),
                headers=headers,
                body=body,
                received=time.time(),
                user=user,
            )
            self._requests.append(recorded)
        return recorded

    def requests(self) -> list[Recorded]:
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()


def credentials(authorization: str) -> tuple[str, str]:
    """User and password of a Basic header, empty where there are none."""
    kind, _, value = authorization.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        pair = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    user, _, password = pair.partition(":")
    return user, password


def _parsed(data: bytes) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")
