"""What becomes of exchanges, as events."""

from odoo import api, models

from .internal import Internal, internal_value
from .own_cursor import own_cursor

RECORDED = ("done", "held", "cancelled", "superseded")
LATER = "finance_sync_recorded_later"


class Exchange(models.Model):
    _inherit = "finance.sync.exchange"

    def write(self, vals):
        moved = self.browse()
        if vals.get("state") in RECORDED and not internal_value(self.env, LATER):
            moved = self.filtered(lambda x: x.state != vals["state"])
        result = super().write(vals)
        if moved:
            moved._record_step(vals["state"])
        return result

    def _record_step(self, step):
        """Record what has just happened to these, by one statement for all of them."""
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": f"finance_sync.exchange.{step}",
                    "record": exchange,
                    "data": {
                        "operation": exchange.operation,
                        "direction": exchange.direction,
                        "external_ref": exchange.external_ref,
                    },
                }
                for exchange in self
            ]
        )

    def _finish_all(self, handler, answers):
        """Record what many became by one statement, not by one for each."""
        later = {LATER: Internal(True)}
        result = super()._finish_all(
            handler, {x.with_context(**later): a for x, a in answers.items()}
        )
        self.browse().union(*answers)._record_step("done")
        return result

    def action_retry(self):
        result = super().action_retry()
        self._record_step("retried")
        return result

    def action_replay(self):
        result = super().action_replay()
        self._record_step("replayed")
        return result

    def action_mark_done(self):
        result = super().action_mark_done()
        self._record_step("marked_done")
        return result

    def _record_unmasking(self):
        result = super()._record_unmasking()
        self.env["finance.sync.event"]._record_many(
            [
                {"type": "finance_sync.payload.unmasked", "record": exchange}
                for exchange in self
            ]
        )
        return result


class Decision(models.Model):
    _inherit = "finance.sync.decision"

    @api.model
    def _record(self, values, started, *, answer=None, error=None, max_age=0.0):
        result = super()._record(
            values, started, answer=answer, error=error, max_age=max_age
        )
        # Like the decision itself, it survives a rollback.
        with own_cursor(self.env) as cr:
            self.env["finance.sync.event"]._record_many(
                [self._prepare_event(values, error)], cr=cr
            )
        return result

    def _prepare_event(self, values, error):
        return {
            "type": "finance_sync.decision.made",
            "company": self.env["res.company"].browse(values["company_ref"] or []),
            "connection": self.env["finance.sync.connection"].browse(
                values["connection_ref"] or []
            ),
            "subject": values["document_uuid"],
            "data": {
                "operation": values["operation"],
                "state": "failed" if error else "ok",
                "fingerprint": values["fingerprint"],
                "error": error.kind if error else None,
            },
        }
