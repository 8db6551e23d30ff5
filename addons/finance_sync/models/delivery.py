from odoo import api, fields, models

from ..compat import AVERAGED, NOT_SUMMED
from .own_cursor import own_cursor

LONGEST_ERROR = 500


class Delivery(models.Model):
    """One attempt to tell a subscription of an event. Written outside transactions."""

    _name = "finance.sync.delivery"
    _description = "Finance Sync Delivery"
    _log_access = False
    _order = "id desc"
    _rec_name = "event_uuid"

    # Without foreign keys: written by the dispatcher's own connection.
    subscription_ref = fields.Integer(readonly=True, index=True, **NOT_SUMMED)
    subscription_id = fields.Many2one(
        "finance.sync.subscription",
        compute="_compute_subscription_id",
        search="_search_subscription_id",
    )
    company_ref = fields.Integer(readonly=True, **NOT_SUMMED)
    event_uuid = fields.Char(string="Event", readonly=True, index=True)
    type = fields.Char(readonly=True)
    subject_ref = fields.Char(string="About", readonly=True)
    number = fields.Integer(string="Attempt", readonly=True, **NOT_SUMMED)
    started_at = fields.Datetime(readonly=True, index=True)
    elapsed_ms = fields.Integer(string="Milliseconds", readonly=True, **AVERAGED)
    state = fields.Selection(
        [("sent", "Delivered"), ("failed", "Failed")], readonly=True
    )
    status = fields.Integer(string="HTTP Status", readonly=True, **NOT_SUMMED)
    error_class = fields.Char(string="Kind of Error", readonly=True)
    error_message = fields.Char(string="Error", readonly=True)

    @api.depends("subscription_ref")
    def _compute_subscription_id(self):
        for delivery in self:
            delivery.subscription_id = delivery.subscription_ref

    def _search_subscription_id(self, operator, value):
        found = self.env["finance.sync.subscription"]._search(
            [("id" if operator in ("=", "in", "!=") else "name", operator, value)]
        )
        return [("subscription_ref", "in", found)]

    @api.model
    def _log_now(self, subscription, row, outcome, number=1):
        with own_cursor(self.env) as cr:
            log_delivery(cr, subscription.id, row, outcome, number)


def log_delivery(cr, subscription_id, row, outcome, number):
    """``row``: of the event. Neither what was sent nor what was answered is kept."""
    error = outcome.error
    cr.execute(
        _LOG,
        {
            "subscription": subscription_id,
            "company": row["company_ref"],
            "event": row["uuid"],
            "type": row["type"],
            "about": row["subject_ref"],
            "number": number,
            "elapsed": outcome.elapsed_ms,
            "state": "failed" if error else "sent",
            "status": outcome.status,
            "class": error.kind if error else None,
            "message": error.message[:LONGEST_ERROR] if error else None,
        },
    )


_LOG = """
    INSERT INTO finance_sync_delivery (
        subscription_ref, company_ref, event_uuid, type, subject_ref, number,
        started_at, elapsed_ms, state, status, error_class, error_message
    ) VALUES (
        %(subscription)s, %(company)s, %(event)s, %(type)s, %(about)s, %(number)s,
        (clock_timestamp() AT TIME ZONE 'UTC')
            - make_interval(secs => %(elapsed)s / 1000.0),
        %(elapsed)s, %(state)s, %(status)s, %(class)s, %(message)s
    )
"""
