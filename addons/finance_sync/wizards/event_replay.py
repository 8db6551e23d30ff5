from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

MOST = 100_000


class EventReplay(models.TransientModel):
    """Tell a subscription of a time again: lost there, or subscribed too late."""

    _name = "finance.sync.event.replay"
    _description = "Finance Sync Event Replay"

    subscription_id = fields.Many2one(
        "finance.sync.subscription", required=True, readonly=True, ondelete="cascade"
    )
    since = fields.Datetime(
        string="From",
        required=True,
        default=lambda self: fields.Datetime.now() - timedelta(days=1),
    )
    until = fields.Datetime(
        string="To", required=True, default=lambda self: fields.Datetime.now()
    )
    unsent_only = fields.Boolean(
        string="Only What Never Arrived",
        help="Leave out what has been delivered to this subscription already.",
    )
    count = fields.Integer(string="Events", compute="_compute_count")
    preview = fields.Text(compute="_compute_count")

    @api.depends("subscription_id", "since", "until", "unsent_only")
    def _compute_count(self):
        titles = dict(
            line.split(": ", 1)
            for line in (self.subscription_id.matched_types or "").splitlines()
        )
        for wizard in self:
            rows = wizard._counts() if wizard.since and wizard.until else []
            wizard.count = sum(count for _type, count in rows)
            wizard.preview = "\n".join(
                f"{count} × {titles.get(name, name)}" for name, count in rows
            )

    def _counts(self):
        self.env.cr.execute(
            f"SELECT e.type, count(*) {_MATCHING} GROUP BY e.type ORDER BY e.type",
            self._parameters(),
        )
        return self.env.cr.fetchall()

    def _parameters(self):
        subscription = self.subscription_id
        companies = self.env["res.company"].sudo()  # branches of its own companies
        return {
            "since": self.since,
            "until": self.until,
            "types": subscription._type_names(),
            "companies": companies.search(
                [("id", "child_of", subscription.company_ids.ids)]
            ).ids,
            "subscription": subscription.id,
            "unsent": self.unsent_only,
        }

    def action_replay(self):
        """Each event goes out under its own number, so that receivers know it."""
        self.ensure_one()
        subscription = self.subscription_id
        subscription._check_manager()
        if not self.count:
            raise UserError(_("Nothing happened in that time."))
        if self.count > MOST:
            raise UserError(_("These are more than %s events: take less time.", MOST))
        self.env.cr.execute(_REPLAY, self._parameters())
        self.env["finance.sync.event"]._record(
            "finance_sync.subscription.replayed",
            subscription,
            data={
                "count": self.env.cr.rowcount,
                "since": self.since,
                "until": self.until,
            },
        )
        self.env["finance.sync.outbox"]._wake_after_commit({subscription.id})
        return subscription.action_open_outbox()


_MATCHING = """
    FROM finance_sync_event e
    WHERE e.occurred_at >= %(since)s AND e.occurred_at <= %(until)s
        AND e.type = ANY(%(types)s) AND e.company_ref = ANY(%(companies)s)
        AND NOT (%(unsent)s AND EXISTS (
            SELECT FROM finance_sync_outbox o
            WHERE o.subscription_id = %(subscription)s AND o.event_ref = e.id
                AND o.state = 'sent'
        ))
"""
# Not while an earlier round of the very same event still waits.
_REPLAY = f"""
    INSERT INTO finance_sync_outbox (
        subscription_id, event_ref, event_uuid, type, company_id, subject,
        subject_ref, round, state, attempts, created_at, next_try_at
    )
    SELECT %(subscription)s, e.id, e.uuid, e.type, e.company_ref,
        coalesce(e.subject, e.uuid), e.subject_ref,
        coalesce((
            SELECT max(o.round) + 1 FROM finance_sync_outbox o
            WHERE o.subscription_id = %(subscription)s AND o.event_ref = e.id
        ), 0),
        'pending', 0, clock_timestamp() AT TIME ZONE 'UTC',
        clock_timestamp() AT TIME ZONE 'UTC'
    {_MATCHING}
        AND NOT EXISTS (
            SELECT FROM finance_sync_outbox o
            WHERE o.subscription_id = %(subscription)s AND o.event_ref = e.id
                AND o.state = 'pending'
        )
    ORDER BY e.id
"""  # noqa: S608 - nothing but constants
