from decimal import Decimal

from odoo import _, fields, models
from odoo.exceptions import UserError

from ..core.approval import Authority, Delegation, authority

SHORTEST_REASON = 10


class Bill(models.Model):
    """Approving in Odoo: by who has the authority and had no part in the bill."""

    _inherit = "finance.sync.bill"

    def action_request_approval(self):
        """Say that it is ready; whoever says so does not approve it."""
        self._check_clerk()
        self._check_odoo_decides()
        self._decide("requested")
        return True

    def action_approve(self):
        for bill in self:
            giver = bill._check_may_approve()
            own = giver == self.env.uid
            bill._decide("approved", giver_id=False if own else giver)
        self._post_when_ready()
        return True

    def action_reject(self):
        self.ensure_one()
        self._check_may_approve()
        return {
            "type": "ir.actions.act_window",
            "name": _("Refuse"),
            "res_model": "finance.sync.bill.reject",
            "view_mode": "form",
            "target": "new",
            "context": {"default_bill_id": self.id},
        }

    def _reject(self, reason):
        giver = self._check_may_approve()
        reason = (reason or "").strip()
        if len(reason) < SHORTEST_REASON:
            raise UserError(_("Give a reason that somebody else will understand."))
        own = giver == self.env.uid
        self._decide("rejected", reason=reason, giver_id=False if own else giver)

    def _check_odoo_decides(self):
        for bill in self:
            if bill.company_id.finance_sync_ap_approval != "odoo":
                raise UserError(_("Bills of this company are not approved in Odoo."))
            if bill.state not in ("staged", "posted"):
                raise UserError(_("Make the draft first: that is what is approved."))

    def _check_may_approve(self):
        """The user whose authority counts: this one, or who has delegated it.

        :raises UserError: the user had a part in it, or has no authority for it
        """
        self.ensure_one()
        self.env.user._finance_sync_check_approver()
        self._check_odoo_decides()
        contributors = self._contributors()
        if self.env.user in contributors:
            raise UserError(
                _("You had a part in this bill: somebody else approves it.")
            )
        mine = self.env.user.sudo().partner_id  # the user's own
        vendor = self.sudo().partner_id
        if mine in (vendor, vendor.commercial_partner_id):
            raise UserError(_("This bill is your own: somebody else approves it."))
        self.env.cr.execute(
            "SELECT FROM finance_sync_bill WHERE id = %s FOR UPDATE", [self.id]
        )
        giver = self._authority(contributors)
        if not giver:
            raise UserError(
                _(
                    "You have no authority over %(amount)s %(currency)s in "
                    "%(company)s, of your own or delegated to you for today.",
                    amount=self._amount_to_approve(),
                    currency=self.company_id.currency_id.name,
                    company=self.company_id.name,
                )
            )
        return giver

    def _contributors(self):
        """Who received, prepared, changed or put up the bill."""
        bill = self.sudo()  # who had a part is known, whoever may read it
        move = bill.move_id
        users = move.create_uid | move.write_uid | move.invoice_user_id
        users |= move.line_ids.create_uid | move.line_ids.write_uid
        asked = bill.approval_ids.filtered(lambda a: a.kind in ("requested", "revoked"))
        return users | asked.user_id

    def _authority(self, contributors):
        company = self.company_id
        today = fields.Date.context_today(self)
        # Limits count for everybody who approves.
        limits = (
            self.env["finance.sync.bill.approver"]
            .sudo()
            .search([("company_id", "parent_of", company.id)])
        )
        approvers = limits.filtered(
            lambda each: (
                each.user_id.active and each.user_id._finance_sync_is_approver()
            )
        )
        given = (
            self.env["finance.sync.bill.delegation"]
            .sudo()
            .search(
                [
                    ("company_id", "parent_of", company.id),
                    ("user_id", "=", self.env.uid),
                    ("date_from", "<=", today),
                    ("date_to", ">=", today),
                ]
            )
        )
        return authority(
            self.env.uid,
            self._amount_to_approve(),
            [
                Authority(each.user_id.id, Decimal(str(each.amount_limit)))
                for each in approvers
            ],
            [
                Delegation(
                    each.giver_id.id, each.user_id.id, each.date_from, each.date_to
                )
                for each in given
            ],
            today,
            frozenset(contributors.ids),
        )
