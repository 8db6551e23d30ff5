from odoo import _, api, fields, models
from odoo.addons.finance_sync.compat import check_access
from odoo.addons.finance_sync.core.errors import ConfigurationError
from odoo.exceptions import AccessError

from ..core.platform import BILL, VENDOR
from .connection import KIND

KINDS = [
    ("missing_here", "Not Here"),
    ("missing_there", "Not There"),
    ("currency", "Another Currency"),
    ("total", "Another Total"),
    ("state", "Another State"),
    ("paid", "Another Amount Paid"),
    ("vendor_name", "Vendor: Another Name"),
    ("vendor_vat", "Vendor: Another VAT Number"),
    ("vendor_active", "Vendor: Archived on One Side"),
    ("vendor_missing_here", "Vendor: Not Here"),
    ("vendor_missing_there", "Vendor: Not There"),
]


class ApComparison(models.Model):
    """What came of comparing a platform's bills, or its vendors, with ours."""

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
    kind = fields.Selection(
        [("invoice", "Bills"), ("vendor", "Vendors")],
        string="What",
        required=True,
        readonly=True,
        default=BILL,
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
    theirs_count = fields.Integer(string="There", readonly=True)
    ours_count = fields.Integer(string="Here", readonly=True)
    equal_count = fields.Integer(string="The Same", readonly=True)
    busy_count = fields.Integer(
        string="In Motion",
        readonly=True,
        help="Messages about them are on their way: they are compared next time.",
    )
    unchecked_count = fields.Integer(
        string="Not Checked",
        readonly=True,
        help="Nothing was concluded of those: too many were not listed there to ask "
        "for each, or more than one here has a vendor's reference.",
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
        """A comparison for each company and kind, by a job of its own."""
        comparisons = self.create(
            [
                {"connection_id": connection.id, "company_id": company.id, "kind": kind}
                for connection in connections
                for kind in connection._compared_kinds()
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
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        self.env["finance.sync.hold"]._raise(
            "ap_compare",
            connection=self.connection_id,
            company=self.company_id,
            subject=self._subject(),
            summary=_(
                "%(kind)s of %(company)s were not compared with “%(name)s”: %(why)s",
                kind=kinds[self.kind],
                company=self.company_id.name,
                name=self.connection_id.name,
                why=message,
            ),
        )

    def _subject(self, *more):
        kind = () if self.kind == BILL else (self.kind,)
        scope = (self.connection_id.key, str(self.company_id.id), *kind, *more)
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
    number = fields.Char(
        readonly=True, help="The bill's number, or the vendor's reference."
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Vendor",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
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
        vendors = lines.filtered(lambda line: line.comparison_id.kind == VENDOR)
        vendors._settle_vendors()
        lines -= vendors
        missing = lines.filtered(lambda line: line.kind == "missing_here")
        for line in missing:
            line.connection_id._poll_of(line.company_id)._start_one(line.external_id)
        (lines - missing).bill_id._tell_again()
        return True
