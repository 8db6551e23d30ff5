from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

OPEN = ("captured", "held", "waiting", "matched")


class Bill(models.Model):
    """A bill as another system sent it, on its way to the ledger."""

    _name = "finance.sync.bill"
    _description = "Received Bill"
    _inherit = ["finance.sync.document.mixin", "mail.thread"]
    _order = "received_at desc, id desc"
    _rec_name = "number"
    _sql_constraints = [
        (
            "external_unique",
            "UNIQUE(connection_id, company_id, external_id)",
            "The other system sent this bill before.",
        ),
    ]

    number = fields.Char(string="Bill Number", readonly=True, index=True)
    connection_id = fields.Many2one(
        "finance.sync.connection", readonly=True, required=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, required=True, index=True, ondelete="restrict"
    )
    external_id = fields.Char(string="Their Number", readonly=True, required=True)
    version = fields.Integer(readonly=True, required=True)
    exchange_uuid = fields.Char(
        readonly=True, help="The message that brought this version."
    )
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    content_at = fields.Datetime(
        string="Changed at", readonly=True, help="When this content was received."
    )
    state = fields.Selection(
        [
            ("captured", "Captured"),
            ("held", "Held"),
            ("waiting", "Waiting for Goods"),
            ("matched", "Matched"),
            ("staged", "Draft Made"),
            ("voided", "Voided"),
        ],
        required=True,
        readonly=True,
        default="captured",
        index=True,
        tracking=True,
    )
    kind = fields.Selection(
        [("invoice", "Bill"), ("credit_note", "Credit Note")],
        required=True,
        readonly=True,
        default="invoice",
    )
    date = fields.Date(string="Bill Date", readonly=True)
    due = fields.Date(string="Due Date", readonly=True)
    vendor_name = fields.Char(string="Vendor as Sent", readonly=True)
    vendor_vat = fields.Char(string="Vendor's VAT as Sent", readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Vendor",
        domain="[('parent_id', '=', False)]",
        tracking=True,
        help="Found by VAT number; set it here where the bill names none.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_untaxed = fields.Monetary(string="Untaxed", readonly=True)
    amount_tax = fields.Monetary(string="Tax", readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    order_ref = fields.Char(string="Order Reference", readonly=True)
    line_ids = fields.One2many("finance.sync.bill.line", "bill_id", readonly=True)
    deviation_ids = fields.One2many(
        "finance.sync.bill.deviation", "bill_id", readonly=True
    )
    link_ids = fields.One2many("finance.sync.bill.link", "bill_id", readonly=True)
    key_ids = fields.One2many("finance.sync.bill.key", "bill_id", readonly=True)
    purchase_count = fields.Integer(compute="_compute_purchase_count")
    move_id = fields.Many2one(
        "account.move", string="Vendor Bill", readonly=True, copy=False, index=True
    )
    move_state = fields.Selection(related="move_id.state", string="Bill State")
    payment_state = fields.Selection(related="move_id.payment_state")
    similar_ids = fields.Many2many(
        "finance.sync.bill",
        "finance_sync_bill_similar_rel",
        "bill_id",
        "similar_id",
        string="Perhaps the Same",
        readonly=True,
    )

    def _compute_purchase_count(self):
        for bill in self:
            # How many orders a bill is about concerns whoever may read the bill.
            bill.purchase_count = len(bill.sudo().link_ids.order_line_id.order_id)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Bills are received, not made by hand."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and self._kept(vals):
            raise AccessError(_("These fields change by what happens to the bill."))
        result = super().write(vals)
        if "partner_id" in vals and not self.env.su:
            # Whose it is decides about duplicates and orders.
            for bill in self.filtered(lambda bill: bill.state in OPEN):
                bill._process()
        return result

    def _kept(self, names):
        """What is received or follows from it: ``readonly`` binds screens alone."""
        found = [name for name in names if name in self._fields]
        return [name for name in found if self._fields[name].readonly]

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("Received bills are history. Void them instead."))

    # -- Buttons

    def action_process(self):
        """Check and match again, as after a correction of orders or vendors."""
        self._check_clerk()
        for bill in self.filtered(lambda bill: bill.state in OPEN):
            bill._process()
        return True

    def action_stage(self):
        """Make the draft vendor bills of what is matched."""
        self._check_clerk()
        ready = self.filtered(lambda bill: bill.state == "matched")
        if not ready:
            raise UserError(
                _("Only matched bills become drafts. Work on their holds first.")
            )
        ready._stage()
        return self.action_open_move() if len(ready) == 1 else True

    def action_open_move(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }

    def action_open_orders(self):
        orders = self.link_ids.order_line_id.order_id
        return {
            "type": "ir.actions.act_window",
            "name": _("Orders"),
            "res_model": "purchase.order",
            "view_mode": "tree,form",
            "domain": [("id", "in", orders.ids)],
        }

    def _check_clerk(self):
        allowed = self.env.su or self.env.user.has_group(
            "account.group_account_invoice"
        )
        if not allowed:
            raise AccessError(_("Only who may book bills may do this."))
