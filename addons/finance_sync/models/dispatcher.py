"""Events go out: in order by subject, at least once, each attempt in the log.

One job at a time serves a subscription: it holds the lock of the subscription's state
row on a connection of its own, READ COMMITTED, from taking rows up until they are
marked. A job that dies lets go of both; what it had sent and not marked is sent again,
under the same number.
"""

import time
from contextlib import contextmanager
from datetime import timedelta

from odoo import _, models
from odoo.sql_db import db_connect
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from ..compat import in_test_mode
from ..core.errors import ProviderError
from ..core.publishers import delay
from .delivery import LONGEST_ERROR, log_delivery
from .own_cursor import LOCK_TIMEOUT

# Then the next job goes on, so that other jobs get their turn.
BUDGET_SECONDS = 20.0
# A receiver that is down is asked again so often at least, whatever waits for it.
LONGEST_PAUSE = 300.0
# Whoever finds another one at it looks again, in case that one had looked already.
BUSY_SECONDS = 2.0
# What is due later is found by the cron.
SOON = 60.0
DAY = 86400.0


class Subscription(models.Model):
    _inherit = "finance.sync.subscription"

    def _job_dispatch(self):
        """Send what is due. Running again is safe; so are two at a time."""
        self.ensure_one()
        live, reason = self._is_live()
        if not live:
            return _("Nothing is sent: %s", reason)
        try:
            publisher = self._publisher()
        except ProviderError as error:
            return self._misconfigured(error)
        try:
            with dispatch_cursor(self.env) as cr:
                run = _Run(self, cr, publisher)
                run.go()
        finally:
            publisher.close()
        return self._conclude(run)

    def _misconfigured(self, error):
        """It cannot work until somebody changes something: it waits for that."""
        self.sudo().write({"state": "paused", "state_reason": error.message})
        self._tell("paused", error.message)
        self._hold("subscription_disabled", error.message)
        return error.message

    def _conclude(self, run):
        """What people have to know, in the job's own transaction."""
        if run.gone:
            self._disable(_("The receiver says that it is gone (HTTP 410)."))
        elif run.failing_for and run.failing_for > self.disable_after_days * DAY:
            self._disable(
                _(
                    "Nothing has arrived for %(days)s days: %(error)s",
                    days=int(run.failing_for // DAY),
                    error=run.last_error,
                )
            )
        elif run.given_up:
            self._hold(
                "delivery_failed",
                _(
                    "%(count)s events were given up, the last because: %(error)s",
                    count=run.given_up,
                    error=run.last_error,
                ),
            )
        if run.next_in is not None and self.state == "active":
            eta = timedelta(seconds=max(run.next_in, 0)) if run.next_in > 0 else None
            self.env["finance.sync.outbox"]._wake(self.ids, eta=eta)
        return _(
            "%(sent)s delivered, %(failed)s failed.", sent=run.sent, failed=run.failed
        )


class _Run:
    """One job's work on one subscription."""

    def __init__(self, subscription, cr, publisher):
        self.subscription, self.cr, self.publisher = subscription, cr, publisher
        self.sent = self.failed = self.given_up = 0
        self.gone = self.busy = False
        self.failing_for = self.next_in = None
        self.last_error = ""

    def go(self):
        until = time.monotonic() + BUDGET_SECONDS
        going = True
        while going and time.monotonic() < until:
            going = self._lock() and self._batch()
            _commit(self.cr)
        if self.gone:
            return
        self.next_in = self._next_in()

    def _lock(self):
        """Be the only one; False if somebody is, or it is too early."""
        self.cr.execute(_LOCK, [self.subscription.id])
        self.busy = not self.cr.fetchone()
        return not self.busy

    def _batch(self):
        """Send what is due next; whether there may be more at once."""
        self.cr.execute(_DUE, [self.subscription.id, self.publisher.batch_size])
        rows = self.cr.dictfetchall()
        if not rows:
            return False
        by_uuid = {row["uuid"]: row for row in rows}
        envelopes = [self.subscription._envelope(row) for row in rows]
        for outcome in self.publisher.publish(envelopes):
            row = by_uuid[outcome.id]
            log_delivery(
                self.cr, self.subscription.id, row, outcome, row["attempts"] + 1
            )
            if outcome.error:
                return self._fail(row, outcome)
            self.sent += 1
            self.cr.execute(_SENT, [row["outbox_id"]])
        self.cr.execute(_SUCCEEDED, [self.subscription.id])
        return True

    def _fail(self, row, outcome):
        """The next attempt by the schedule; a failing receiver waits as a whole."""
        error = outcome.error
        self.failed += 1
        self.last_error = error.message[:LONGEST_ERROR]
        self.gone = outcome.is_gone
        asked = getattr(error, "retry_after", None)
        wait = delay(row["attempts"] + 1, asked, self.publisher.schedule)
        if wait is None:
            self.given_up += 1
        self.cr.execute(_FAILED, [wait is None, wait or 0.0, self.last_error,
                                  row["outbox_id"]])  # fmt: skip
        # What is refused for its content holds up what is about the same alone.
        own_fault = outcome.is_about_content
        pause = 0.0 if own_fault else min(wait or LONGEST_PAUSE, LONGEST_PAUSE)
        pause = max(pause, asked or 0.0)
        self.cr.execute(_FAILING, [pause, self.last_error, self.subscription.id])
        (self.failing_for,) = self.cr.fetchone()
        return own_fault

    def _next_in(self):
        """Seconds until something is due; None if nothing is, or not soon."""
        self.cr.execute(_NEXT, [self.subscription.id])
        found = self.cr.fetchone()
        _commit(self.cr)
        if not found or found[0] > SOON:
            return None
        return max(found[0], BUSY_SECONDS) if self.busy else found[0]


@contextmanager
def dispatch_cursor(env):
    """A connection of the dispatcher's own; READ COMMITTED, with transactions.

    In registry test mode there is but one connection, and this is a savepoint of it.
    """
    if in_test_mode(env.registry):
        with env.registry.cursor() as cr:
            yield cr
        return
    cr = db_connect(env.cr.dbname).cursor()
    try:
        # A session is set outside a transaction, see own_cursor.
        cr.rollback()
        cr.connection.set_session(isolation_level=ISOLATION_LEVEL_READ_COMMITTED)
        cr.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
        yield cr
    finally:
        cr.close()


def _commit(cr):
    """Of the dispatcher's own cursor, never of a job's."""
    cr.commit()  # pylint: disable=invalid-commit


_NOW = "(clock_timestamp() AT TIME ZONE 'UTC')"
_LOCK = f"""
    SELECT subscription_ref FROM finance_sync_subscription_state
    WHERE subscription_ref = %s AND (resume_at IS NULL OR resume_at <= {_NOW})
    FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - nothing but constants
_DUE = f"""
    SELECT o.id AS outbox_id, o.attempts, e.id, e.uuid, e.type, e.version,
        e.occurred_at, e.company_ref, e.correlation_id, e.subject, e.subject_ref,
        e.data
    FROM finance_sync_outbox o
    JOIN finance_sync_event e ON e.id = o.event_ref
    WHERE o.subscription_id = %s AND o.state = 'pending' AND o.next_try_at <= {_NOW}
        AND NOT EXISTS (
            SELECT FROM finance_sync_outbox earlier
            WHERE earlier.subscription_id = o.subscription_id
                AND earlier.subject = o.subject AND earlier.id < o.id
                AND earlier.state = 'pending' AND earlier.next_try_at > {_NOW}
        )
    ORDER BY o.id LIMIT %s
    FOR UPDATE OF o
"""  # noqa: S608 - nothing but constants
_SENT = f"""
    UPDATE finance_sync_outbox
    SET state = 'sent', sent_at = {_NOW}, attempts = attempts + 1, last_error = NULL
    WHERE id = %s
"""  # noqa: S608 - nothing but constants
_FAILED = f"""
    UPDATE finance_sync_outbox
    SET state = CASE WHEN %s THEN 'failed' ELSE 'pending' END,
        next_try_at = {_NOW} + make_interval(secs => %s),
        attempts = attempts + 1, last_error = %s
    WHERE id = %s
"""  # noqa: S608 - nothing but constants
_SUCCEEDED = f"""
    UPDATE finance_sync_subscription_state
    SET last_success = {_NOW}, failing_since = NULL, resume_at = NULL,
        last_error = NULL
    WHERE subscription_ref = %s
"""  # noqa: S608 - nothing but constants
_FAILING = f"""
    UPDATE finance_sync_subscription_state
    SET failing_since = coalesce(failing_since, {_NOW}),
        resume_at = {_NOW} + make_interval(secs => %s), last_error = %s
    WHERE subscription_ref = %s
    RETURNING extract(epoch FROM {_NOW} - failing_since)::float8
"""  # noqa: S608 - nothing but constants
_NEXT = f"""
    SELECT extract(epoch FROM greatest(
        min(o.next_try_at), max(s.resume_at), {_NOW}) - {_NOW})::float8
    FROM finance_sync_outbox o
    JOIN finance_sync_subscription_state s ON s.subscription_ref = o.subscription_id
    WHERE o.subscription_id = %s AND o.state = 'pending'
        AND NOT EXISTS (
            SELECT FROM finance_sync_outbox earlier
            WHERE earlier.subscription_id = o.subscription_id
                AND earlier.subject = o.subject AND earlier.id < o.id
                AND earlier.state = 'pending'
        )
    HAVING count(*) > 0
"""  # noqa: S608 - nothing but constants
