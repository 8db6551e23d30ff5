from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.errors import ConfigurationError

from .connection import KIND

JOB_KEY = "finance_sync_ap.poll"


class ApPoll(models.Model):
    """How far a platform has been read for a company."""

    _name = "finance.sync.ap.poll"
    _description = "Platform Reading"
    _order = "connection_id, company_id"
    _rec_name = "connection_id"
    _sql_constraints = [
        (
            "company_unique",
            "UNIQUE(connection_id, company_id)",
            "A platform is read once for each company.",
        ),
    ]

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(
        [
            ("idle", "Up to Date"),
            ("reading", "Reading"),
            ("waiting", "Waits: Too Many Bills Queued"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="idle",
    )
    watermark = fields.Datetime(
        string="Read up to",
        readonly=True,
        help="The latest change there that was taken in, by the platform's clock. It "
        "moves only when all pages were read.",
    )
    page = fields.Char(readonly=True, help="Where an unfinished reading goes on.")
    newest = fields.Datetime(
        readonly=True, help="The latest change seen by the unfinished reading."
    )
    started_at = fields.Datetime(readonly=True)
    completed_at = fields.Datetime(string="Last Complete", readonly=True)
    page_count = fields.Integer(string="Pages", readonly=True)
    seen_count = fields.Integer(string="Bills Seen", readonly=True)
    new_count = fields.Integer(string="New or Changed", readonly=True)
    error = fields.Char(readonly=True)

    def action_start(self):
        """Read now."""
        self.connection_id._check_manager()
        self.sudo()._start()  # see Connection.action_ap_poll
        return True

    def action_from_start(self):
        """Read everything again; what is known changes nothing."""
        self.connection_id._check_manager()
        polls = self.sudo()  # see Connection.action_ap_poll
        polls.write({"watermark": False, "page": False, "newest": False})
        polls._start()
        return True

    @api.model
    def _cron_poll(self):
        connections = self.env["finance.sync.connection"].search(
            [("kind", "=", KIND), ("state", "=", "active"), ("base_url", "!=", False)]
        )
        connections._polls()._start()

    def _start(self):
        """A job each, as the company's execution user; one at a time."""
        for poll in self:
            connection = poll.connection_id
            try:
                user = connection._execution_user(poll.company_id)
            except ConfigurationError as error:
                poll._note_failure(error.message)
                continue
            worker = poll.with_user(user).with_context(
                allowed_company_ids=poll.company_id.ids
            )
            worker.with_delay(
                channel=f"root.finance_sync.{connection.lane}",
                identity_key=f"{JOB_KEY}:{poll.id}",
                max_retries=0,
                description=f"Read {connection.name}",
            )._job_poll()

    def _note_failure(self, message):
        """A person is told; the watermark stays, so nothing is left out."""
        self.write({"state": "failed", "error": message[:500]})
        for poll in self:
            self.env["finance.sync.hold"]._raise(
                "ap_poll",
                connection=poll.connection_id,
                company=poll.company_id,
                subject=poll._subject(),
                summary=_(
                    "Bills of %(company)s could not be read from “%(name)s”: %(why)s",
                    company=poll.company_id.name,
                    name=poll.connection_id.name,
                    why=message,
                ),
            )

    def _subject(self):
        return f"{self.connection_id.key}:{self.company_id.id}"

    def _note_success(self):
        holds = self.env["finance.sync.hold"]
        for poll in self:
            holds.search(
                [
                    ("state", "=", "open"),
                    ("code", "=", "ap_poll"),
                    ("connection_id", "=", poll.connection_id.id),
                    ("company_id", "=", poll.company_id.id),
                ]
            )._close("resolved", _("The platform was read completely."))
