"""Stopping the daily digest by the link in it, without logging in."""

import hmac

from odoo import SUPERUSER_ID, http
from odoo.http import request


class Digest(http.Controller):
    @http.route(
        "/finance_sync/digest/stop",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        # The link's token proves who asks; mail programs post without a session.
        csrf=False,
        save_session=False,
    )
    def stop(self, user="", token="", **_more):
        """Ask first: mail scanners follow every link. A POST stops it."""
        reader = self._reader(user, token)
        if not reader:
            return request.not_found()
        stopped = request.httprequest.method == "POST"
        if stopped:
            reader.finance_sync_digest = "none"
        return request.render(
            "finance_sync.digest_stop",
            {"stopped": stopped, "user": reader.id, "token": token},
        )

    def _reader(self, user, token):
        """The user of whom this is the token; whoever has it may stop the mail."""
        if not (user.isascii() and user.isdigit() and len(user) < 10):
            return None
        users = request.env(user=SUPERUSER_ID)["res.users"]
        reader = users.browse(int(user)).exists()
        if not reader:
            return None
        expected = reader._finance_sync_digest_token()
        known = hmac.compare_digest(expected.encode(), token.encode())
        return reader if known else None
