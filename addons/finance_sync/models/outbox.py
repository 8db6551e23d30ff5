import logging

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.addons.queue_job import delay as queue_delay
from odoo.exceptions import AccessError

from ..compat import NOT_SUMMED

_logger = logging.getLogger(__name__)

JOB_KEY = "finance_sync:dispatch:"
CHANNEL = "root.finance_sync.operational"
_WAKES = "finance_sync_dispatch"
AT_ONCE = 1000


class Outbox(models.Model):
    """What a subscription is to be told: written with what happened, sent afterwards.

    It names the event and keeps nothing of it: what goes out is made from the log.
    """

    _name = "finance.sync.outbox"
    _description = "Finance Sync Outbox"
    _log_access = False
    _order = "id desc"
    _rec_name = "event_uuid"
    _sql_constraints = [
        (
            "event_unique",
            "UNIQUE(subscription_id, event_ref, round)",
            "An event is told once, unless it is told again on purpose.",
        ),
    ]

    subscription_id = fields.Many2one(
        "finance.sync.subscription", required=True, readonly=True, ondelete="cascade"
    )
    event_ref = fields.Integer(required=True, readonly=True, **NOT_SUMMED)
    event_uuid = fields.Char(string="Event", required=True, readonly=True, index=True)
    type = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    subject = fields.Char(
        readonly=True, help="Events about the same subject keep their order."
    )
    subject_ref = fields.Char(string="About", readonly=True)
    round = fields.Integer(
        readonly=True, help="0: as it happened. 1, 2, …: told again.", **NOT_SUMMED
    )
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("sent", "Delivered"),
            ("failed", "Given Up"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    attempts = fields.Integer(readonly=True, default=0)
    created_at = fields.Datetime(readonly=True)
    next_try_at = fields.Datetime(string="Next Try", readonly=True)
    sent_at = fields.Datetime(string="Delivered on", readonly=True)
    last_error = fields.Char(readonly=True)
    delivery_ids = fields.One2many(
        "finance.sync.delivery", compute="_compute_delivery_ids"
    )

    def init(self):
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_outbox_waiting"
            " ON finance_sync_outbox (subscription_id, subject, id)"
            " WHERE state = 'pending'"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_outbox_next"
            " ON finance_sync_outbox (subscription_id, id) WHERE state = 'pending'"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_outbox_sent"
            " ON finance_sync_outbox (subscription_id, sent_at) WHERE state = 'sent'"
        )
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_outbox_given_up"
            " ON finance_sync_outbox (subscription_id) WHERE state = 'failed'"
        )

    def _compute_delivery_ids(self):
        for row in self:
            row.delivery_ids = self.env["finance.sync.delivery"].search(
                [
                    ("event_uuid", "=", row.event_uuid),
                    ("subscription_ref", "=", row.subscription_id.id),
                ]
            )

    # -- In

    @api.model
    def _fan_out(self, rows):
        """A row for each subscription that wants an event, in this transaction.

        :param rows: of events, as inserted
        """
        wanted = [
            (subscription_id, row)
            for subscription_id, types, companies in self._audiences()
            for row in rows
            if row["type"] in types and self._concerns(row, companies)
        ]
        if not wanted:
            return
        names = ("id", "uuid", "type", "company_ref", "subject", "subject_ref")
        columns = [[row[name] for _id, row in wanted] for name in names]
        self.env.cr.execute(_INSERT, [[each for each, _row in wanted], *columns])
        self._wake_after_commit({each for each, _row in wanted})

    def _audiences(self):
        return self.env["finance.sync.subscription"]._targets()

    def _concerns(self, row, companies):
        """Events of no company are for those who see all that their connection does."""
        if row["company_ref"]:
            return row["company_ref"] in companies
        if not row["connection_ref"]:
            return False
        # Whom an event concerns is no question of who caused it.
        connections = self.env["finance.sync.connection"].sudo()
        connection = connections.browse(row["connection_ref"])
        return set(connection.company_ids.ids) <= companies

    # -- Waking

    @api.model
    def _wake_after_commit(self, subscription_ids):
        """Have the dispatcher look as soon as this transaction can be seen, once."""
        postcommit = self.env.cr.postcommit
        known = postcommit.data.get(_WAKES)
        if known is not None:
            known.update(subscription_ids)
            return
        wakes = postcommit.data[_WAKES] = set(subscription_ids)
        registry = self.env.registry

        def wake():
            postcommit.data.pop(_WAKES, None)
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["finance.sync.outbox"]._wake(wakes)
            except Exception:
                # What was committed must not look as if it had failed; and the cron
                # looks every minute.
                _logger.exception("No job could be started for new events")

        postcommit.add(wake)

    @api.model
    def _wake(self, subscription_ids, eta=None):
        """A job for each of these, unless one that has not begun waits already."""
        keys = {f"{JOB_KEY}{each}": each for each in subscription_ids}
        queue = self.env["queue.job"].sudo()  # readable by its own managers only
        waiting = queue.search(
            [
                ("identity_key", "in", list(keys)),
                ("state", "in", ("pending", "enqueued", "wait_dependencies")),
            ]
        )
        if not eta:
            waiting.filtered("eta").write({"eta": False})
        for key in set(keys) - set(waiting.mapped("identity_key")):
            # The dispatcher acts for nobody: it reads what is due and writes a log.
            subscription = self.env["finance.sync.subscription"].browse(keys[key])
            queue_delay.Job(
                subscription.with_user(SUPERUSER_ID)._job_dispatch,
                channel=CHANNEL,
                max_retries=0,
                eta=eta,
                description=_("Tell “%s” what happened", subscription.sudo().name),
                identity_key=key,
            ).store()

    @api.model
    def _cron_dispatch(self):
        """Wake whoever has something due: after a crash, or a wait."""
        self.env.cr.execute(_DUE_SUBSCRIPTIONS)
        due = [row[0] for row in self.env.cr.fetchall()]
        if due:
            self._wake(due)

    @api.model
    def _cron_clean(self):
        """Forget what was delivered longer ago than the subscription keeps."""
        self.env.cr.execute(_CLEAN_OUTBOX)
        self.env.cr.execute(_CLEAN_DELIVERIES)

    # -- What people do

    def _check_resolver(self):
        user = self.env.user
        if not (self.env.su or user.has_group("finance_sync.group_resolver")):
            raise AccessError(_("Only a Finance Sync resolver may do this."))

    def action_resend(self):
        """Send again, from the first attempt on; receivers know it by its number."""
        self._check_resolver()
        self._again()
        events = self.env["finance.sync.event"]
        for subscription in self.subscription_id:
            mine = self.filtered(lambda row, s=subscription: row.subscription_id == s)
            events._record(
                "finance_sync.subscription.resent",
                subscription,
                data={"count": len(mine)},
            )
        return True

    def _again(self):
        self.flush_recordset()
        self.env.cr.execute(f"{_AGAIN} WHERE id = ANY(%s)", [self.ids])
        self.invalidate_recordset()
        self._wake_after_commit(set(self.subscription_id.ids))

    @api.model
    def _try_now(self, subscription_ids):
        """What waits for these subscriptions waits no longer."""
        self.flush_model()
        self.env.cr.execute(
            f"{_AGAIN} WHERE subscription_id = ANY(%s) AND state = 'pending'",
            [list(subscription_ids)],
        )
        self.invalidate_model()
        self._wake_after_commit(subscription_ids)

    def action_open_event(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.sync.event",
            "res_id": self.event_ref,
            "view_mode": "form",
        }


