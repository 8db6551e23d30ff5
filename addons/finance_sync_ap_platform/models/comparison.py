from odoo import _, api, fields, models
from odoo.addons.finance_sync.compat import check_access
from odoo.addons.finance_sync.core.errors import ConfigurationError
from odoo.exceptions import AccessError

from .connection import KIND

KINDS = [
    ("missing_here", "Not Here"),
    ("missing_there", "Not There"),
    ("currency", "Another Currency"),
    ("total", "Another Total"),
    ("state", "Another State"),
    ("paid", "Another Amount Paid"),
]


class ApComparison(models.Model):
    """What came of comparing a platform's bills with ours."""

    _name = "finance.sync.ap.comparison"
    _description = "Comparison with a Platform"
    _order = "id desc"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(
        [
            ("waiting", "Not Begun"),
            ("complete", "Complete"),
            ("failed", "Not Complete"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    since = fields.Datetime(readonly=True, help="Bills that changed from then on.")
    ended_at = fields.Datetime(readonly=True)
    theirs_count = fields.Integer(string="Bills There", readonly=True)
    ours_count = fields.Integer(string="Bills Here", readonly=True)
    equal_count = fields.Integer(string="The Same", readonly=True)
    busy_count = fields.Integer(
        string="In Motion",
        readonly=True,
        help="Messages about them are on their way: they are compared next time.",
    )
    unchecked_count = fields.Integer(
        string="Not Checked",
        readonly=True,
        help="Too many were not listed there to ask for each; nothing was concluded.",
    )
    difference_count = fields.Integer(string="Differences", readonly=True)
    error = fields.Char(readonly=True)
    line_ids = fields.One2many(
        "finance.sync.ap.comparison.line", "comparison_id", readonly=True
    )

    @api.model
    def _cron_compare(self):
        connections = self.env["finance.sync.connection"].search(
            [("kind", "=", KIND), ("state", "=", "active"), ("base_url", "!=", False)]
        )
        self._begin(connections)

    @api.model
    def _begin(self, connections):
        """A comparison for each company, by a job of its own."""
        comparisons = self.create(
            [
                {"connection_id": connection.id, "company_id": company.id}
                for connection in connections
                for company in connection.company_ids
            ]
        )
        for comparison in comparisons:
            connection = comparison.connection_id
            try:
                user = connection._execution_user(comparison.company_id)
            except ConfigurationError as error:
                comparison._fail(error.message)
                continue
            worker = comparison.with_user(user).with_context(
                allowed_company_ids=comparison.company_id.ids
            )
            worker.with_delay(
                channel="root.finance_sync.reporting",
                max_retries=0,
                description=f"Compare with {connection.name}",
            )._job_compare()
        return comparisons

    def _fail(self, message):
        """Nothing is concluded from what could not be read whole."""
        self.write(
            {
                "state": "failed",
                "error": message[:500],
                "ended_at": fields.Datetime.now(),
            }
        )
        self.env["finance.sync.hold"]._raise(
            "ap_compare",
            connection=self.connection_id,
            company=self.company_id,
            subject=self._subject(),
            summary=_(
                "Bills of %(company)s were not compared with “%(name)s”: %(why)s",
                company=self.company_id.name,
                name=self.connection_id.name,
                why=message,
            ),
        )

    def _subject(self, *more):
        scope = (self.connection_id.key, str(self.company_id.id), *more)
        return ":".join(scope)

    def action_open_lines(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync_ap_platform.finance_sync_ap_comparison_line_action"
            ),
            "domain": [("comparison_id", "=", self.id)],
            "context": {},
        }


class ApComparisonLine(models.Model):
    """One thing that is not the same."""

    _name = "finance.sync.ap.comparison.line"
    _description = "Difference from a Platform"
    _order = "comparison_id desc, amount desc, id"
    _rec_name = "number"
    _log_access = False

    comparison_id = fields.Many2one(
        "finance.sync.ap.comparison", required=True, index=True, ondelete="cascade"
    )
    connection_id = fields.Many2one(related="comparison_id.connection_id", store=True)
    company_id = fields.Many2one(
        related="comparison_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    compared_on = fields.Date(readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    external_id = fields.Char(string="Their Number", readonly=True)
    number = fields.Char(string="Bill Number", readonly=True)
    bill_id = fields.Many2one(
        "finance.sync.bill", readonly=True, index=True, ondelete="set null"
    )
    ours = fields.Char(string="Here", readonly=True)
    theirs = fields.Char(string="There", readonly=True)
    amount = fields.Monetary(
        string="Difference", readonly=True, help="In company currency."
    )

    def action_settle(self):
        """Fetch what is missing here; tell the platform again what it has otherwise."""
        if not (self.env.su or self.env.user.has_group("finance_sync.group_resolver")):
            raise AccessError(_("Only a Finance Sync resolver may do this."))
        # Of their own companies.
        check_access(self, "read")
        lines = self.sudo()  # polls and reports are the engine's own bookkeeping
        missing = lines.filtered(lambda line: line.kind == "missing_here")
        for line in missing:
            line.connection_id._poll_of(line.company_id)._start_one(line.external_id)
        (lines - missing).bill_id._tell_again()
        return True
