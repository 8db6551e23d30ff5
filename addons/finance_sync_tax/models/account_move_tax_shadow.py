from decimal import Decimal

from odoo import _, api, fields, models
from odoo.addons.finance_sync.core.errors import (
    ConfigurationError,
    ProviderError,
    TransientError,
)
from odoo.addons.finance_sync.core.money import quantize
from odoo.addons.finance_sync.core.shadow import FAILED, Comparison
from odoo.addons.finance_sync.models.internal import Internal, internal_value
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import UserError

from ..core.check import check_result

OPERATION = "tax.quote"
NAMED, ASKED = "finance_sync_tax_named", "finance_sync_tax_asked"
BATCH = 50
TYPES = ("out_invoice", "out_refund")


class AccountMove(models.Model):
    """Cut-over of a tax engine: compare its tax with the ledger's, touch nothing."""

    _inherit = "account.move"

    finance_sync_tax_shadow = fields.Boolean(
        compute="_compute_finance_sync_tax_shadow",
        help="An engine in shadow mode would determine its tax.",
    )

    @api.depends("invoice_date", "date")
    def _compute_finance_sync_tax_connection_id(self):
        """Whether it is from before a cut-over follows from its date."""
        return super()._compute_finance_sync_tax_connection_id()

    @api.depends("move_type", "state", "company_id", "fiscal_position_id")
    def _compute_finance_sync_tax_shadow(self):
        for move in self:
            move.finance_sync_tax_shadow = bool(move._finance_sync_tax_watcher())

    def write(self, vals):
        result = super().write(vals)
        if {"invoice_date", "date"} & vals.keys():
            # It may have crossed the baseline of its engine.
            self._finance_sync_tax_begin()
        return result

    # -- Which connection

    def _finance_sync_tax_choice(self):
        """None while the engine only watches, nor for documents from before it."""
        named = super()._finance_sync_tax_choice()
        if internal_value(self.env, NAMED, False) or not named:
            return named
        connection = named.sudo()  # its mode and date only
        if connection._is_shadow() or connection._is_before_baseline(
            self._finance_sync_day()
        ):
            return self.env["finance.sync.connection"]
        return named

    def _finance_sync_tax_named_connection(self):
        """The connection that the settings name, whatever its mode."""
        if self.move_type not in TYPES:
            return self.env["finance.sync.connection"]
        move = self.with_context(**{NAMED: Internal(True)})
        return move._finance_sync_tax_choice().with_env(self.env)

    def _finance_sync_tax_watcher(self):
        """The connection in shadow mode that this document is compared with."""
        connection = self._finance_sync_tax_named_connection().sudo()  # see above
        watches = (
            connection
            and self.state != "cancel"
            and connection._is_shadow()
            and not connection._is_before_baseline(self._finance_sync_day())
        )
        return connection if watches else connection.browse()

    def _finance_sync_tax_asked(self):
        asked = internal_value(self.env, ASKED)
        if asked:
            return self.env["finance.sync.connection"].browse(asked)
        return super()._finance_sync_tax_asked()

    def _finance_sync_concerned(self):
        return super()._finance_sync_concerned() | (
            self._finance_sync_tax_named_connection()
        )

    # -- Compare

    def action_finance_sync_tax_compare(self):
        """Ask the engine now and show how its tax compares."""
        moves = self.filtered("finance_sync_tax_shadow")
        if not moves:
            raise UserError(_("No tax engine in shadow mode watches these documents."))
        results = moves._finance_sync_tax_compare()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_sync.finance_sync_shadow_result_action"
        )
        if len(results) == 1:
            return {
                **action,
                "res_id": results.id,
                "view_mode": "form",
                "views": [(False, "form")],
            }
        return {**action, "domain": [("id", "in", results.ids)]}

    def _finance_sync_tax_compare(self, wait=False):
        """The comparisons of these documents, as records.

        :param wait: raise where the engine is away, instead of recording a failure
        """
        results = self.env["finance.sync.shadow.result"]
        with self.env["finance.sync.connection"]._calling_often():
            for move in self:
                connection = move._finance_sync_tax_watcher()
                if connection and move._finance_sync_tax_lines():
                    results |= move._finance_sync_tax_compare_one(connection, wait)
        return results

    def _finance_sync_tax_compare_one(self, connection, wait):
        results = self.env["finance.sync.shadow.result"]
        asking = self.with_context(**{ASKED: Internal(connection.id)})
        comparisons, values = [], {}
        try:
            document = asking._finance_sync_tax_document()
            answer = connection._finance_sync_quote(document, self.company_id)
            comparisons = self._finance_sync_tax_comparisons(
                check_result(document, answer)
            )
        except TransientError:
            if wait:
                raise
            values = {"outcome": FAILED, "note": _("The engine did not answer.")}
        except ProviderError as error:
            values = {"outcome": FAILED, "note": error.message}
        return results._record(connection, OPERATION, self, comparisons, **values)

    def _finance_sync_tax_comparisons(self, answer):
        """Tax and net total, in document currency, with Odoo's document sign."""
        sign, places = self._finance_sync_tax_sign(), self.currency_id.decimal_places

        def booked(amount):
            return quantize(Decimal(str(amount)), places)

        return [
            Comparison("Tax", booked(self.amount_tax), sign * answer.total_tax),
            Comparison("Net", booked(self.amount_untaxed), sign * answer.total_amount),
        ]

    # -- By itself, after posting

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted.filtered("finance_sync_tax_shadow")._finance_sync_tax_delay_compare()
        return posted

    def _finance_sync_tax_delay_compare(self):
        """Jobs that compare, a few documents each; no posting waits for an engine."""
        groups = {}
        for move in self:
            key = (move._finance_sync_tax_watcher(), move.company_id)
            groups[key] = groups.get(key, self.browse()) | move
        for (connection, company), moves in groups.items():
            try:
                user = connection._execution_user(company)
            except ConfigurationError:
                continue  # nothing is lost: the button compares
            worker = (
                moves.with_user(user)
                .with_company(company)
                .with_context(allowed_company_ids=company.ids)
            )
            for start in range(0, len(worker), BATCH):
                worker[start : start + BATCH].with_delay(
                    channel="root.finance_sync.bulk",
                    max_retries=0,
                    description=f"Compare taxes with {connection.name}",
                )._job_finance_sync_tax_compare()

    def _job_finance_sync_tax_compare(self):
        """Compare; running again is safe, as the newest comparison counts."""
        try:
            results = self.exists()._finance_sync_tax_compare(wait=True)
        except TransientError as error:
            seconds = max(1, round(error.retry_after or 60))
            raise RetryableJobError(
                error.message, seconds=seconds, ignore_retry=True
            ) from error
        return f"{len(results)} compared."


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    def write(self, vals):
        result = super().write(vals)
        if {"mode", "baseline_date"} & vals.keys():
            taxes = self.filtered(lambda connection: connection.kind == "tax")
            companies = taxes.sudo().company_ids  # their drafts, whoever decides
            if companies:
                self.env["account.move"]._finance_sync_tax_rebegin(
                    [("company_id", "child_of", companies.ids)]
                )
        return result
