"""The plainest other side: it keeps all that it is sent under a key."""

from __future__ import annotations

import json
import threading
from typing import Any

from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Request, Response

from .record import Recorded

_KEPT = "/kept/"


class Effects:
    """``POST /kept/<key>`` takes an effect, ``GET`` says what is kept, or 404."""

    def __init__(self):
        self._lock = threading.Lock()
        self._kept: dict[str, list[Any]] = {}

    def reset(self) -> None:
        with self._lock:
            self._kept.clear()

    def counts(self) -> dict[str, int]:
        """How many effects there are, by key."""
        with self._lock:
            return {key: len(bodies) for key, bodies in self._kept.items()}

    def identify(self, request: Recorded) -> tuple[str, str]:
        """The key takes the place of a document's code; there are no types."""
        return request.path.removeprefix(_KEPT), ""

    def handle(self, request: Request, recorded: Recorded) -> Response:
        key = recorded.document_code
        if request.method == "POST":
            with self._lock:
                self._kept.setdefault(key, []).append(recorded.body)
            return _answer({"external_ref": key})
        if request.method != "GET":
            raise MethodNotAllowed
        if not recorded.path.startswith(_KEPT):
            return _answer({})
        with self._lock:
            known = key in self._kept
        return _answer({"external_ref": key} if known else {}, 200 if known else 404)


def _answer(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")
