from odoo import api, fields, models

from .. import providers  # noqa: F401 - registers them


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    provider = fields.Selection(
        selection_add=[("bill_file", "Bill Files (Upload, Mail)")],
        ondelete={"bill_file": lambda connections: connections._retire_bill_file()},
    )

    ap_unknown_product_id = fields.Many2one(
        "product.product",
        string="Product for Unknown Items",
        domain="[('type', '=', 'service')]",
        help="Of orders that this connection delivers: what stands for items that are "
        "no product here. Empty: such an order is held.",
    )

    @api.model
    def _provider_kinds(self):
        return {**super()._provider_kinds(), "bill_file": "bill_file"}

    def _retire_bill_file(self):
        """The addon goes, the history of its connections stays."""
        # Nobody has to approve what an uninstallation does.
        connections = self.sudo().with_context(finance_sync_approved=True)
        connections.write({"provider": "generic", "state": "paused"})

    @api.model
    def _bill_file_of(self, company):
        """The active connection that takes in the company's files; empty if none."""
        # Whoever brings a file need not see connections.
        return self.sudo().search(
            [
                ("provider", "=", "bill_file"),
                ("state", "=", "active"),
                ("company_ids", "in", company.ids),
            ],
            order="id",
            limit=1,
        )

    def _route(self, payload):
        """A file says whose it is by where it was brought, not by its content."""
        if self.provider not in ("bill_file", "bill_folder"):
            return super()._route(payload)
        about = payload.get("file")
        number = about.get("uuid") if isinstance(about, dict) else None
        files = self.env["finance.sync.bill.file"].sudo()  # routing comes before rights
        found = files.search(
            [
                ("connection_id", "=", self.id),
                ("finance_sync_uuid", "=", str(number or "")),
            ],
            limit=1,
        )
        return found.company_id
