from odoo import _, models
from odoo.addons.finance_sync.core.errors import RejectedError
from odoo.addons.finance_sync.core.money import quantize

from ..core.codec import commitment_to_dict, document_from_dict, result_from_dict
from ..core.document import COMMITTED, VOIDED


class TaxHandler(models.AbstractModel):
    """What committing and voiding have in common."""

    _name = "finance.sync.handler.tax"
    _inherit = "finance.sync.handler"
    _description = "Tax Handler"

    def _move(self, exchange):
        """The exchange's document, if it is still there."""
        move = self.env["account.move"].browse(exchange.res_id).exists()
        if move.finance_sync_uuid != exchange.document_uuid:
            return move.browse()
        return move

    def _hold_amount(self, exchange, error):
        """The difference where there is one: not the whole tax is at stake."""
        move = self._move(exchange)
        if error.amount is None or not move:
            return super()._hold_amount(exchange, error)
        return move.currency_id._convert(
            float(error.amount),
            move.company_currency_id,
            move.company_id,
            move.invoice_date or move.date,
        )

    def _move_on(self, exchange, states, state):
        """From one of ``states`` to ``state``; a document that went on stays."""
        move = self._move(exchange)
        if move.finance_sync_tax_state in states:
            move._finance_sync_set({"finance_sync_tax_state": state})


class TaxCommitHandler(models.AbstractModel):
    _name = "finance.sync.handler.tax.commit"
    _inherit = "finance.sync.handler.tax"
    _description = "Record a Document at a Tax Engine"

    def _operation_label(self):
        return _("Record tax")

    def _adapter_call(self, adapter, key, request):
        document = document_from_dict(request["document"])
        expected = result_from_dict(request["expected"])
        if request.get("estimated"):
            self._check_estimate(adapter, document, expected)
        return commitment_to_dict(adapter.commit(document, expected, key=key))

    def _check_estimate(self, adapter, document, expected):
        """Ask first, so that nothing is left at the engine where they differ.

        :raises RejectedError: ``estimated_difference``
        """
        found = adapter.quote(document)
        if found.total_tax != expected.total_tax:
            difference = found.total_tax - expected.total_tax
            theirs, ours, apart = (
                quantize(amount, document.places)
                for amount in (found.total_tax, expected.total_tax, difference)
            )
            raise RejectedError(
                f"The engine finds {theirs} in tax, {ours} was invoiced: "
                f"difference {apart}",
                code="estimated_difference",
                amount=difference,
            )

    def _adapter_lookup(self, adapter, key, request):
        document = document_from_dict(request["document"])
        expected = result_from_dict(request["expected"])
        found = adapter.lookup(document.code, document.kind)
        if (
            found is not None
            and found.status == COMMITTED
            and found.total_tax == expected.total_tax
            and found.total_amount == expected.total_amount
        ):
            return commitment_to_dict(found)
        # Anything else there is replaced, or refused with its difference.
        return None

    def _apply(self, exchange, answer):
        self._move_on(exchange, ("committing", "error"), "committed")

    def _hold_code(self, error):
        if error.code == "amount_difference":
            return "tax_commit_difference"
        if error.code == "estimated_difference":
            return "tax_estimated_difference"
        return super()._hold_code(error)

    def _on_held(self, exchange, hold):
        self._move_on(exchange, ("committing",), "error")

    def _on_cancelled(self, exchange):
        self._move_on(exchange, ("committing", "error"), "determined")


class TaxVoidHandler(models.AbstractModel):
    _name = "finance.sync.handler.tax.void"
    _inherit = "finance.sync.handler.tax"
    _description = "Void a Document at a Tax Engine"

    def _operation_label(self):
        return _("Void tax")

    def _adapter_call(self, adapter, key, request):
        done = adapter.void(
            request["code"], request["kind"], request.get("reason") or "", key=key
        )
        return commitment_to_dict(done)

    def _adapter_lookup(self, adapter, key, request):
        found = adapter.lookup(request["code"], request["kind"])
        if found is not None and found.status == VOIDED:
            return commitment_to_dict(found)
        return None

    def _apply(self, exchange, answer):
        self._move_on(exchange, ("voiding", "error"), "voided")

    def _supersedes(self, operation):
        return ("tax.commit",)

    def _hold_code(self, error):
        if error.kind == "rejected":
            return "tax_void_failed"
        return super()._hold_code(error)

    def _on_held(self, exchange, hold):
        self._move_on(exchange, ("voiding",), "error")

    def _on_cancelled(self, exchange):
        self._move_on(exchange, ("voiding", "error"), "voided")
