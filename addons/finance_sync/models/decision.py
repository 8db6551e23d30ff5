import time

from odoo import api, fields, models

from ..compat import AVERAGED, NO_ACCESS
from .own_cursor import own_cursor
from .vault import seal, unseal


class Decision(models.Model):
    """A quote or a check, recorded even when its transaction is rolled back."""

    _name = "finance.sync.decision"
    _description = "Finance Sync Decision"
    _log_access = False
    _order = "id desc"
    _rec_name = "operation"

    connection_ref = fields.Integer(string="Connection Id", readonly=True, index=True)
    company_ref = fields.Integer(string="Company Id", readonly=True, index=True)
    operation = fields.Char(required=True, readonly=True)
    fingerprint = fields.Char(required=True, readonly=True)
    document_uuid = fields.Char(readonly=True, index=True)
    answer_enc = fields.Text(groups=NO_ACCESS)
    state = fields.Selection(
        [("ok", "Answered"), ("failed", "Failed")], required=True, readonly=True
    )
    error_class = fields.Char(readonly=True)
    error_message = fields.Char(readonly=True)
    created_at = fields.Datetime(readonly=True, index=True)
    expires_at = fields.Datetime(readonly=True)
    elapsed_ms = fields.Integer(readonly=True, **AVERAGED)

    def init(self):
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_decision_fresh"
            " ON finance_sync_decision (fingerprint, id) WHERE state = 'ok'"
        )

    @api.model
    def _fresh(self, fingerprint, max_age):
        """The newest answer not older than ``max_age`` seconds, or None."""
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                SELECT answer_enc FROM finance_sync_decision
                WHERE fingerprint = %s AND state = 'ok'
                    AND answer_enc IS NOT NULL
                    AND created_at > clock_timestamp() AT TIME ZONE 'UTC'
                        - make_interval(secs => %s)
                ORDER BY id DESC LIMIT 1
                """,
                [fingerprint, max_age],
            )
            row = cr.fetchone()
        return unseal(row[0]) if row else None

    @api.model
    def _record(self, values, started, *, answer=None, error=None, max_age=0.0):
        """``started``: when the call began, by the monotonic clock."""
        with own_cursor(self.env) as cr:
            cr.execute(
                """
                INSERT INTO finance_sync_decision (
                    connection_ref, company_ref, operation, fingerprint,
                    document_uuid, state, answer_enc, error_class, error_message,
                    elapsed_ms, created_at, expires_at
                ) VALUES (
                    %(connection_ref)s, %(company_ref)s, %(operation)s,
                    %(fingerprint)s, %(document_uuid)s, %(state)s, %(answer_enc)s,
                    %(error_class)s, %(error_message)s, %(elapsed_ms)s,
                    clock_timestamp() AT TIME ZONE 'UTC',
                    clock_timestamp() AT TIME ZONE 'UTC'
                        + make_interval(secs => %(max_age)s)
                )
                """,
                {
                    **values,
                    "state": "failed" if error else "ok",
                    "answer_enc": None if error else seal(answer),
                    "error_class": error.kind if error else None,
                    "error_message": error.message if error else None,
                    "elapsed_ms": int((time.monotonic() - started) * 1000),
                    "max_age": max_age,
                },
            )
        self.invalidate_model()
