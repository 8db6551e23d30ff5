from odoo import api, fields, models

from .. import providers  # noqa: F401 - registers them


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    provider = fields.Selection(
        selection_add=[("credit_http", "Credit Decision (HTTP)")],
        ondelete={"credit_http": lambda connections: connections._retire_credit()},
    )

    @api.model
    def _provider_kinds(self):
        return {**super()._provider_kinds(), "credit_http": "credit"}

    def _retire_credit(self):
        """The addon goes, the history of its connections stays."""
        # Nobody has to approve what an uninstallation does.
        connections = self._as_approved()
        connections.write({"provider": "generic", "state": "paused"})
