from urllib.parse import urlsplit

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from .bill_folder import KIND


class Connection(models.Model):
    _inherit = "finance.sync.connection"
    _sql_constraints = [
        (
            "folder_quiet_positive",
            "CHECK(folder_quiet_seconds >= 0)",
            "The seconds without a change must not be negative.",
        ),
    ]

    provider = fields.Selection(
        selection_add=[("bill_folder", "Bill Folder (SFTP)")],
        ondelete={"bill_folder": lambda connections: connections._retire_bill_file()},
    )
    folder_quiet_seconds = fields.Integer(
        string="Complete After",
        default=60,
        help="Seconds for which size and time of a file must not have changed, from "
        "one look to a later one, before it is taken.",
    )
    bill_folder_ids = fields.One2many("finance.sync.bill.folder", "connection_id")

    @api.model
    def _provider_kinds(self):
        return {**super()._provider_kinds(), KIND: KIND}

    @api.constrains("provider", "company_ids")
    def _check_one_company(self):
        for connection in self:
            if connection.provider == KIND and len(connection.company_ids) > 1:
                raise ValidationError(
                    _(
                        "A bill folder is one company's: a file does not say whose it "
                        "is."
                    )
                )

    def _check_ready(self):
        result = super()._check_ready()
        if self.kind == KIND:
            self._check_host_key()
        return result

    def _check_host_key(self):
        if not self._sftp_transport().host_keys:
            raise UserError(
                _(
                    "Enter the server's host key first. Test Connection shows the one "
                    "that it has; compare it with what its operator says."
                )
            )

    def _transport(self, trace):
        if self.kind == KIND:
            return self._sftp_transport()
        return super()._transport(trace)

    def _folder_shown(self):
        """The address of the folder, without who logs in."""
        url = urlsplit(self.base_url or "")
        return f"{url.scheme}://{url.hostname}{url.path}"

    def action_look_now(self):
        """Take in what lies in the folder, now."""
        self.ensure_one()
        self._check_manager()
        self.sudo()._bill_folders()._start()  # rows are the engine's own bookkeeping
        return self._notify(_("The folder is being looked into."), "info")

    def _bill_folders(self):
        """What is known of these folders; rows made where there are none."""
        folders = self.env["finance.sync.bill.folder"]
        for connection in self:
            company = connection.company_ids[:1]
            known = connection.bill_folder_ids
            if not known:
                vals = {"connection_id": connection.id, "company_id": company.id}
                folders.create(vals)
            elif known.company_id != company:
                known.company_id = company
        return self.bill_folder_ids
