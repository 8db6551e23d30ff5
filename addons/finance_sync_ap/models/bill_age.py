from odoo import api, fields, models

# Where nothing waits any more.
ENDED = ("posted", "voided")


class Bill(models.Model):
    """How old a bill is, by when it is to be settled, and what it is worth to us.

    Stored where people filter, group or sum by it: the inbox is long.
    """

    _inherit = "finance.sync.bill"

    hold_ids = fields.One2many(
        "finance.sync.hold",
        "res_id",
        domain=[("res_model", "=", "finance.sync.bill")],
        string="Holds, Closed Ones Too",
        readonly=True,
        groups="finance_sync.group_user,finance_sync.group_auditor",
    )
    sla_due = fields.Datetime(
        string="Settle by",
        compute="_compute_sla_due",
        compute_sudo=True,
        store=True,
        index=True,
        help="When the first of its open holds is due.",
    )
    posted_at = fields.Datetime(
        string="Posted on",
        readonly=True,
        copy=False,
        help="When the ledger had it first.",
    )
    age_days = fields.Integer(
        string="Age (Days)",
        compute="_compute_age_days",
        help="Since it was received; of what is posted, until it was.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount_company = fields.Monetary(
        string="Total in Company Currency",
        currency_field="company_currency_id",
        compute="_compute_amount_company",
        compute_sudo=True,
        store=True,
        help="At the rate of the bill's date; credit notes are negative.",
    )

    @api.depends("hold_ids.state", "hold_ids.due")
    def _compute_sla_due(self):
        uuids = [bill.finance_sync_uuid for bill in self]
        found = dict(
            self.env["finance.sync.hold"]._read_group(
                [("document_uuid", "in", uuids), ("state", "=", "open")],
                ["document_uuid"],
                ["due:min"],
            )
        )
        for bill in self:
            bill.sla_due = found.get(bill.finance_sync_uuid)

    @api.depends("received_at", "posted_at")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for bill in self:
            until = bill.posted_at or now
            bill.age_days = (until - (bill.received_at or until)).days

    @api.depends("amount_total", "kind", "currency_id", "company_id", "date")
    def _compute_amount_company(self):
        for bill in self:
            sign = -1 if bill.kind == "credit_note" else 1
            # What a currency that is not active here is worth is not known.
            known = bill.currency_id and bill.company_id and bill.date
            bill.amount_company = (
                sign * bill._in_company_currency(bill.amount_total) if known else 0.0
            )

    def write(self, vals):
        if vals.get("state") == "posted":
            first = self.filtered(lambda bill: not bill.posted_at)
            if first:
                super(Bill, first).write({"posted_at": fields.Datetime.now()})
        return super().write(vals)
