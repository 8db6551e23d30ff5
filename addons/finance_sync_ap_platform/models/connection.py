from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.errors import ProviderError
from odoo.exceptions import ValidationError

from .. import providers  # noqa: F401 - registers them
from ..core.platform import BILL, RECORDS, VENDOR

KIND = "ap"
CODES = ("bill_rest", "basware", "coupa")


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    provider = fields.Selection(
        selection_add=[
            ("bill_rest", "Bill Platform (REST)"),
            ("basware", "Basware P2P"),
            ("coupa", "Coupa"),
        ],
        ondelete={
            code: lambda connections: connections._retire_platform() for code in CODES
        },
    )
    ap_poll_ids = fields.One2many("finance.sync.ap.poll", "connection_id")
    ap_overlap_minutes = fields.Integer(
        string="Read Again",
        default=15,
        help="Minutes before the last change that was read: what came in late there is "
        "found, what is known changes nothing.",
    )
    ap_most_waiting = fields.Integer(
        string="Most Messages Waiting",
        default=500,
        help="With more bills than that waiting to be booked, nothing further is read.",
    )
    ap_voucher_field = fields.Char(
        string="Field for Our Number",
        help="Coupa's custom field that takes the vendor bill's number here. Empty: "
        "erp-invoice-number.",
    )

    ap_poll_vendor = fields.Boolean(
        string="Read Vendors",
        help="From the platform. What it writes here is what the ownership rules give "
        "it.",
    )
    ap_poll_order = fields.Boolean(
        string="Read Orders", help="Purchase orders that are made over there."
    )
    ap_poll_receipt = fields.Boolean(
        string="Read Receipts", help="What has come, of orders made over there."
    )
    ap_gives_records = fields.Boolean(compute="_compute_ap_gives_records")

    @api.model
    def _provider_kinds(self):
        return {**super()._provider_kinds(), **dict.fromkeys(CODES, KIND)}

    def _retire_platform(self):
        """The addon goes, the history of its connections stays."""
        # Nobody has to approve what an uninstallation does.
        connections = self.sudo().with_context(finance_sync_approved=True)
        connections.write({"provider": "generic", "state": "paused"})

    def _platform_code(self, company):
        """What the platform calls a company; empty if nobody has said."""
        lines = self.sudo().user_line_ids.filtered(  # codes only
            lambda line: line.company_id == company
        )
        return lines[:1].external_code or ""

    def _adapter_config(self):
        config = super()._adapter_config()
        if self.kind == KIND:
            # A job works for one company alone, which is then the current one.
            config["company_code"] = self._platform_code(self.env.company)
            config["voucher_field"] = self.ap_voucher_field
        return config

    def _ask_platform(self, call):
        """What ``call(adapter)`` reads, with breaker and rate limit. Jobs only.

        :raises ProviderError: one of the four
        """
        self.ensure_one()
        self._check_live()
        self._check_admitted()
        states = self.env["finance.sync.connection.state"]
        try:
            with self._guarded():
                answer = call(self._adapter())
        except ProviderError as error:
            states._failed(self, error)
            raise
        states._succeeded(self)
        return answer

    @api.depends("provider")
    def _compute_ap_gives_records(self):
        for connection in self:
            connection.ap_gives_records = connection.kind == KIND and bool(
                connection._adapter_class().records
            )

    @api.constrains("provider", "ap_poll_vendor", "ap_poll_order", "ap_poll_receipt")
    def _check_ap_gives_records(self):
        for connection in self:
            asked = {kind for kind in RECORDS if connection[f"ap_poll_{kind}"]}
            if connection.kind == KIND and (
                asked - connection._adapter_class().records
            ):
                raise ValidationError(
                    _(
                        "“%s” is not a platform that vendors, orders or receipts can "
                        "be read from.",
                        connection.name,
                    )
                )

    def _poll_kinds(self):
        """What is read from the platform, in the order in which things are named."""
        self.ensure_one()
        return [*(kind for kind in RECORDS if self[f"ap_poll_{kind}"]), BILL]

    def _compared_kinds(self):
        """Vendors where the platform gives them, and one of the two tells the other."""
        self.ensure_one()
        vendors = VENDOR in self._adapter_class().records and (
            self.ap_poll_vendor or self.ap_push_vendor
        )
        return (BILL, VENDOR) if vendors else (BILL,)

    def action_ap_poll(self):
        """Read what has changed at the platform, now."""
        self.ensure_one()
        self._check_manager()
        self.sudo()._polls()._start()  # rows are the engine's own bookkeeping
        return self._notify(_("The platform is being read."), "info")

    def _polls(self):
        """The state of polling, a row by company and kind; made where there is none."""
        missing, wanted = [], {}
        for connection in self:
            known = {(poll.company_id, poll.kind) for poll in connection.ap_poll_ids}
            kinds = connection._poll_kinds()
            wanted[connection] = kinds
            missing += [
                {"connection_id": connection.id, "company_id": company.id, "kind": kind}
                for company in connection.company_ids
                for kind in kinds
                if (company, kind) not in known
            ]
        self.env["finance.sync.ap.poll"].create(missing)
        # Vendors before the orders that name them, those before receipts and bills.
        return self.ap_poll_ids.filtered(
            lambda poll: (
                poll.company_id in poll.connection_id.company_ids
                and poll.kind in wanted[poll.connection_id]
            )
        ).sorted(lambda poll: wanted[poll.connection_id].index(poll.kind))

    def _poll_of(self, company, kind=BILL):
        """The row of a company; empty where that is not read."""
        return self._polls().filtered(
            lambda poll: poll.company_id == company and poll.kind == kind
        )
