import logging

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .own_cursor import own_cursor

_logger = logging.getLogger(__name__)


class Exchange(models.Model):
    """What follows when a message is through."""

    _inherit = "finance.sync.exchange"

    def _finish(self, handler, answer):
        self._finish_all(handler, {self: answer})
        return _("Done.")

    @api.model
    def _finish_all(self, handler, answers):
        """``answers``: booked ones, by exchange."""
        now, done = fields.Datetime.now(), self.browse().union(*answers)
        for exchange, answer in answers.items():
            vals = {"state": "done", "done_at": now}
            reference = handler._external_ref(answer)
            if reference:
                vals["external_ref"] = str(reference)
            # The engine's own bookkeeping: the execution user writes business rows.
            exchange.sudo().write(vals)
        sent = done.filtered(lambda exchange: exchange.direction == "out")
        self.env["finance.sync.hold"]._exchange_done(done)
        sent._wake_next()

    def _wake_next(self):
        """Start the jobs of the messages that waited for these.

        They may have been enqueued after this transaction's snapshot, hence the look
        from outside. Should even that miss one, the janitor finds it.
        """
        sent = self.filtered(lambda exchange: exchange.direction == "out")
        if not sent:
            return
        sent.flush_recordset()
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                SELECT DISTINCT ON (x.document_uuid)
                    x.id, x.uuid, x.name, x.operation, x.document_ref,
                    x.company_id, x.connection_id
                FROM finance_sync_exchange x
                JOIN unnest(%s::varchar[], %s::int[]) AS ended (uuid, revision)
                    ON x.document_uuid = ended.uuid AND x.revision > ended.revision
                WHERE x.direction = 'out' AND x.state = 'pending'
                ORDER BY x.document_uuid, x.revision
                """,
                [sent.mapped("document_uuid"), sent.mapped("revision")],
            )
            rows = cr.dictfetchall()
        for row in rows:
            try:
                self._start_jobs([row])
            except UserError as error:
                # Not this exchange's trouble: the janitor tells the owner.
                _logger.warning("%s starts no job: %s", row["name"], error)
