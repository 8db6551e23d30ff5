"""``POST /finance_sync/v1/<key>``: signed messages from other systems."""

import json
import math

from odoo import http
from odoo.http import request

from ..core.rate_limit import RateLimit
from ..core.throttle import Throttle
from ..core.webhook_signing import Incoming
from ..models.webhook_receive import UNAUTHORIZED

# The same for every address below, so that a size says nothing about a key. A
# connection's own limit may be lower and counts once the signature is right.
MAX_BYTES = 5_000_000
# Whoever is refused this often is not listened to for a while: per process and address.
REFUSED = Throttle(RateLimit(per_second=10.0, burst=200))


class WebhookController(http.Controller):
    @http.route(
        "/finance_sync/v1/<string:key>",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BYTES,
    )
    def receive(self, key, **_params):
        """202 once the message is kept, whatever comes of it; see docs/webhooks.md."""
        incoming = request.httprequest
        caller = incoming.remote_addr or ""
        wait = REFUSED.wait(caller)
        if wait:
            return _answer(429, {"error": "too many"}, {"Retry-After": math.ceil(wait)})
        if incoming.content_length is None:
            # Nobody knows how long it gets until it has been read.
            return _answer(411, {"error": "Content-Length is required"})
        if incoming.content_length > MAX_BYTES:
            return _answer(413, {"error": f"more than {MAX_BYTES} bytes"})
        body = incoming.get_data()
        headers = {name.lower(): value for name, value in incoming.headers.items()}
        reply = request.env["finance.sync.webhook"]._accept(
            key, Incoming(body, headers)
        )
        if reply is UNAUTHORIZED:
            REFUSED.count(caller)
        return _answer(reply.status, reply.body, reply.headers)


def _answer(status, body, headers=None):
    return request.make_response(
        json.dumps(body),
        headers=[
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"),
            *((name, str(value)) for name, value in (headers or {}).items()),
        ],
        status=status,
    )
