from odoo import _, fields, models
from odoo.addons.finance_sync.compat import check_access
from odoo.exceptions import AccessError, UserError

from .connection import KIND

# Kept by what is reported, never by hand.
KEPT = frozenset(
    {
        "offered_stage",
        "offer",
        "reported_state",
        "reported_version",
        "reported_payment",
        "reported_paid",
        "refusal",
    }
)


class Bill(models.Model):
    _inherit = "finance.sync.bill"

    offered_stage = fields.Selection(
        [("prebook", "Prebooking"), ("transfer", "Transfer")],
        string="Offered for",
        readonly=True,
        copy=False,
        help="The step of the platform's two-step booking that it is waiting for.",
    )
    offer = fields.Char(
        readonly=True, copy=False, help="Which offer of the platform was acknowledged."
    )
    reported_state = fields.Selection(
        [
            ("in_process", "In Process"),
            ("queried", "Under Query"),
            ("prebooked", "Prebooked"),
            ("transferred", "Transferred"),
            ("refused", "Refused"),
        ],
        string="Told the Platform",
        readonly=True,
        copy=False,
        tracking=True,
    )
    reported_version = fields.Integer(readonly=True, copy=False)
    reported_payment = fields.Selection(
        [
            ("initiated", "On Its Way"),
            ("partial", "Paid in Part"),
            ("settled", "Settled"),
            ("returned", "Returned"),
        ],
        string="Payment Told",
        readonly=True,
        copy=False,
        tracking=True,
    )
    reported_paid = fields.Monetary(
        string="Paid, as Told", readonly=True, copy=False, help="By bank statements."
    )
    refusal = fields.Char(string="Refused Because", readonly=True, copy=False)
    is_from_platform = fields.Boolean(compute="_compute_is_from_platform")

    def _compute_is_from_platform(self):
        for bill in self:
            # Of the connection's kind alone.
            bill.is_from_platform = bill.sudo().connection_id.kind == KIND

    def write(self, vals):
        if not self.env.su and KEPT & vals.keys():
            raise AccessError(_("These fields change by what the platform is told."))
        result = super().write(vals)
        if {"state", "move_id"} & vals.keys():
            self._feedback_soon()
        return result

    def _adapter_of(self):
        return self.connection_id._adapter_class()

    def action_refuse(self):
        """Ask for the reason first."""
        self.ensure_one()
        self._check_clerk()
        return {
            "type": "ir.actions.act_window",
            "name": _("Refuse the Bill"),
            "res_model": "finance.sync.ap.refuse",
            "view_mode": "form",
            "target": "new",
            "context": {"default_bill_id": self.id},
        }

    def _refuse(self, reason):
        """Give it up here, and tell the platform why.

        :raises UserError: it is in the ledger, or given up already
        """
        self.ensure_one()
        self._check_clerk()
        check_access(self, "write")
        bill = self.sudo()  # state and reports change by what happens, see Bill.write
        if bill.state == "voided":
            raise UserError(_("This bill was given up already."))
        if bill.move_id.state == "posted":
            raise UserError(
                _("This bill is posted. Agree on a credit note with the vendor.")
            )
        note = _("Refused by %(user)s: %(why)s", user=self.env.user.name, why=reason)
        bill._void(reason, note)
        bill.refusal = reason
        bill._feedback_soon()
