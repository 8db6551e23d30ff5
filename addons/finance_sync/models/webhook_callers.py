from odoo import models

from ..core.webhook_signing import SignatureError


class Webhook(models.Model):
    """A right signature from a wrong network is refused like a wrong signature."""

    _inherit = "finance.sync.webhook"

    def _verify(self, row, incoming):
        result = super()._verify(row, incoming)
        connections = self.env["finance.sync.connection"]
        if not connections._is_caller_within(row["allowed_networks"]):
            raise SignatureError("address")
        return result
