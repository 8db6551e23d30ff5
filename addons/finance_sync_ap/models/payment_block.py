from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError


class AccountMove(models.Model):
    """A bill that must not be paid yet, and why. 17.0 has no such thing of its own."""

    _inherit = "account.move"

    finance_sync_payment_blocked = fields.Boolean(
        string="Payment Blocked",
        compute="_compute_finance_sync_payment_blocked",
        compute_sudo=True,
        store=True,
    )
    finance_sync_payment_block = fields.Char(
        string="Payment Block",
        compute="_compute_finance_sync_payment_blocked",
        compute_sudo=True,
        store=True,
        help="What blocks it, by code.",
    )
    finance_sync_payment_block_text = fields.Text(
        string="Why It Is Not Paid", compute="_compute_finance_sync_payment_block_text"
    )
    finance_sync_payment_stop = fields.Char(
        string="Stopped by Hand", readonly=True, copy=False, help="The reason."
    )
    finance_sync_payment_stop_by = fields.Many2one(
        "res.users", string="Stopped by", readonly=True, copy=False
    )

    @api.depends(
        "move_type",
        "state",
        "partner_bank_id.finance_sync_confirmed",
        "finance_sync_payment_stop",
        "finance_sync_bill_id",
    )
    def _compute_finance_sync_payment_blocked(self):
        held = self._finance_sync_held()
        for move in self:
            codes = move._finance_sync_block_codes(held)
            move.finance_sync_payment_block = ",".join(codes) or False
            move.finance_sync_payment_blocked = bool(codes)

    def _finance_sync_block_codes(self, held=None):
        """What blocks the payment now, not by a stored answer. Addons add theirs.

        :param held: as ``_finance_sync_held``, where several are asked about
        """
        self.ensure_one()
        if self.move_type not in ("in_invoice", "in_receipt"):
            return []
        move = self.sudo()  # asked for whoever pays
        found = []
        bank = move.partner_bank_id
        if bank and not bank._finance_sync_may_be_paid(move.partner_id):
            found.append("bank")
        held = self._finance_sync_held() if held is None else held
        if held.intersection(move._finance_sync_held_as()):
            found.append("hold")
        if move.finance_sync_payment_stop:
            found.append("manual")
        return found

    def _finance_sync_held_as(self):
        """UUIDs of the documents whose holds count: this, and the received bill."""
        names = [self.finance_sync_uuid, self.finance_sync_bill_id.finance_sync_uuid]
        return {name for name in names if name}

    def _finance_sync_payment_holds(self):
        """Open holds of bills that block, of all of these."""
        moves = self.sudo()  # see _finance_sync_block_codes
        names = {name for move in moves for name in move._finance_sync_held_as()}
        return moves.env["finance.sync.hold"].search(
            [
                ("document_uuid", "in", list(names)),
                ("state", "=", "open"),
                ("blocking", "=", True),
                ("code", "=like", "ap\\_%"),
            ]
        )

    def _finance_sync_held(self):
        """Which documents of these are held: UUIDs, by one query."""
        bills = self.filtered(lambda m: m.move_type in ("in_invoice", "in_receipt"))
        if not bills:
            return frozenset()
        return frozenset(bills._finance_sync_payment_holds().mapped("document_uuid"))

    @api.depends("finance_sync_payment_block")
    def _compute_finance_sync_payment_block_text(self):
        for move in self:
            lines = move._finance_sync_block_lines(move._finance_sync_block_codes())
            move.finance_sync_payment_block_text = "\n".join(lines) or False

    def _finance_sync_block_lines(self, codes):
        """Each reason in words, with what to do next."""
        move = self.sudo()  # see _finance_sync_block_codes
        lines = []
        if "bank" in codes:
            lines.append(move.partner_bank_id._finance_sync_refusal())
        if "hold" in codes:
            lines += [
                _("%(what)s: %(summary)s", what=hold.type_id.name, summary=hold.summary)
                for hold in move._finance_sync_payment_holds()
            ]
        if "manual" in codes:
            lines.append(
                _(
                    "%(user)s stopped it: %(reason)s. Press “Release Payment” on the "
                    "bill once that is settled.",
                    user=move.finance_sync_payment_stop_by.name,
                    reason=move.finance_sync_payment_stop,
                )
            )
        return lines

    def _finance_sync_check_payable(self):
        """For whatever pays bills: the wizard, payments, and payment orders of other
        addons (call it where a line is added and where the file is made).

        :raises UserError: one of these is blocked; says why and what to do next
        """
        parts = []
        for move in self:
            codes = move._finance_sync_block_codes()
            if codes:
                about = _("%s cannot be paid yet.", move.sudo().display_name)
                parts.append("\n".join([about, *move._finance_sync_block_lines(codes)]))
        if parts:
            raise UserError("\n\n".join(parts))

    def _finance_sync_forget(self):
        """Holds have changed, and with them what may be paid."""
        result = super()._finance_sync_forget()
        self._finance_sync_block_again()
        return result

    def _finance_sync_block_again(self):
        for name in ("finance_sync_payment_blocked", "finance_sync_payment_block"):
            self.env.add_to_compute(self._fields[name], self.exists())

    def write(self, vals):
        """Whatever posts the entry of a payment ends here."""
        if vals.get("state") == "posted":
            self._finance_sync_posting_payments()._finance_sync_check_payable()
        return super().write(vals)

    # -- What people do

    def action_register_payment(self):
        self._finance_sync_check_payable()
        return super().action_register_payment()

    def action_finance_sync_stop_payment(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Stop Payment"),
            "res_model": "finance.sync.payment.stop",
            "view_mode": "form",
            "target": "new",
            "context": {"default_move_ids": self.ids},
        }

    def _finance_sync_stop_payment(self, reason):
        self._finance_sync_check_clerk()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(_("Say why the payment is stopped."))
        # Kept by us alone, for whom the user was checked.
        self.sudo().write(
            {
                "finance_sync_payment_stop": reason[:200],
                "finance_sync_payment_stop_by": self.env.uid,
            }
        )
        self._finance_sync_tell_payment("stopped", reason)

    def action_finance_sync_release_payment(self):
        """By who stopped it, or by an approver."""
        self._finance_sync_check_clerk()
        for move in self.filtered("finance_sync_payment_stop"):
            mine = move.finance_sync_payment_stop_by == self.env.user
            if not mine and not self.env.user._finance_sync_is_approver():
                raise UserError(
                    _(
                        "%s stopped this payment. They, or an approver, release it.",
                        move.finance_sync_payment_stop_by.name,
                    )
                )
            reason = move.finance_sync_payment_stop
            # See _finance_sync_stop_payment.
            move.sudo().write(
                {
                    "finance_sync_payment_stop": False,
                    "finance_sync_payment_stop_by": False,
                }
            )
            move._finance_sync_tell_payment("released", reason)
        return True

    def _finance_sync_tell_payment(self, what, reason):
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": f"finance_sync.ap.payment.{what}",
                    "record": move,
                    "data": {"reason": reason},
                }
                for move in self
            ]
        )

    def _finance_sync_check_clerk(self):
        user = self.env.user
        groups = ("account.group_account_invoice", "finance_sync.group_approver")
        if not (self.env.su or any(user.has_group(group) for group in groups)):
            raise AccessError(_("Only who books bills may stop or release a payment."))
