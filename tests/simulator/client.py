"""Drive a simulator that runs in another process. Standard library only."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

_TIMEOUT = 10.0


class SimulatorClient:
    """The simulator's own methods, over its control API."""

    def __init__(self, url: str):
        self.url = url.rstrip("/")

    def wait(self, seconds: float = 10.0) -> None:
        """Return as soon as the simulator is up.

        :raises TimeoutError: it is not, after ``seconds``
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._is_up():
                return
            time.sleep(0.05)
        raise TimeoutError(f"No simulator at {self.url}")

    def _is_up(self) -> bool:
        try:
            self._call("GET", "health")
        except OSError:
            return False
        return True

    def fault(self, provider: str, *, kind: str, times: int = 1, **options) -> None:
        values = {"provider": provider, "kind": kind, "times": times, **options}
        self._call("POST", "faults", values)

    @property
    def faults(self) -> list[dict[str, Any]]:
        return self._call("GET", "faults")

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self._call("GET", "requests")

    def find_requests(self, **wanted: str) -> list[dict[str, Any]]:
        """``provider``, ``path`` (a part of it), ``code`` of the document."""
        return self._call("GET", f"requests?{urllib.parse.urlencode(wanted)}")

    def transactions(self, code: str | None = None) -> list[dict[str, Any]]:
        query = f"?{urllib.parse.urlencode({'code': code})}" if code else ""
        return self._call("GET", f"transactions{query}")

    def effects(self) -> dict[str, int]:
        return self._call("GET", "effects")

    def script(self, case: dict[str, Any]) -> None:
        self._call("POST", "script", case)

    def lock(self, code: str, type: str = "SalesInvoice") -> None:
        self._call("POST", "lock", {"code": code, "type": type})

    def set_latency(self, seconds: float) -> None:
        self._call("POST", "latency", {"seconds": seconds})

    def reset(self) -> None:
        self._call("POST", "reset")

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/_control/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise ValueError(f"{method} {path}: {error.code} {text}") from error
