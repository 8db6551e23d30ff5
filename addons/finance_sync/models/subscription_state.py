import uuid

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..core.errors import ProviderError
from .own_cursor import own_cursor

PING = "finance_sync.subscription.ping"


class SubscriptionState(models.Model):
    """How delivery goes. Written by the dispatcher's own connection only."""

    _name = "finance.sync.subscription.state"
    _description = "Finance Sync Subscription State"
    _log_access = False
    _rec_name = "subscription_ref"
    _sql_constraints = [
        (
            "subscription_unique",
            "UNIQUE(subscription_ref)",
            "One state per subscription.",
        ),
    ]

    # Without a foreign key: the row is locked while events are sent.
    subscription_ref = fields.Integer(required=True, readonly=True)
    last_success = fields.Datetime(readonly=True)
    failing_since = fields.Datetime(readonly=True)
    resume_at = fields.Datetime(readonly=True)
    last_error = fields.Char(readonly=True)

    @api.model
    def _make(self, subscription_ids):
        self.env.cr.execute(
            "INSERT INTO finance_sync_subscription_state (subscription_ref)"
            " SELECT unnest(%s) ON CONFLICT DO NOTHING",
            [list(subscription_ids)],
        )

    @api.model
    def _rows(self, subscription_ids):
        """Subscription id → its row, for screens."""
        # Technical rows of subscriptions that the caller may already read.
        rows = self.sudo().search_read([("subscription_ref", "in", subscription_ids)])
        return {row["subscription_ref"]: row for row in rows}

    @api.model
    def _forget_failures(self, subscription_ids):
        """Somebody has looked after it: try at once, and count days anew."""
        with own_cursor(self.env) as cr:
            cr.execute(
                "UPDATE finance_sync_subscription_state"
                " SET failing_since = NULL, resume_at = NULL, last_error = NULL"
                " WHERE subscription_ref = ANY(%s)",
                [list(subscription_ids)],
            )
        self.invalidate_model()


class Subscription(models.Model):
    _inherit = "finance.sync.subscription"

    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group("finance_sync.group_manager")):
            raise AccessError(_("Only a Finance Sync manager may do this."))
        compat.check_access(self, "write")

    def _is_live(self):
        """(bool, reason): may events go out now? Law 10 included."""
        self.ensure_one()
        if self.state != "active":
            return False, self.state_reason or _("The subscription is not active.")
        if self.environment != "production":
            return True, ""
        connections = self.env["finance.sync.connection"]
        here, reason = connections._is_production_here()
        if here and self.sudo().database_fingerprint != connections._fingerprint():
            return False, _("The subscription was activated in another database.")
        return here, reason

    def action_activate(self):
        """Begin, or go on with what waited."""
        self._check_manager()
        connections = self.env["finance.sync.connection"]
        for subscription in self:
            subscription._check_ready()
        # State changes through its actions only, which have checked the user.
        self.sudo().write(
            {
                "state": "active",
                "state_reason": False,
                "activated_at": fields.Datetime.now(),
                "database_fingerprint": connections._fingerprint(),
            }
        )
        self.env["finance.sync.subscription.state"]._forget_failures(self.ids)
        self.env["finance.sync.hold"]._resolve_for(
            document=self,
            codes=("subscription_disabled", "delivery_failed"),
            why=_("The subscription was activated again."),
        )
        self._tell("activated")
        self.env["finance.sync.outbox"]._try_now(self.ids)
        return True

    def action_pause(self):
        self._check_manager()
        reason = _("Paused by %s.", self.env.user.name)
        self.sudo().write({"state": "paused", "state_reason": reason})  # see activate
        self._tell("paused")
        return True

    def _disable(self, reason):
        """By the dispatcher: nobody listens there any more. Somebody is told."""
        # See action_activate; the dispatcher is nobody's.
        self.sudo().write({"state": "disabled", "state_reason": reason})
        self._tell("disabled", reason)
        self._hold("subscription_disabled", reason)

    def _hold(self, code, summary):
        hold = self.env["finance.sync.hold"]._raise(
            code, document=self, company=self.company_ids[:1], summary=summary
        )
        if hold and self.owner_id and not hold.user_id:
            # Holds are made by what happens, not by users.
            hold.sudo().user_id = self.owner_id
            hold.sudo()._remind(self.owner_id)
        return hold

    def _tell(self, what, reason=None):
        items = [
            {
                "type": f"finance_sync.subscription.{what}",
                "record": subscription,
                "data": {"reason": reason},
            }
            for subscription in self
        ]
        self.env["finance.sync.event"]._record_many(items)

    def _check_ready(self):
        """:raises UserError: something is missing, in plain words"""
        self.ensure_one()
        if not self.owner_id:
            raise UserError(_("Name an owner first: somebody to tell of failures."))
        if self.environment == "production":
            here, reason = self.env["finance.sync.connection"]._is_production_here()
            if not here:
                raise UserError(
                    _("Production subscriptions work in the production database only.")
                    + f" {reason}"
                )
        try:
            self._publisher().close()
        except ProviderError as error:
            raise UserError(error.message) from error

    def action_ping(self):
        """Send an event that means nothing, now, and say what came of it."""
        self.ensure_one()
        self._check_manager()
        row = {
            "id": 0,
            "uuid": str(uuid.uuid4()),
            "type": PING,
            "version": 1,
            "occurred_at": fields.Datetime.now(),
            "subject": self.finance_sync_uuid,
            "subject_ref": self.name,
            "company_ref": None,
            "correlation_id": None,
            "data": "{}",
        }
        try:
            outcome = self._ping(row)
        except ProviderError as error:
            raise UserError(error.message) from error
        self.env["finance.sync.delivery"]._log_now(self, row, outcome)
        if outcome.error:
            raise UserError(outcome.error.message)
        message = _("It arrived after %s ms.", outcome.elapsed_ms)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "title": self.name, "message": message},
        }

    def _ping(self, row):
        publisher = self._publisher()
        try:
            return next(iter(publisher.publish([self._envelope(row)])))
        finally:
            publisher.close()
