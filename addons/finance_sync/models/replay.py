from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..core import replay

STATES = [
    ("preview", "Preview"),
    ("running", "Running"),
    ("done", "Finished"),
    ("stopped", "Stopped"),
]
ACTIONS = [
    (replay.SEND, "Send for the first time"),
    (replay.SEND_AGAIN, "Send again, under the same key"),
    (replay.LOOK_UP, "Ask the other system first, then send if it is not there"),
    (replay.APPLY, "Apply what is stored here; nothing is sent"),
    (replay.BLOCKED, "Cannot be replayed now"),
]
LINE_STATES = [
    ("todo", "To Do"),
    ("running", "On Its Way"),
    ("done", "Done"),
    ("held", "Held Again"),
    ("skipped", "Left Out"),
]
LARGEST = 50_000


class Replay(models.Model):
    """Messages that wait for a person, replayed together: preview, run, result."""

    _name = "finance.sync.replay"
    _description = "Finance Sync Replay"
    _order = "id desc"

    name = fields.Char(required=True, readonly=True, default="/")
    state = fields.Selection(
        STATES, required=True, readonly=True, default="preview", index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Started by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    company_ids = fields.Many2many("res.company", readonly=True, string="Companies")
    line_ids = fields.One2many("finance.sync.replay.line", "replay_id", readonly=True)
    group_ids = fields.One2many("finance.sync.replay.group", "replay_id", readonly=True)
    total = fields.Integer(readonly=True, string="Messages")
    startable = fields.Integer(readonly=True, string="To Replay")
    left_out = fields.Integer(compute="_compute_counts")
    todo_count = fields.Integer(compute="_compute_counts", string="To Do")
    running_count = fields.Integer(compute="_compute_counts", string="On Their Way")
    done_count = fields.Integer(compute="_compute_counts", string="Done")
    held_count = fields.Integer(compute="_compute_counts", string="Held Again")
    progress = fields.Float(compute="_compute_counts")
    started_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    waits_for = fields.Char(readonly=True, help="Why no more are started just now.")
    round = fields.Integer(readonly=True, default=0)

    @api.depends("state")
    def _compute_counts(self):
        counts = {}
        # Counts of a run that the caller may already read.
        groups = (
            self.env["finance.sync.replay.line"]
            .sudo()
            ._read_group(
                [("replay_id", "in", self.ids)], ["replay_id", "state"], ["__count"]
            )
        )
        for run, state, count in groups:
            counts.setdefault(run.id, {})[state] = count
        for run in self:
            mine = counts.get(run.id, {})
            run.todo_count = mine.get("todo", 0)
            run.running_count = mine.get("running", 0)
            run.done_count = mine.get("done", 0)
            run.held_count = mine.get("held", 0)
            run.left_out = mine.get("skipped", 0)
            ended = run.done_count + run.held_count
            run.progress = 100.0 * ended / run.startable if run.startable else 0.0

    # -- Preview

    @api.model
    def _preview(self, exchanges):
        """The form of a run over these that has yet to be started."""
        run = self._make(exchanges)
        return {
            "type": "ir.actions.act_window",
            "name": _("Replay"),
            "res_model": self._name,
            "res_id": run.id,
            "view_mode": "form",
        }

    @api.model
    def _make(self, exchanges):
        """A run over these, with what would happen to each.

        :raises UserError: none, or too many at once
        """
        if not exchanges:
            raise UserError(_("Nothing that waits for a person was selected."))
        if len(exchanges) > LARGEST:
            raise UserError(_("Select %s messages at most.", LARGEST))
        sequence = self.env["ir.sequence"].sudo()  # numbers are everybody's
        # Runs and their lines are made by actions, which have checked the user.
        run = self.sudo().create(
            {
                "name": sequence.next_by_code("finance.sync.replay") or "/",
                "user_id": self.env.uid,
                "total": len(exchanges),
            }
        )
        run._plan(exchanges)
        return run.sudo(self.env.su)

    def _plan(self, exchanges):
        plans = exchanges._replay_plans()
        self.env["finance.sync.replay.line"]._insert(self, plans)
        self.env["finance.sync.replay.group"]._summarise(self)
        companies = {row["company_id"] for row, _plan in plans if row["company_id"]}
        startable = [p for _row, p in plans if p.action != replay.BLOCKED]
        self.write(
            {
                "company_ids": [(6, 0, sorted(companies))],
                "startable": len(startable),
            }
        )

    def action_refresh(self):
        """Look again at what would happen, before it is started."""
        self.ensure_one()
        self._check_mine()
        run = self.sudo()  # see _make
        if run.state != "preview":
            return True
        exchanges = run.line_ids.exchange_id
        run.line_ids.unlink()
        run.group_ids.unlink()
        run._plan(exchanges)
        return True

    def _check_mine(self):
        user = self.env.user
        if self.env.su:
            return
        if not user.has_group("finance_sync.group_resolver"):
            raise AccessError(_("Only a Finance Sync resolver may do this."))
        others = self.filtered(lambda run: run.user_id != user)
        if others and not user.has_group("finance_sync.group_manager"):
            raise AccessError(_("Somebody else started this replay."))

    @api.autovacuum
    def _gc_previews(self):
        """Previews that nobody started."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        old = self.sudo().search(  # everybody's
            [("state", "=", "preview"), ("create_date", "<", limit)], limit=1000
        )
        old.unlink()

    def action_open_lines(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync.finance_sync_replay_line_action"
            ),
            "domain": [("replay_id", "=", self.id)],
        }


class ReplayGroup(models.Model):
    """One line of a preview: how many, what will happen, and why not."""

    _name = "finance.sync.replay.group"
    _description = "Finance Sync Replay Summary"
    _order = "replay_id, action desc, count desc, id"
    _rec_name = "operation_label"

    replay_id = fields.Many2one(
        "finance.sync.replay", required=True, ondelete="cascade", index=True
    )
    connection_id = fields.Many2one("finance.sync.connection", readonly=True)
    connection_health = fields.Selection(
        related="connection_id.health", string="Connection Now"
    )
    breaker_state = fields.Selection(
        related="connection_id.breaker_state", string="Breaker"
    )
    operation = fields.Char(readonly=True)
    operation_label = fields.Char(string="What", compute="_compute_words")
    action = fields.Selection(ACTIONS, string="What Will Happen", readonly=True)
    reason = fields.Char(readonly=True)
    reason_text = fields.Char(string="Why Not", compute="_compute_words")
    currency_id = fields.Many2one("res.currency", readonly=True)
    count = fields.Integer(readonly=True, string="Messages")
    amount = fields.Monetary(readonly=True)
    done_count = fields.Integer(compute="_compute_results", string="Done")
    held_count = fields.Integer(compute="_compute_results", string="Held Again")

    @api.depends("operation", "reason")
    @api.depends_context("lang")
    def _compute_words(self):
        exchanges = self.env["finance.sync.exchange"]
        for group in self:
            group.operation_label = exchanges._label_of(group.operation)
            group.reason_text = reason_text(group.reason)

    def _compute_results(self):
        self.env.cr.execute(
            """
            SELECT g.id, l.state, count(*)
            FROM finance_sync_replay_group g
            JOIN finance_sync_replay_line l ON l.group_id = g.id
            WHERE g.id = ANY(%s) AND l.state IN ('done', 'held') GROUP BY 1, 2
            """,
            [self.ids],
        )
        counts = {(g, state): n for g, state, n in self.env.cr.fetchall()}
        for group in self:
            group.done_count = counts.get((group.id, "done"), 0)
            group.held_count = counts.get((group.id, "held"), 0)

    @api.model
    def _summarise(self, run):
        """The lines of ``run`` in groups, each line knowing its own."""
        self.env.cr.execute(
            """
            INSERT INTO finance_sync_replay_group (replay_id, connection_id, operation,
                action, reason, currency_id, count, amount, create_uid, create_date)
            SELECT replay_id, connection_id, operation, action, reason, currency_id,
                count(*), sum(abs(amount)), %(uid)s, now() AT TIME ZONE 'UTC'
            FROM finance_sync_replay_line WHERE replay_id = %(run)s
            GROUP BY 1, 2, 3, 4, 5, 6
            """,
            {"run": run.id, "uid": self.env.uid},
        )
        self.env.cr.execute(
            """
            UPDATE finance_sync_replay_line l SET group_id = g.id
            FROM finance_sync_replay_group g
            WHERE g.replay_id = %s AND l.replay_id = g.replay_id
                AND l.connection_id = g.connection_id AND l.operation = g.operation
                AND l.action = g.action AND l.reason = g.reason
                AND l.currency_id IS NOT DISTINCT FROM g.currency_id
            """,
            [run.id],
        )
        run.invalidate_recordset(["group_ids", "line_ids"])
        self.env["finance.sync.replay.line"].invalidate_model()


def reason_text(reason):
    """Why a message cannot be replayed, and what to do about it."""
    texts = {
        "not_held": _("It does not wait any more."),
        "no_handler": _("The addon that handles it is not installed."),
        "override_asked": _("An override has been asked for. Have it decided first."),
        "unrouted": _("Its company is not known. Enter the sender's company code."),
        "connection_draft": _("The connection is not active. Activate it first."),
        "connection_paused": _("The connection is paused. Activate it first."),
        "connection_elsewhere": _("The connection was activated in another database."),
        "earlier": _("An earlier message about the document waits. Replay that first."),
        "erased": _("Its payload has been erased. Cancel it."),
        "ask_person": _(
            "Nobody knows whether it arrived, and the other system cannot be asked."
            " Look there, then use its hold."
        ),
        "busy": _("A job was at work on it."),
    }
    return texts.get(reason, reason or False)
