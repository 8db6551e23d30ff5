from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..core import agree

STATES = [
    (agree.WAITING, "To Hand Over"),
    (agree.DELIVERED, "With the Buyer"),
    (agree.AGREED, "Both Agree"),
    (agree.DIFFERS, "Differs"),
    (agree.TAKEN_BACK, "Taken Back by the Seller"),
    (agree.VOIDED, "Voided"),
]


class Pair(models.Model):
    """An invoice between our companies with the bill that it is to the buyer."""

    _name = "finance.sync.ap.pair"
    _description = "Intercompany Pair"
    _inherit = ["finance.sync.document.mixin"]
    _order = "date desc, id desc"
    _rec_name = "number"
    _sql_constraints = [
        ("move_unique", "UNIQUE(move_id)", "An invoice has one bill at the buyer."),
    ]

    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    number = fields.Char(related="move_id.name", store=True, string="Invoice Number")
    date = fields.Date(related="move_id.invoice_date", store=True)
    move_type = fields.Selection(related="move_id.move_type")
    company_id = fields.Many2one(
        "res.company",
        string="Seller",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    buyer_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, readonly=True, ondelete="restrict"
    )
    version = fields.Integer(
        readonly=True, help="Of what was handed over; 0: nothing was yet."
    )
    bill_id = fields.Many2one(
        "finance.sync.bill", string="Received Bill", readonly=True, copy=False
    )
    buyer_move_id = fields.Many2one(
        "account.move",
        related="bill_id.move_id",
        store=True,
        index=True,
        string="Vendor Bill",
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default=agree.WAITING, index=True
    )
    difference = fields.Text(readonly=True)
    checked_at = fields.Datetime(readonly=True)
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount = fields.Monetary(string="Seller's Total", readonly=True)
    buyer_amount = fields.Monetary(string="Buyer's Total", readonly=True)
    seller_payment = fields.Selection(
        related="move_id.payment_state", string="Seller's Payment"
    )
    buyer_payment = fields.Selection(
        related="buyer_move_id.payment_state", string="Buyer's Payment"
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Pairs come with the invoices that are posted."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise AccessError(_("Pairs change by what happens to both sides."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never_handed_over(self):
        if any(pair.version for pair in self):
            raise UserError(
                _("The buyer was given this invoice. Cancel it instead of deleting it.")
            )

    @api.model
    def _by_uuid(self, connection, payload):
        """The pair that a message of the connection is about; empty if none."""
        number = payload.get("pair")
        if not isinstance(number, str) or not number:
            return self.browse()
        # The message comes before anybody's rights.
        return self.sudo().search(
            [
                ("finance_sync_uuid", "=", number),
                ("connection_id", "=", connection.id),
            ],
            limit=1,
        )

    def _external_id(self):
        return f"pair:{self.finance_sync_uuid}"

    # -- Buttons

    def action_open_invoice(self):
        return self._open("account.move", self.move_id)

    def action_open_bill(self):
        return self._open("finance.sync.bill", self.bill_id)

    def action_open_vendor_bill(self):
        return self._open("account.move", self.buyer_move_id)

    def _open(self, model, record):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def action_check(self):
        """Hand over what waits, and compare both sides again."""
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(_("Only who may book bills may do this."))
        self._start()
        self.sudo()._check()  # of both companies, whichever of them is the user's
        return True
