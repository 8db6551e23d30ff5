from odoo import _, models
from odoo.addons.finance_sync.models.internal import Internal

from ..core.codec import document_from_dict
from .account_move import DRAFT_HOLDS


class AccountMove(models.Model):
    """After posting: recorded at the engine, voided, credited."""

    _inherit = "account.move"

    def _finance_sync_posted(self):
        """Check once more, and let the engine record what it determined.

        :raises LedgerError: posting has changed the tax; all of it is undone
        """
        for move in self:
            error = move._finance_sync_ledger_error()
            if error:
                raise error
        self._finance_sync_resolve(_("The document was posted."))
        recorded = self.filtered(lambda move: move._finance_sync_is_for_engine())
        if recorded:
            recorded._finance_sync_set({"finance_sync_tax_state": "committing"})
            self.env["finance.sync.exchange"]._enqueue_many(
                [move._prepare_finance_sync_commit() for move in recorded]
            )
        self._finance_sync_drop_credited_estimates()

    def _finance_sync_resolve(self, why):
        """What kept drafts from being posted is over."""
        if self:
            self.env["finance.sync.hold"]._resolve_for(
                document=self, codes=DRAFT_HOLDS, why=why
            )

    def _finance_sync_is_for_engine(self):
        """Does the engine record this document?"""
        return (
            self.finance_sync_tax_used_id._finance_sync_keeps_records()
            and not self._finance_sync_takes_back_estimate()
        )

    def _prepare_finance_sync_commit(self):
        move = self.sudo()  # what the determination left there
        return {
            "document": self,
            "operation": "tax.commit",
            "connection": move.finance_sync_tax_used_id,
            "request": {
                "document": move.finance_sync_tax_question,
                "expected": move.finance_sync_tax_answer,
                "estimated": move.finance_sync_tax_estimated,
            },
            "amount": abs(self.amount_tax_signed),
        }

    def _finance_sync_tax_leaving(self, vals):
        """Posted documents of an engine's that ``vals`` make a draft or cancel."""
        if vals.get("state") not in ("draft", "cancel"):
            return self.browse()
        return self.filtered(
            lambda move: move.state == "posted" and move.finance_sync_tax_recorded
        )

    def _finance_sync_tax_void(self, reason=""):
        """Withdraw documents from the engine. They need a new code from now on."""
        if not self:
            return
        self._finance_sync_give_up(_("The document is withdrawn."))
        items = [move._prepare_finance_sync_void(reason) for move in self]
        for move in self:
            move._finance_sync_set(
                {
                    "finance_sync_tax_state": "voiding",
                    "finance_sync_tax_serial": move.finance_sync_tax_serial + 1,
                    "finance_sync_tax_fingerprint": False,
                }
            )
        self.env["finance.sync.exchange"]._enqueue_many(items)

    def _prepare_finance_sync_void(self, reason):
        move = self.sudo()  # what the determination left there
        question = document_from_dict(move.finance_sync_tax_question)
        return {
            "document": self,
            "operation": "tax.void",
            "connection": move.finance_sync_tax_used_id,
            "request": {
                "code": question.code,
                "kind": question.kind,
                "company_code": question.company_code,
                "reason": reason,
            },
            "amount": abs(self.amount_tax_signed),
        }

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Lines of credit notes know the lines that they take back."""
        moves = self.with_context(finance_sync_reversal=Internal(True))
        reverse = super(AccountMove, moves)._reverse_moves(
            default_values_list=default_values_list, cancel=cancel
        )
        return reverse.with_env(self.env)

    def _finance_sync_drop_credited_estimates(self):
        """An estimate that its credit note took back is nothing to record any more."""
        origins = self.filtered(
            lambda move: move._finance_sync_takes_back_estimate()
        ).reversed_entry_id
        for origin in origins:
            origin._finance_sync_give_up(_("The invoice was credited."))
            self.env["finance.sync.hold"]._resolve_for(
                document=origin,
                codes=("tax_estimated_difference",),
                why=_("The invoice was credited."),
            )
            origin._finance_sync_set({"finance_sync_tax_state": "voided"})

    def _finance_sync_give_up(self, why):
        """Drop held recordings that the engine has refused: they would stand before
        what comes now. One whose outcome is not known stays, and all waits for it.
        """
        # Messages of the engine's, about documents that the caller may withdraw.
        exchanges = self.sudo().finance_sync_exchange_ids.filtered(
            lambda x: x.state == "held" and x.operation == "tax.commit"
        )
        attempts = self.env["finance.sync.attempt"]
        for exchange in exchanges:
            states = {attempt["state"] for attempt in attempts._of(exchange.uuid)}
            if not states & {"open", "unknown", "succeeded"}:
                exchange._cancel(why)