class Event(models.Model):
    _inherit = "finance.sync.event"

    @api.model
    def _after_record(self, rows):
        result = super()._after_record(rows)
        self.env["finance.sync.outbox"]._fan_out(rows)
        return result


_INSERT = """
    INSERT INTO finance_sync_outbox (
        subscription_id, event_ref, event_uuid, type, company_id, subject,
        subject_ref, round, state, attempts, created_at, next_try_at
    )
    SELECT s, e, u, t, c, coalesce(j, u), r, 0, 'pending', 0, now_utc, now_utc
    FROM unnest(%s::int[], %s::bigint[], %s::varchar[], %s::varchar[], %s::int[],
        %s::varchar[], %s::varchar[]) AS given (s, e, u, t, c, j, r),
        (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now_utc) AS clock
"""
_AGAIN = """
    UPDATE finance_sync_outbox
    SET state = 'pending', attempts = 0, sent_at = NULL, last_error = NULL,
        next_try_at = clock_timestamp() AT TIME ZONE 'UTC'
"""
_DUE_SUBSCRIPTIONS = """
    SELECT s.id FROM finance_sync_subscription s
    WHERE s.state = 'active' AND s.active AND EXISTS (
        SELECT FROM finance_sync_outbox o
        WHERE o.subscription_id = s.id AND o.state = 'pending'
            AND o.next_try_at <= clock_timestamp() AT TIME ZONE 'UTC'
    )
"""
_CLEAN_OUTBOX = """
    DELETE FROM finance_sync_outbox o USING finance_sync_subscription s
    WHERE s.id = o.subscription_id AND o.state = 'sent'
        AND o.sent_at < (clock_timestamp() AT TIME ZONE 'UTC')
            - make_interval(days => s.retention_days)
"""
_CLEAN_DELIVERIES = """
    DELETE FROM finance_sync_delivery d USING finance_sync_subscription s
    WHERE s.id = d.subscription_ref
        AND d.started_at < (clock_timestamp() AT TIME ZONE 'UTC')
            - make_interval(days => s.retention_days)
"""
