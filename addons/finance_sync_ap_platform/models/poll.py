from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.errors import ConfigurationError

from ..core.platform import BILL
from .connection import KIND

JOB_KEY = "finance_sync_ap.poll"
KINDS = [
    ("invoice", "Bills"),
    ("vendor", "Vendors"),
    ("order", "Purchase Orders"),
    ("receipt", "Goods Receipts"),
]


class ApPoll(models.Model):
    """How far a platform has been read for a company: its bills, its orders, …"""

    _name = "finance.sync.ap.poll"
    _description = "Platform Reading"
    _order = "connection_id, company_id, kind, id"
    _rec_name = "connection_id"
    _sql_constraints = [
        (
            "company_unique",
            "UNIQUE(connection_id, company_id, kind)",
            "A platform is read once for each company and kind.",
        ),
    ]

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        KINDS, string="What", required=True, readonly=True, default=BILL
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
    seen_count = fields.Integer(string="Seen", readonly=True)
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
                description=f"Read {poll.kind}s of {connection.name}",
            )._job_poll()

    def _note_failure(self, message):
        """A person is told; the watermark stays, so nothing is left out."""
        self.write({"state": "failed", "error": message[:500]})
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for poll in self:
            self.env["finance.sync.hold"]._raise(
                "ap_poll",
                connection=poll.connection_id,
                company=poll.company_id,
                subject=poll._subject(),
                summary=_(
                    "%(kind)s of %(company)s could not be read from “%(name)s”: "
                    "%(why)s",
                    kind=kinds[poll.kind],
                    company=poll.company_id.name,
                    name=poll.connection_id.name,
                    why=message,
                ),
            )

    def _subject(self):
        about = f"{self.connection_id.key}:{self.company_id.id}"
        return about if self.kind == BILL else f"{about}:{self.kind}"

    def _note_success(self):
        holds = self.env["finance.sync.hold"]
        for poll in self:
            holds.search(
                [
                    ("state", "=", "open"),
                    ("dedupe_key", "=", f"ap_poll:{poll._subject()}"),
                ]
            )._close("resolved", _("The platform was read completely."))
