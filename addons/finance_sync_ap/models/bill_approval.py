from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

KINDS = [
    ("requested", "Asked for"),
    ("approved", "Approved"),
    ("rejected", "Refused"),
    ("withdrawn", "Taken Back"),
    ("revoked", "Changed Since"),
]


class BillApproval(models.Model):
    """One decision about a bill, for good: the database refuses to change it."""

    _name = "finance.sync.bill.approval"
    _description = "Bill Approval"
    _order = "bill_id, id"
    _rec_name = "kind"
    _log_access = False

    bill_id = fields.Many2one(
        "finance.sync.bill",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(KINDS, string="Decision", required=True, readonly=True)
    source = fields.Selection(
        [("odoo", "Odoo"), ("platform", "AP Platform")], required=True, readonly=True
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    giver_id = fields.Many2one(
        "res.users", string="On Behalf of", readonly=True, ondelete="restrict"
    )
    outside_by = fields.Char(string="By (Platform)", readonly=True)
    outside_at = fields.Datetime(string="Decided There on", readonly=True)
    made_at = fields.Datetime(
        string="Recorded on",
        required=True,
        readonly=True,
        default=fields.Datetime.now,
    )
    amount = fields.Monetary(readonly=True, help="Total, in company currency.")
    currency_id = fields.Many2one(
        "res.currency", required=True, readonly=True, ondelete="restrict"
    )
    content = fields.Char(
        string="Content Decided on", required=True, readonly=True, help="SHA-256."
    )
    reason = fields.Text(readonly=True)
    exchange_uuid = fields.Char(readonly=True, index=True)

    def init(self):
        self.env.cr.execute(
            """
            DROP TRIGGER IF EXISTS finance_sync_bill_approval_stays
                ON finance_sync_bill_approval;
            CREATE TRIGGER finance_sync_bill_approval_stays
                BEFORE UPDATE OR DELETE OR TRUNCATE ON finance_sync_bill_approval
                FOR EACH STATEMENT EXECUTE FUNCTION finance_sync_refuse();
            """
        )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Approvals are recorded by deciding."))
        return super().create(vals_list)

    # pylint: disable-next=method-required-super
    def write(self, vals):
        raise AccessError(_("Approvals are evidence and cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("Approvals are evidence and stay."))
