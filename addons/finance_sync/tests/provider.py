"""The other side of these tests: a real HTTP server, its adapter, its handlers.

Nothing is patched on the way: what the server records is what would have happened.
"""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from odoo import models
from odoo.addons.finance_sync.core.errors import RejectedError
from odoo.addons.finance_sync.core.masking import AllowList
from odoo.addons.finance_sync.core.registry import Resolution
from odoo.addons.finance_sync.providers.generic import Ping


class Provider:
    """Takes effects by key, and tells them again. Dedupes only when asked to.

    ``script`` holds what the next requests get, oldest first: an HTTP status,
    ``"drop"`` (connection closed after the effect), ``"html"``, or a callable that
    runs before the effect. Empty: all is well.
    """

    def __init__(self):
        self.effects = {}
        self.requests = []
        self.clients = []  # one entry for each connection that was opened
        self.script = deque()
        self.dedupe = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.provider = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def count(self):
        """Effects, duplicates included."""
        return sum(len(found) for found in self.effects.values())

    def next_step(self, method, path):
        self.requests.append((method, path))
        return self.script.popleft() if self.script else None

    def effect(self, key, body):
        known = self.effects.setdefault(key, [])
        if not (known and self.dedupe):
            known.append(json.loads(body))
        return {"external_ref": f"R-{len(self.effects)}", "amount": "12.50"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):  # pylint: disable=missing-return
        super().setup()
        self.provider.clients.append(self.client_address)

    def log_message(self, *args):
        """Silence."""

    @property
    def provider(self):
        return self.server.provider

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        step = self.provider.next_step("POST", self.path)
        if callable(step):
            step = step()
        if isinstance(step, int):
            self._answer(step, {}, {"Retry-After": "7"})
            return
        answer = self.provider.effect(_key(self.path), body)
        if step == "drop":
            self.close_connection = True
            return
        self._answer(200, "<html>busy</html>" if step == "html" else answer)

    def do_GET(self):
        step = self.provider.next_step("GET", self.path)
        key = _key(self.path)
        if isinstance(step, int):
            self._answer(step, {})
        elif key and key not in self.provider.effects:
            self._answer(404, {})
        else:
            self._answer(200, {"external_ref": f"R-{key}"})

    def _answer(self, status, content, headers=None):
        body = content if isinstance(content, str) else json.dumps(content)
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


def _key(path):
    return unquote(path.rpartition("/")[2])


class EchoAdapter:
    """One operation per way to resolve an unknown outcome."""

    kind = "generic"
    code = "generic"
    config_fields = ()
    operations = {
        "echo.find": Resolution.LOOKUP,
        "echo.again": Resolution.IDEMPOTENT,
        "echo.ask": Resolution.MANUAL,
        "echo.read": Resolution.READ,
        "echo.undo": Resolution.IDEMPOTENT,
        "echo.small": Resolution.LOOKUP,
    }
    allowed = {"echo.find": AllowList("number")}

    def __init__(self, transport, config):
        self._transport = transport

    def ping(self):
        self._transport.get("/effects/")
        return Ping(True, True, "There.")

    def send(self, key, request):
        return self._transport.post(
            "/effects/{key}", segments={"key": key}, json=request, key=key
        ).json()

    def find(self, key):
        try:
            answer = self._transport.get("/effects/{key}", segments={"key": key})
        except RejectedError as error:
            if error.status == 404:
                return None
            raise
        return answer.json()


class EchoHandler(models.AbstractModel):
    _name = "finance.sync.handler.echo"
    _inherit = ["finance.sync.handler"]
    _description = "Echo"
    _register = False

    def _adapter_call(self, adapter, key, request):
        return adapter.send(key, request)

    def _adapter_lookup(self, adapter, key, request):
        return adapter.find(key)

    def _apply(self, exchange, answer):
        apply = self.env.context.get("echo_apply") or APPLY.get(exchange.uuid)
        if apply:
            apply(exchange, answer)
        exchange.env[exchange.res_model].browse(exchange.res_id).ref = answer.get(
            "external_ref"
        )


# Exchange UUID → what its handler does before it books the answer.
APPLY = {}


def _definition(operation, **attributes):
    return type(
        "Echo" + operation.title().replace(".", ""),
        (models.AbstractModel,),
        {
            "__module__": __name__,
            "_name": f"finance.sync.handler.{operation}",
            "_inherit": ["finance.sync.handler.echo"],
            "_description": operation,
            "_register": False,
            **attributes,
        },
    )


def _apply_inbound(self, exchange, answer):
    apply = APPLY.get(answer.get("number"))
    if apply:
        apply(exchange, answer)


DEFINITIONS = [
    EchoHandler,
    *(
        _definition(operation)
        for operation in EchoAdapter.operations
        if operation not in ("echo.undo", "echo.small")
    ),
    _definition("echo.undo", _supersedes=lambda self, operation: ("echo.find",)),
    _definition("echo.in", _inbound=True, _apply=_apply_inbound),
    # Taken up by batches of so many.
    _definition("echo.small", _batch_size=4),
    _definition("echo.small_in", _inbound=True, _batch_size=4, _apply=_apply_inbound),
]
