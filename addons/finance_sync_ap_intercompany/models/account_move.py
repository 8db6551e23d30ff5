from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    finance_sync_is_pair = fields.Boolean(compute="_compute_finance_sync_is_pair")

    def _compute_finance_sync_is_pair(self):
        # That there is one concerns whoever may read the entry.
        pairs = self.env["finance.sync.ap.pair"].sudo()
        found = pairs.search(
            ["|", ("move_id", "in", self.ids), ("buyer_move_id", "in", self.ids)]
        )
        paired = found.move_id | found.buyer_move_id
        for move in self:
            move.finance_sync_is_pair = move in paired

    def write(self, vals):
        """Posting, taking back and cancelling take many ways, all of which end here."""
        result = super().write(vals)
        if "state" in vals:
            self._finance_sync_pair_moved(vals["state"])
        return result

    def unlink(self):
        """What was never handed over goes with its invoice."""
        # See write: whoever deletes a draft.
        pairs = self.env["finance.sync.ap.pair"].sudo()
        pairs.search([("move_id", "in", self.ids)]).unlink()
        return super().unlink()

    def _finance_sync_pair_moved(self, state):
        # Whoever changes one side may see nothing of the other.
        pairs = self.env["finance.sync.ap.pair"].sudo()
        if state == "posted":
            pairs._of_posted(self)
        else:
            sold = pairs.search([("move_id", "in", self.ids)])
            if state == "cancel":
                sold._start()
            sold._check()
        pairs.search([("buyer_move_id", "in", self.ids)])._check()

    def _finance_sync_check_post(self):
        result = super()._finance_sync_check_post()
        pair = self.sudo().finance_sync_bill_id.pair_id  # see _finance_sync_pair_moved
        if pair:
            text = pair._explain(pair._verdict())
            if text:
                raise UserError(text)
        return result

    def action_finance_sync_open_pair(self):
        self.ensure_one()
        pairs = self.env["finance.sync.ap.pair"].search(
            ["|", ("move_id", "=", self.id), ("buyer_move_id", "=", self.id)], limit=1
        )
        if not pairs:
            raise UserError(_("This is not between our companies."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.sync.ap.pair",
            "res_id": pairs.id,
            "views": [(False, "form")],
        }

    def action_finance_sync_hand_over(self):
        """Invoices that were posted before there was a connection."""
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(_("Only who may book invoices may do this."))
        posted = self.filtered(lambda move: move.state == "posted")
        if not self.env["finance.sync.ap.pair"]._of_posted(posted):
            raise UserError(
                _(
                    "None of these is a posted invoice to one of our companies that a "
                    "connection “Our Own Companies” serves together with the seller."
                )
            )
        return True
