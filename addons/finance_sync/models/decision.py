from odoo import fields, models
from odoo.fields import NO_ACCESS


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
    elapsed_ms = fields.Integer(readonly=True, group_operator="avg")

    def init(self):
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_decision_fresh"
            " ON finance_sync_decision (fingerprint, id) WHERE state = 'ok'"
        )
