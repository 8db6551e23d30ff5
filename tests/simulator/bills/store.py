"""What the simulated platforms have in common: a clock, keys, and plain answers."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Request, Response

from ..faults import Fault
from ..record import Recorded

# What is read back asks for what changed lately.
AGO = datetime.timedelta(hours=1)


class RefusedError(Exception):
    """An answer with a status and the platform's words."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status, self.message = status, message


class Platform:
    """``documents`` by id, as the platform keeps them, and ``records``: its orders,
    receipts and vendors, by kind and id. Its clock is its own: a second passes with
    every change, so that tests know what came when.
    """

    def __init__(self):
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self.documents: dict[str, dict[str, Any]] = {}
            self.records: dict[str, dict[str, dict[str, Any]]] = {}
            self.pushed: dict[str, dict[str, Any]] = {}
            self._known: dict[str, Response] = {}
            self._seconds = 0
            begun = datetime.datetime.now(datetime.timezone.utc) - AGO
            self._begun = begun.replace(microsecond=0)

    def now(self) -> datetime.datetime:
        """A second later than before."""
        self._seconds += 1
        return self._begun + datetime.timedelta(seconds=self._seconds)

    def stamp(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def identify(self, recorded: Recorded) -> tuple[str, str]:
        """The bill's id takes the place of a document's code."""
        parts = recorded.path.strip("/").split("/")
        return next((part for part in parts if part in self.documents), ""), ""

    def handle(
        self, request: Request, recorded: Recorded, fault: Fault | None = None
    ) -> Response:
        kind = fault.kind if fault else ""
        with self._lock:
            try:
                if recorded.method == "GET":
                    return self.read(recorded, kind)
                return self._once(recorded, lambda: self.change(recorded))
            except RefusedError as error:
                return answer({"error": error.message}, error.status)
            except HTTPException as error:
                return answer({"error": error.description}, error.code or 500)

    def _once(self, recorded: Recorded, act: Callable[[], Response]) -> Response:
        """The same key again gets the same answer, if the platform cares for keys."""
        if not self.keeps_keys or not recorded.key:
            return act()
        name = f"{recorded.key} {recorded.path}"
        if name not in self._known:
            self._known[name] = act()
        return self._known[name]

    keeps_keys = False

    def read(self, recorded: Recorded, fault: str) -> Response:
        raise NotImplementedError

    def change(self, recorded: Recorded) -> Response:
        raise NotImplementedError

    def document(self, number: str) -> dict[str, Any]:
        if number not in self.documents:
            raise NotFound(f"No such bill: {number}")
        return self.documents[number]

    def record(self, kind: str, number: str) -> dict[str, Any]:
        found = self.records.get(kind, {})
        if number not in found:
            raise NotFound(f"No such {kind}: {number}")
        return found[number]


def answer(content: Any, status: int = 200, **headers: str) -> Response:
    response = Response(
        json.dumps(content), status, content_type="application/json; charset=utf-8"
    )
    for name, text in headers.items():
        response.headers[name.replace("_", "-")] = text
    return response


def page_of(items: list, start: int, limit: int, fault: str) -> list:
    """A page; with the fault ``repeat`` it shows the end of the one before again."""
    if fault == "repeat" and start:
        start -= 1
    return items[start : start + limit]
