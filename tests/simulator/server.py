"""The HTTP server: providers below their names, and the control API."""

from __future__ import annotations

import threading
import time
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from . import faults
from .avatax import Avatax
from .bills import Basware, BillRest, Coupa
from .control import Control
from .credit import Credit
from .effects import Effects
from .record import Recorded, Recorder


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are sent separately; Nagle's algorithm would hold the body back
    # until the client's delayed acknowledgement, 40 ms later.
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests are recorded, not logged."""


class Simulator:
    """All simulated providers behind one port. A context manager.

    ``latency``: seconds that every provider request takes at least.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, latency: float = 0.0):
        self.latency = latency
        self.avatax = Avatax()
        self.effects = Effects()
        self.credit = Credit()
        self.basware = Basware()
        self.bill_rest = BillRest()
        self.coupa = Coupa()
        self.providers = {
            "avatax": self.avatax,
            "basware": self.basware,
            "bill_rest": self.bill_rest,
            "coupa": self.coupa,
            "credit": self.credit,
            "effects": self.effects,
        }
        self.faults = faults.Faults()
        self.recorder = Recorder()
        self._control = Control(self)
        self._host, self._port = host, port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """``http://host:port``; providers are below it, as ``/avatax``."""
        return f"http://{self._host}:{self._port}"

    @property
    def requests(self) -> list[Recorded]:
        """Requests to providers, oldest first."""
        return self.recorder.requests()

    def start(self) -> Simulator:
        self._server = make_server(
            self._host, self._port, self, threaded=True, request_handler=_Handler
        )
        self._port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="simulator", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve_forever(self) -> None:
        """Serve in this thread, until an interrupt."""
        self.start()
        self._thread.join()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc_info) -> None:
        self.stop()

    def fault(self, provider: str, *, kind: str, times: int = 1, **options):
        """Let the next ``times`` matching requests fail; see :class:`faults.Fault`."""
        values = {"provider": provider, "kind": kind, "times": times, **options}
        return self.faults.add(faults.make(values))

    def clear_faults(self) -> None:
        self.faults.clear()

    def transactions(self, code: str | None = None) -> list[dict[str, Any]]:
        """AvaTax's documents with all their versions, of one code or of all."""
        return self.avatax.transactions(code)

    def reset(self) -> None:
        """Forget requests, faults, documents and scripts; the latency is kept."""
        self.faults.clear()
        self.recorder.clear()
        for provider in self.providers.values():
            provider.reset()

    def __call__(self, environ: dict[str, Any], start_response) -> Any:
        request = Request(environ)
        name, _, path = request.path.lstrip("/").partition("/")
        try:
            response = self._respond(environ, request, name, f"/{path}")
        except HTTPException as error:
            response = error.get_response(environ)
        return response(environ, start_response)

    def _respond(self, environ, request: Request, name: str, path: str) -> Response:
        if name == "_control":
            return self._control.handle(request, path)
        provider = self.providers.get(name)
        if provider is None:
            return Response("No such provider\n", 404)
        started = time.monotonic()
        recorded = self.recorder.record(name, path, request)
        recorded.document_code, recorded.document_type = provider.identify(recorded)
        if self.latency:
            time.sleep(self.latency)
        response = self._answer(environ, request, provider, recorded)
        recorded.status = response.status_code
        recorded.elapsed = time.monotonic() - started
        return response

    def _answer(self, environ, request, provider, recorded: Recorded) -> Response:
        fault = self.faults.take(recorded)
        if fault is None:
            return provider.handle(request, recorded)
        recorded.fault = fault.kind
        if fault.kind in faults.BY_PROVIDER:
            return provider.handle(request, recorded, fault)
        return faults.apply(fault, environ, lambda: provider.handle(request, recorded))
