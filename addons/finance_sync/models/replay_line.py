from odoo import api, fields, models

from ..core import replay
from .replay import ACTIONS, LINE_STATES, reason_text

_COLUMNS = {
    "exchange_id": "int",
    "connection_id": "int",
    "company_id": "int",
    "currency_id": "int",
    "operation": "varchar",
    "document_ref": "varchar",
    "amount": "numeric",
    "action": "varchar",
    "reason": "varchar",
    "state": "varchar",
}


class ReplayLine(models.Model):
    """One message of a replay: what was planned, and what became of it."""

    _name = "finance.sync.replay.line"
    _description = "Finance Sync Replay Line"
    _log_access = False
    _order = "id"
    _rec_name = "document_ref"

    replay_id = fields.Many2one(
        "finance.sync.replay", required=True, readonly=True, ondelete="cascade"
    )
    group_id = fields.Many2one(
        "finance.sync.replay.group", readonly=True, ondelete="cascade", index=True
    )
    exchange_id = fields.Many2one(
        "finance.sync.exchange",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    connection_id = fields.Many2one("finance.sync.connection", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    operation = fields.Char(readonly=True)
    operation_label = fields.Char(string="What", compute="_compute_words")
    document_ref = fields.Char(string="Document", readonly=True)
    amount = fields.Monetary(readonly=True)
    action = fields.Selection(ACTIONS, string="What Will Happen", readonly=True)
    reason = fields.Char(readonly=True)
    reason_text = fields.Char(string="Why Not", compute="_compute_words")
    state = fields.Selection(LINE_STATES, string="Outcome", readonly=True)

    def init(self):
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_replay_line_state"
            " ON finance_sync_replay_line (replay_id, state)"
        )

    @api.depends("operation", "reason")
    @api.depends_context("lang")
    def _compute_words(self):
        labels = self.env["finance.sync.exchange"]._operation_labels(
            self.mapped("operation")
        )
        for line in self:
            line.operation_label = labels.get(line.operation)
            line.reason_text = reason_text(line.reason)

    @api.model
    def _insert(self, run, plans):
        """A line for each (row, Plan), by one statement."""
        rows = [
            {
                **row,
                "exchange_id": row["id"],
                "action": plan.action,
                "reason": plan.reason,
                "state": "skipped" if plan.action == replay.BLOCKED else "todo",
            }
            for row, plan in plans
        ]
        names = ", ".join(_COLUMNS)
        values = ", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())
        self.env.cr.execute(
            f"INSERT INTO finance_sync_replay_line (replay_id, {names})"  # noqa: S608
            f" SELECT %s, * FROM unnest({values})",
            [run.id, *([row[name] for row in rows] for name in _COLUMNS)],
        )

    @api.model
    def _catch_up(self, run):
        """Bring the lines that are on their way up to date with their exchanges."""
        self.env["finance.sync.exchange"].flush_model(["state"])
        self.env.cr.execute(
            """
            UPDATE finance_sync_replay_line l
            SET state = CASE x.state WHEN 'done' THEN 'done' WHEN 'held' THEN 'held'
                ELSE 'skipped' END
            FROM finance_sync_exchange x
            WHERE l.replay_id = %s AND l.state = 'running'
                AND x.id = l.exchange_id AND x.state != 'pending'
            """,
            [run.id],
        )
        self.invalidate_model(["state"])

    @api.model
    def _next(self, run, connection, count):
        """The next lines of a connection to start, oldest message first."""
        return self.search(
            [
                ("replay_id", "=", run.id),
                ("state", "=", "todo"),
                ("connection_id", "=", connection.id),
            ],
            order="exchange_id",
            limit=count,
        )
