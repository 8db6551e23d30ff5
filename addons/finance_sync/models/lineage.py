from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core import catalogue

KINDS = [
    ("event", "Event"),
    ("exchange", "Exchange"),
    ("attempt", "Attempt"),
    ("hold", "Hold"),
    ("decision", "Decision"),
]
MODELS = {kind: f"finance.sync.{kind}" for kind, _label in KINDS}
# An id of its own for each row: that of its record, times 8, plus its kind.
_QUERY = """
    SELECT e.id * 8 AS id, 'event' AS kind, e.id AS record_ref, e.occurred_at AS at,
        e.company_ref AS company_ref, e.connection_ref AS connection_ref,
        e.correlation_id AS correlation_id, e.type AS code, e.subject_ref AS about,
        NULL::varchar AS state, NULL::varchar AS message
    FROM finance_sync_event e
    UNION ALL
    SELECT x.id::bigint * 8 + 1, 'exchange', x.id, x.create_date, x.company_id,
        x.connection_id, x.correlation_id, x.operation, x.document_ref, x.state,
        x.external_ref
    FROM finance_sync_exchange x
    UNION ALL
    SELECT a.id::bigint * 8 + 2, 'attempt', a.id, a.started_at, x.company_id,
        a.connection_ref, x.correlation_id, a.operation, x.document_ref, a.state,
        a.error_message
    FROM finance_sync_exchange x
    JOIN finance_sync_attempt a ON a.exchange_uuid = x.uuid
    UNION ALL
    SELECT h.id::bigint * 8 + 3, 'hold', h.id, h.create_date, h.company_id,
        h.connection_id,
        COALESCE(
            x.correlation_id, m.finance_sync_correlation_id, h.document_uuid
        ), h.code, h.document_ref, h.state, h.summary
    FROM finance_sync_hold h
    LEFT JOIN finance_sync_exchange x ON x.id = h.exchange_id
    LEFT JOIN account_move m ON m.finance_sync_uuid = h.document_uuid
    UNION ALL
    SELECT d.id::bigint * 8 + 4, 'decision', d.id, d.created_at, d.company_ref,
        d.connection_ref, m.finance_sync_correlation_id, d.operation, m.name, d.state,
        d.error_message
    FROM account_move m
    JOIN finance_sync_decision d ON d.document_uuid = m.finance_sync_uuid
"""


class Lineage(models.Model):
    """All that happened in one business flow, whoever did it, in its order."""

    _name = "finance.sync.lineage"
    _description = "Finance Sync History"
    _auto = False
    _log_access = False
    _order = "at, id"
    _rec_name = "title"

    kind = fields.Selection(KINDS, readonly=True)
    record_ref = fields.Integer(readonly=True)
    at = fields.Datetime(string="Time", readonly=True)
    company_ref = fields.Integer(readonly=True)
    connection_ref = fields.Integer(readonly=True)
    correlation_id = fields.Char(readonly=True)
    code = fields.Char(readonly=True)
    about = fields.Char(readonly=True)
    state = fields.Char(string="Status", readonly=True)
    message = fields.Char(readonly=True)
    title = fields.Char(compute="_compute_title", string="What")
    state_label = fields.Char(compute="_compute_title", string="Outcome")
    connection_name = fields.Char(compute="_compute_connection", string="Connection")

    @property
    def _table_query(self):
        """Of the tables as they are by now; a view would stand in their way."""
        for model in (*MODELS.values(), "account.move"):
            self.env[model].flush_model()
        return _QUERY

    @api.depends("kind", "code", "state")
    def _compute_title(self):
        codes = set(self.filtered(lambda row: row.kind == "hold").mapped("code"))
        # Texts for everybody who sees a hold.
        types = self.env["finance.sync.hold.type"].sudo()
        holds = {t.code: t.name for t in types.search([("code", "in", list(codes))])}
        labels = {
            kind: dict(
                self.env[model]._fields["state"]._description_selection(self.env)
            )
            for kind, model in MODELS.items()
            if "state" in self.env[model]._fields
        }
        for row in self:
            known = catalogue.find(row.code) if row.kind == "event" else None
            row.title = known.title if known else holds.get(row.code, row.code)
            row.state_label = labels.get(row.kind, {}).get(row.state, row.state)

    def _compute_connection(self):
        # Names of connections are no secret to whoever sees their messages.
        connections = self.env["finance.sync.connection"].sudo()
        there = connections.browse(set(self.mapped("connection_ref")) - {0}).exists()
        names = {connection.id: connection.name for connection in there}
        for row in self:
            row.connection_name = names.get(row.connection_ref)

    @api.model
    def _action(self, correlation_ids):
        """The action that shows all of these flows."""
        found = [each for each in correlation_ids if each]
        if not found:
            raise UserError(_("This belongs to no business flow."))
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync.finance_sync_lineage_action"
            ),
            "domain": [("correlation_id", "in", found)],
        }

    def action_open(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": MODELS[self.kind],
            "res_id": self.record_ref,
            "view_mode": "form",
        }


class Exchange(models.Model):
    _inherit = "finance.sync.exchange"

    def action_open_lineage(self):
        return self.env["finance.sync.lineage"]._action(self.mapped("correlation_id"))


class Hold(models.Model):
    _inherit = "finance.sync.hold"

    def action_open_lineage(self):
        rows = self.env["finance.sync.lineage"].search(
            [("kind", "=", "hold"), ("record_ref", "in", self.ids)]
        )
        return self.env["finance.sync.lineage"]._action(rows.mapped("correlation_id"))


class DocumentMixin(models.AbstractModel):
    _inherit = "finance.sync.document.mixin"

    def action_finance_sync_open_lineage(self):
        return self.env["finance.sync.lineage"]._action(
            self.mapped("finance_sync_correlation_id")
        )
