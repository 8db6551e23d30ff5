"""What a monitoring system reads: figures, and whether all is well."""

import json

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..core.metrics import bearer

_ROUTE = {
    "type": "http",
    "auth": "none",
    "methods": ["GET"],
    "csrf": False,
    "save_session": False,
    # That a token was used is written; 19.0 would open a read-only cursor.
    "readonly": False,
}
_NO_STORE = ("Cache-Control", "no-store")


class Monitoring(http.Controller):
    @http.route("/finance_sync/metrics", **_ROUTE)
    def metrics(self):
        """Prometheus text, or OpenMetrics where that is asked for.

        404 as long as no token was issued: nobody learns that there is something.
        """
        env = request.env(user=SUPERUSER_ID)  # figures are of all companies
        tokens = env["finance.sync.metrics.token"]
        if not tokens._any_valid():
            return _plain(404)
        if not tokens._is_valid(
            bearer(request.httprequest.headers.get("Authorization"))
        ):
            return _plain(401, ("WWW-Authenticate", "Bearer"))
        accept = request.httprequest.headers.get("Accept", "")
        body, content_type = env["finance.sync.metric"]._scrape(accept)
        return request.make_response(body, [("Content-Type", content_type), _NO_STORE])

    @http.route("/finance_sync/health", **_ROUTE)
    def health(self):
        """Alive: without a token. Ready, and what is amiss: with one."""
        env = request.env(user=SUPERUSER_ID)  # health is the whole database's
        header = request.httprequest.headers.get("Authorization")
        if not header:
            env.cr.execute("SELECT 1")
            return _json(200, {"status": "ok"})
        if not env["finance.sync.metrics.token"]._is_valid(bearer(header)):
            return _plain(401, ("WWW-Authenticate", "Bearer"))
        report = env["finance.sync.health"]._report()
        return _json(503 if report["status"] == "failing" else 200, report)


def _plain(status, *headers):
    return request.make_response("", [*headers, _NO_STORE], status=status)


def _json(status, content):
    headers = [("Content-Type", "application/json"), _NO_STORE]
    return request.make_response(json.dumps(content), headers, status=status)
