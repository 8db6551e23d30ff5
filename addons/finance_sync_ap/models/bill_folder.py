from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.errors import ConfigurationError

KIND = "bill_folder"
JOB_KEY = "finance_sync_ap.folder"


class BillFolder(models.Model):
    """What is known of a folder that is watched: a row by connection."""

    _name = "finance.sync.bill.folder"
    _description = "Watched Bill Folder"
    _order = "connection_id"
    _rec_name = "connection_id"
    _sql_constraints = [
        ("connection_unique", "UNIQUE(connection_id)", "A folder is watched once."),
    ]

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(
        [
            ("new", "Not Looked Into"),
            ("idle", "Up to Date"),
            ("behind", "Files Left"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="new",
    )
    looked_at = fields.Datetime(string="Last Look", readonly=True)
    taken_count = fields.Integer(
        string="Taken", readonly=True, help="Files that the last look took in."
    )
    left_count = fields.Integer(
        string="Left",
        readonly=True,
        help="Files that are not known to be complete, or were too many for one look.",
    )
    total_count = fields.Integer(string="Taken in All", readonly=True)
    failure_count = fields.Integer(
        string="Failed Looks", readonly=True, help="In a row."
    )
    error = fields.Char(readonly=True)
    seen = fields.Json(readonly=True, copy=False)

    def action_look(self):
        """Look now."""
        self.connection_id._check_manager()
        self.sudo()._start()  # see Connection.action_look_now
        return True

    @api.model
    def _cron_look(self):
        connections = self.env["finance.sync.connection"].search(
            [("kind", "=", KIND), ("state", "=", "active")]
        )
        connections._bill_folders()._start()

    def _start(self, seconds=None):
        """A job each, as the company's execution user; one at a time.

        :param seconds: not before then
        """
        for folder in self:
            connection = folder.connection_id
            try:
                user = connection._execution_user(folder.company_id)
            except ConfigurationError as error:
                folder._note_failure(error.message)
                continue
            worker = folder.with_user(user).with_context(
                allowed_company_ids=folder.company_id.ids
            )
            worker.with_delay(
                channel=f"root.finance_sync.{connection.lane}",
                identity_key=f"{JOB_KEY}:{folder.id}",
                max_retries=0,
                eta=seconds,
                description=f"Look into {connection.name}",
            )._job_look()

    def _note_failure(self, message):
        """A person is told. What lies in the folder stays there."""
        self.write({"state": "failed", "error": message[:500]})
        for folder in self:
            self.env["finance.sync.hold"]._raise(
                "ap_folder",
                connection=folder.connection_id,
                company=folder.company_id,
                summary=_(
                    "The bill folder “%(name)s” could not be read: %(why)s",
                    name=folder.connection_id.name,
                    why=message,
                ),
            )
