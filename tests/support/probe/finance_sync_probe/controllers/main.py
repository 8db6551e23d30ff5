from odoo import http


class ProbeController(http.Controller):
    @http.route(
        "/finance_sync_probe/empty",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def empty(self, **values):
        """What a webhook is measured against: Odoo's own cost of a request."""
        return http.Response(status=202)
