from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .. import providers  # noqa: F401 - registers them

PROVIDER = "intercompany"


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    provider = fields.Selection(
        selection_add=[(PROVIDER, "Our Own Companies")],
        ondelete={PROVIDER: lambda connections: connections._retire_intercompany()},
    )

    @api.model
    def _provider_kinds(self):
        return {**super()._provider_kinds(), PROVIDER: PROVIDER}

    def _retire_intercompany(self):
        """The addon goes, the history of its connections stays."""
        # Nobody has to approve what an uninstallation does.
        connections = self.sudo().with_context(finance_sync_approved=True)
        connections.write({"provider": "generic", "state": "paused"})

    @api.model
    def _between_companies(self):
        """Connections that hand invoices over, paused ones too: those go on later."""
        # Whoever posts an invoice need not see connections.
        return self.sudo().search(
            [("provider", "=", PROVIDER), ("state", "!=", "draft")], order="id"
        )

    def _start_handed_over(self, found):
        """After the commit; what is lost here the janitor of messages starts."""
        with self.env.registry.cursor() as cr:
            self.with_env(self.env(cr=cr))._follow_up(found)

    def _serves(self, company):
        """A branch is served with its parent."""
        return bool(company.sudo().parent_ids & self.company_ids)

    def _check_operation(self, operation):
        if self.provider == PROVIDER:
            raise UserError(_("Nothing is received from outside over this connection."))
        return super()._check_operation(operation)

    def _route(self, payload):
        """Whose bill it is says the invoice's pair, not the message."""
        if self.provider != PROVIDER:
            return super()._route(payload)
        return self.env["finance.sync.ap.pair"]._by_uuid(self, payload).buyer_id
