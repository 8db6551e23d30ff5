from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .connection import KIND
from .push_told import KINDS

JOB_KEY = "finance_sync_ap.push"
BY_JOB = 200


class ApPush(models.Model):
    """Everything looked at once: what a platform does not know yet is told."""

    _name = "finance.sync.ap.push"
    _description = "Push to a Platform"
    _order = "id desc"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "finance.sync.connection",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("stopped", "Stopped")],
        required=True,
        readonly=True,
        default="running",
    )
    kind = fields.Selection(
        [("vendor", "Vendor"), ("account", "Account"), ("order", "Purchase Order")],
        string="Now At",
        readonly=True,
    )
    last_id = fields.Integer(readonly=True)
    total = fields.Integer(string="Records", readonly=True)
    seen = fields.Integer(string="Looked At", readonly=True)
    sent = fields.Integer(string="To Be Told", readonly=True)
    left_out = fields.Integer(readonly=True)
    progress = fields.Float(compute="_compute_progress")
    waiting = fields.Integer(string="Still on Their Way", compute="_compute_waiting")
    started_by = fields.Many2one("res.users", required=True, readonly=True)
    started_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    ended_at = fields.Datetime(readonly=True)

    @api.depends("total", "seen", "state")
    def _compute_progress(self):
        for push in self:
            share = 100.0 * push.seen / push.total if push.total else 0.0
            push.progress = 100.0 if push.state == "done" else min(share, 99.0)

    @api.depends("connection_id")
    def _compute_waiting(self):
        counts = dict(
            self.env["finance.sync.ap.told"]
            .sudo()  # how many there are concerns whoever may see the run
            ._read_group(
                [
                    ("connection_id", "in", self.connection_id.ids),
                    ("state", "=", "queued"),
                ],
                ["connection_id"],
                ["__count"],
            )
        )
        for push in self:
            push.waiting = counts.get(push.connection_id, 0)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(_("Press “Push Everything” on the connection."))
        return super().create(vals_list)

    def action_stop(self):
        self.connection_id._check_manager()
        running = self.sudo().filtered(lambda push: push.state == "running")
        # Rows are the engine's own bookkeeping.
        running.write({"state": "stopped", "ended_at": fields.Datetime.now()})
        return True

    def action_open_told(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "finance_sync_ap_platform.finance_sync_ap_told_action"
            ),
            "domain": [("connection_id", "=", self.connection_id.id)],
        }

    @api.model
    def _begin(self, connections):
        """A run for each connection, unless one is under way."""
        # See action_stop.
        pushes = self.sudo()
        busy = pushes.search([("state", "=", "running")]).connection_id
        new = pushes.create(
            [
                {
                    "connection_id": connection.id,
                    "started_by": self.env.uid,
                    "total": sum(
                        pushes._records(connection, kind, count=True)
                        for kind in connection._push_kinds()
                    ),
                }
                for connection in connections - busy
                if connection._push_kinds()
            ]
        )
        new._start()
        return new

    def _start(self):
        for push in self:
            push.with_delay(
                channel="root.finance_sync.bulk",
                identity_key=f"{JOB_KEY}:{push.id}:{push.kind}:{push.last_id}",
                description=f"Push to {push.connection_id.name}",
            )._job_push()

    def _job_push(self):
        """The next few hundred records. Running again adds nothing."""
        self.ensure_one()
        push = self.sudo()  # see action_stop
        if push.state != "running":
            return push.state
        connection = push.connection_id
        kinds = connection._push_kinds()
        kind = push.kind if push.kind in kinds else (kinds[:1] or [False])[0]
        while kind:
            records = push._records(connection, kind, after=push.last_id)
            if records:
                sent, left_out = connection._push(kind, records)
                push.write(
                    {
                        "kind": kind,
                        "last_id": records[-1].id,
                        "seen": push.seen + len(records),
                        "sent": push.sent + sent,
                        "left_out": push.left_out + left_out,
                    }
                )
                push._start()
                return push.state
            kind = next(iter(kinds[kinds.index(kind) + 1 :]), False)
            push.last_id = 0
        push.write({"state": "done", "ended_at": fields.Datetime.now(), "kind": False})
        return push.state

    @api.model
    def _records(self, connection, kind, *, after=0, count=False):
        """The next records that may concern the platform, or how many there are."""
        records = self.env[KINDS[kind][0]].sudo().with_context(active_test=False)
        # Also those whose end it may have to be told of.
        domain = {
            "vendor": [("supplier_rank", ">", 0)],
            "account": [("account_type", "!=", "off_balance")],
            "order": [
                ("state", "in", ("purchase", "done", "cancel")),
                ("company_id", "in", connection.company_ids.ids),
            ],
        }[kind]
        domain = [("id", ">", after), *domain]
        if count:
            return records.search_count(domain)
        return records.search(domain, order="id", limit=BY_JOB)

    @api.model
    def _cron_push(self):
        """Whatever a hook has missed, as what is written by SQL."""
        self._begin(
            self.env["finance.sync.connection"].search(
                [("kind", "=", KIND), ("state", "=", "active")]
            )
        )


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    def _push_kinds(self):
        return [kind for kind in KINDS if self[f"ap_push_{kind}"]]

    def action_ap_push(self):
        """Tell the platform of everything that it does not know yet."""
        self.ensure_one()
        self._check_manager()
        if self.state != "active" or not self._push_kinds():
            raise UserError(_("Say first what the platform is told of, and activate."))
        pushes = self.env["finance.sync.ap.push"]
        push = pushes._begin(self) or pushes.search(
            [("connection_id", "=", self.id), ("state", "=", "running")], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": push._name,
            "res_id": push.id,
            "views": [(False, "form")],
        }
