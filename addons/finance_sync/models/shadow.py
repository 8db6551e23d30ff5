import logging

from odoo import _, api, fields, models
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import UserError, ValidationError

from ..compat import dropped_callbacks
from ..core import shadow
from ..core.canonical import canonical_json
from ..core.errors import ProviderError
from ..core.registry import Resolution

_logger = logging.getLogger(__name__)

LONGEST_SHOWN = 2000
OUTCOMES = [
    (shadow.MATCH, "Same"),
    (shadow.DIFFERENT, "Different"),
    (shadow.FAILED, "Failed"),
    (shadow.SKIPPED, "Not Compared"),
]


class _DroppedError(Exception):
    """Ends a trial: whatever it wrote is rolled back."""


class ShadowResult(models.Model):
    """What a connection in shadow mode would have done, beside what the books say."""

    _name = "finance.sync.shadow.result"
    _description = "Shadow Comparison"
    _order = "id desc"
    _rec_name = "document_ref"
    _log_access = False

    compared_at = fields.Datetime(required=True, readonly=True, index=True)
    connection_id = fields.Many2one(
        "finance.sync.connection",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    exchange_id = fields.Many2one(
        "finance.sync.exchange", readonly=True, ondelete="set null", index=True
    )
    operation = fields.Char(required=True, readonly=True)
    res_model = fields.Char(string="Document Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document Id", model_field="res_model", readonly=True
    )
    document_uuid = fields.Char(readonly=True, index=True)
    document_ref = fields.Char(string="Document", readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True, index=True)
    compared = fields.Integer(readonly=True, default=1)
    matched = fields.Integer(readonly=True)
    expected = fields.Text(string="In the Books", readonly=True)
    actual = fields.Text(string="By the Connection", readonly=True)
    difference = fields.Monetary(
        readonly=True, help="By the connection, less what is in the books."
    )
    note = fields.Text(readonly=True)

    def init(self):
        # The newest comparison of a document is the one that counts.
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_shadow_result_document"
            " ON finance_sync_shadow_result (connection_id, operation, document_uuid)"
        )

    @api.model
    def _record(self, connection, operation, document, comparisons, **values):
        """Keep what a comparison came to; a later one of the document replaces it.

        :param document: a record of a model with ``finance.sync.document.mixin``
        :param comparisons: of :class:`~..core.shadow.Comparison`
        """
        document._finance_sync_ensure_uuid()
        company = document.company_id or self.env.company
        comparisons = list(comparisons)
        vals = {
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "res_model": document._name,
            "res_id": document.id,
            "document_uuid": document.finance_sync_uuid,
            "document_ref": document.display_name,
            "outcome": shadow.outcome(comparisons),
            "difference": float(sum(c.difference for c in comparisons)),
            "expected": _shown((c.what, c.expected) for c in comparisons),
            "actual": _shown((c.what, c.actual) for c in comparisons),
            **values,
        }
        return self._store(connection, operation, vals)

    @api.model
    def _store(self, connection, operation, vals):
        results = self.sudo()  # made by what is compared, not by users
        vals = {
            **vals,
            "connection_id": connection.id,
            "operation": operation,
            "compared_at": fields.Datetime.now(),
            "compared": int(vals["outcome"] != shadow.SKIPPED),
            "matched": int(vals["outcome"] == shadow.MATCH),
        }
        known = results.search(
            [
                ("connection_id", "=", connection.id),
                ("operation", "=", operation),
                ("document_uuid", "=", vals["document_uuid"]),
            ],
            limit=1,
        )
        if known:
            known.write(vals)
        return (known or results.create(vals)).sudo(False)

    def action_open_document(self):
        self.ensure_one()
        if self.res_model not in self.env or not (
            self.env[self.res_model].browse(self.res_id).exists()
        ):
            raise UserError(_("The document is no more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }


class Exchange(models.Model):
    _inherit = "finance.sync.exchange"

    def _is_shadow(self):
        # Whoever runs the job may see little of the connection.
        return self.connection_id.sudo()._is_shadow()

    def _run_shadow(self, handler):
        """Compare instead of sending or booking; the exchange is done with that."""
        try:
            vals = self._shadow_vals(handler)
        except ProviderError as error:
            if error.kind == "transient":
                return self._on_error(handler, error)
            vals = {"outcome": shadow.FAILED, "note": error.message}
        self.env["finance.sync.shadow.result"]._store(
            self.connection_id,
            self.operation,
            {
                "company_id": self.company_id.id,
                "currency_id": self.company_id.currency_id.id,
                "exchange_id": self.id,
                "res_model": self.res_model,
                "res_id": self.res_id,
                "document_uuid": self.document_uuid or self.uuid,
                "document_ref": self.document_ref or self.external_id or self.name,
                **vals,
            },
        )
        # The engine's own bookkeeping: the execution user writes business rows only.
        self.sudo().write({"state": "done", "done_at": fields.Datetime.now()})
        self._wake_next()
        return _("Compared; nothing was changed.")

    def _run_batch(self, batch):
        """Many at once: each is compared by itself, nothing is sent or booked."""
        if not batch.connection._is_shadow():
            return super()._run_batch(batch)
        for exchange in self:
            try:
                exchange._run_shadow(batch.handler)
            except RetryableJobError as later:
                batch.apart[exchange] = later.seconds
        self._go_on(batch)
        return _("%s compared; nothing was changed.", len(self))

    def _shadow_vals(self, handler):
        if self.direction == "in":
            return self._shadow_inbound(handler, self._payload())
        operations = self.connection_id.sudo()._adapter_class().operations
        if operations.get(self.operation) is not Resolution.READ:
            return {
                "outcome": shadow.SKIPPED,
                "note": _("It would have been sent. In shadow mode nothing is."),
            }
        answer = self._obtain_answer(handler)
        return _compared(handler._shadow_compare(self, answer))

    def _shadow_inbound(self, handler, message):
        """What booking it would do: tried, compared, and rolled back."""
        comparisons = handler._shadow_compare(self, message)
        try:
            with dropped_callbacks(self.env.cr), self.env.cr.savepoint():
                handler._apply(self, message)
                raise _DroppedError
        except _DroppedError:
            # What the cache holds of it has been rolled back as well.
            self.env.invalidate_all(flush=False)
        except (UserError, ValidationError) as error:
            self.env.invalidate_all(flush=False)
            return {"outcome": shadow.FAILED, "note": str(error)}
        if comparisons:
            return _compared(comparisons)
        return {
            "outcome": shadow.MATCH,
            "note": _("It could be booked. In shadow mode nothing is."),
        }


class Handler(models.AbstractModel):
    _inherit = "finance.sync.handler"

    def _shadow_compare(self, exchange, answer):
        """Shadow mode: what the books say beside ``answer`` (inbound: the message).

        Only reads. :return: a list of :class:`~..core.shadow.Comparison`
        """
        return []


def _compared(comparisons):
    return {
        "outcome": shadow.outcome(comparisons),
        "difference": float(sum(c.difference for c in comparisons)),
        "expected": _shown((c.what, c.expected) for c in comparisons),
        "actual": _shown((c.what, c.actual) for c in comparisons),
    }


def _shown(pairs):
    lines = []
    for what, value in pairs:
        text = value if isinstance(value, str) else canonical_json(value).strip('"')
        lines.append(f"{what}: {text}")
    return "\n".join(lines)[:LONGEST_SHOWN]
