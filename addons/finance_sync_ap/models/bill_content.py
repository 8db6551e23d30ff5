from odoo import api, models
from odoo.addons.finance_sync.models.internal import Internal, internal_value
from odoo.exceptions import UserError

from ..core.approval import as_text

POSTING = "finance_sync_ap_posting"


class AccountMove(models.Model):
    _inherit = "account.move"

    def _finance_sync_content(self):
        """What an approval of the draft is about; texts that posting sets are not."""
        self.ensure_one()
        lines = self.line_ids
        if self.state != "draft" or internal_value(self.env, POSTING):
            # What stock valuation adds while posting was not decided on.
            lines = lines.filtered(lambda line: line.display_type != "cogs")
        return [
            self.ref or "",
            self.move_type,
            self.partner_id.id,
            str(self.invoice_date),
            str(self.invoice_date_due),
            self.currency_id.name or "",
            self.partner_bank_id.id or 0,
            # By what they say: lines of taxes are made anew, and get other ids.
            sorted(line._finance_sync_content() for line in lines),
        ]

    def _finance_sync_block_codes(self, held=None):
        found = super()._finance_sync_block_codes(held)
        bill = self.sudo().finance_sync_bill_id  # see there
        if bill and not bill._is_approved():
            found.append("approval")
        return found

    def _finance_sync_block_lines(self, codes):
        lines = super()._finance_sync_block_lines(codes)
        if "approval" in codes:
            problem = self.sudo().finance_sync_bill_id._approval_problem()
            lines += [problem] if problem else []
        return lines

    def _finance_sync_check_post(self):
        result = super()._finance_sync_check_post()
        problem = self.sudo().finance_sync_bill_id._approval_problem()  # see there
        if problem:
            raise UserError(problem)
        return result

    def write(self, vals):
        result = super().write(vals)
        self._finance_sync_watch_approval()
        return result

    def _post(self, soft=True):
        """Posting writes step by step: what counts is how it begins and ends."""
        for move in self.filtered("finance_sync_bill_id"):
            if move.state == "draft":
                move._finance_sync_check_post()
        posting = self.with_context(**{POSTING: Internal(True)})
        posted = super(AccountMove, posting)._post(soft).with_env(self.env)
        self._finance_sync_watch_approval()
        return posted

    def _finance_sync_watch_approval(self):
        """Every way of changing a draft ends here or on its lines."""
        if internal_value(self.env, POSTING):
            return
        # Whoever changes it may not see the bill as it was received.
        bills = self.sudo().finance_sync_bill_id
        if bills:
            bills.with_env(self.env)._revoke_if_changed()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _finance_sync_content(self):
        product = self.display_type == "product"
        return [
            self.display_type or "",
            (self.name or "") if product else "",
            self.account_id.id or 0,
            self.product_id.id or 0,
            as_text(self.quantity),
            as_text(self.price_unit),
            as_text(self.discount),
            sorted(self.tax_ids.ids),
            as_text(self.amount_currency),
            as_text(self.balance),
            str(self.date_maturity or ""),
            [
                f"{key}={as_text(share)}"
                for key, share in sorted((self.analytic_distribution or {}).items())
            ],
        ]

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.move_id._finance_sync_watch_approval()
        return lines

    def write(self, vals):
        moves = self.move_id
        result = super().write(vals)
        (moves | self.move_id)._finance_sync_watch_approval()
        return result

    def unlink(self):
        moves = self.move_id
        result = super().unlink()
        moves._finance_sync_watch_approval()
        return result
