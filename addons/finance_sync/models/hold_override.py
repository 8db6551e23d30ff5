from odoo import _, models
from odoo.exceptions import UserError

SHORTEST_REASON = 10


class Hold(models.Model):
    """Going on in spite of a hold: a reason, and by rule a second person."""

    _inherit = "finance.sync.hold"

    def action_override(self):
        self.ensure_one()
        self._check_resolver()
        self._check_overridable()
        return {
            "type": "ir.actions.act_window",
            "name": _("Override"),
            "res_model": "finance.sync.hold.override",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_id": self.id},
        }

    def _check_overridable(self):
        for hold in self:
            if not hold.type_id.overridable:
                raise UserError(_("“%s” can never be overridden.", hold.type_id.name))

    def _override(self, reason):
        """Go on in spite of this hold; at once where its type needs no second one."""
        self._check_resolver()
        self._check_overridable()
        reason = (reason or "").strip()
        if len(reason) < SHORTEST_REASON:
            raise UserError(_("Give a reason that somebody else will understand."))
        for hold in self:
            if hold.override_requested_by:
                raise UserError(_("An override has been asked for already."))
            hold._check_no_beneficiary(self.env.user)
            # See _close.
            hold.sudo().write(
                {"override_reason": reason, "override_requested_by": self.env.uid}
            )
            hold._tell("override.requested", reason=reason)
            if not hold.type_id.second_person:
                hold._go_on()

    def _approve_override(self):
        """The second person, who is neither the first one nor the superuser."""
        self._check_may_decide()
        self._go_on()

    def _refuse_override(self, reason):
        self._check_may_decide()
        for hold in self.sudo():  # see _close
            hold._message_log(body=_("Override refused: %s", reason))
            hold._tell(
                "override.refused",
                requested_by=hold.override_requested_by.id,
                reason=reason,
            )
        self.sudo().write({"override_requested_by": False, "override_reason": False})

    def _check_may_decide(self):
        user = self.env.user
        user._finance_sync_check_approver()
        self._check_overridable()
        for hold in self:
            if hold.state != "open" or not hold.override_requested_by:
                raise UserError(_("Nobody asks for an override of this hold."))
            if hold.override_requested_by == user:
                raise UserError(_("A second person has to decide on your override."))
            hold._check_no_beneficiary(user)
            if user in hold._contributors():
                raise UserError(
                    _("You made this document: somebody else has to decide.")
                )

    def _check_no_beneficiary(self, user):
        """:raises UserError: the document pays, or is about, the user"""
        mine = user.sudo().partner_id.commercial_partner_id
        theirs = self.sudo().partner_id.commercial_partner_id
        own = self.company_id.partner_id  # employees' contacts may lie below it
        if theirs and (
            theirs == mine != own or self.sudo().partner_id == user.sudo().partner_id
        ):
            raise UserError(
                _("This document is about you: somebody else has to do this.")
            )

    def _contributors(self):
        """Who made the document or sent its message. Hook for other documents."""
        hold = self.sudo()  # who made it is known, whoever may read it
        users = hold.exchange_id.initiator_id
        document = hold._document()
        document = document.exists() if document else document
        if document:
            users |= document.create_uid
            if "invoice_user_id" in document._fields:
                users |= document.invoice_user_id
        return users

    def _go_on(self):
        for hold in self:
            exchange = hold.exchange_id
            hold._tell(
                "override.approved",
                requested_by=hold.override_requested_by.id,
                reason=hold.override_reason,
            )
            hold.sudo().override_by = self.env.user  # see _close
            hold._close("overridden", hold.override_reason)
            if exchange.state == "held":
                exchange._cancel(_("Its hold was overridden."))
