from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.errors import ProviderError

from .. import providers  # noqa: F401 - registers them

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

    def action_ap_poll(self):
        """Read what has changed at the platform, now."""
        self.ensure_one()
        self._check_manager()
        self.sudo()._polls()._start()  # rows are the engine's own bookkeeping
        return self._notify(_("The platform is being read."), "info")

    def _polls(self):
        """The state of polling, a row by company; made where there is none."""
        polls = self.env["finance.sync.ap.poll"]
        for connection in self:
            known = connection.ap_poll_ids.company_id
            polls.create(
                [
                    {"connection_id": connection.id, "company_id": company.id}
                    for company in connection.company_ids - known
                ]
            )
        return self.ap_poll_ids.filtered(
            lambda poll: poll.company_id in poll.connection_id.company_ids
        )
