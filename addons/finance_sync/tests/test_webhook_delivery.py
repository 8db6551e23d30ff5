"""Webhooks out: signed, retried, refused."""

import json
from datetime import timedelta
from unittest.mock import patch

import standardwebhooks
from odoo import fields
from odoo.addons.finance_sync.core import publishers
from odoo.addons.finance_sync.core.webhook_signing import generate_secret
from odoo.addons.finance_sync.tests.unit.servers import Reply
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import conf
from .subscription_case import SubscriptionCase
from .test_metrics import Scraped

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestWebhookDelivery(SubscriptionCase):
    def test_signed_as_the_standard_says(self):
        event = self.happen()
        self.dispatch()
        (seen,) = self.receiver.requests
        self.assertEqual(seen.target, "/hooks")
        self.assertEqual(seen.headers["content-type"], "application/cloudevents+json")
        self.assertEqual(seen.headers["webhook-id"], event)
        told = standardwebhooks.Webhook(self.secret).verify(seen.body, seen.headers)
        self.assertEqual(told["specversion"], "1.0")
        self.assertEqual(told["id"], event)
        self.assertEqual(told["type"], "account.invoice.posted")
        self.assertEqual(told["data"]["total"], "7")
        self.assertEqual(told["company"], str(self.company_us.id))
        (row,) = self.outbox()
        self.assertEqual((row.state, row.attempts), ("sent", 1))
        self.assertEqual(row.delivery_ids.status, 200)
        self.assertTrue(self.subscription.last_success)

    def test_both_secrets_sign_while_they_overlap(self):
        newer = generate_secret()
        self.subscription._add_secret(newer)
        self.happen()
        self.dispatch()
        (seen,) = self.receiver.requests
        for secret in (self.secret, newer):
            self.assertTrue(
                standardwebhooks.Webhook(secret).verify(seen.body, seen.headers)
            )

    def test_order_is_kept_by_subject(self):
        first, second = self.happen("a"), self.happen("a")
        other = self.happen("b")
        self.answer(Reply(422))
        self.dispatch()
        self.assertEqual(self.sent(), [first, other])
        self.later(10)
        self.dispatch()
        self.assertEqual(self.sent(), [first, other, first, second])

    def test_a_receiver_that_is_down_is_not_flooded(self):
        first, second = self.happen("a"), self.happen("b")
        self.answer(Reply(503), Reply(503))
        self.dispatch()
        self.assertEqual(self.sent(), [first])
        self.assertTrue(self.subscription.failing_since)
        self.dispatch()
        self.assertEqual(len(self.sent()), 1)
        self.later(10)
        self.dispatch()
        self.assertEqual(self.sent(), [first, first])
        self.later(3600)
        self.dispatch()
        self.assertEqual(self.sent(), [first, first, first, second])
        self.assertFalse(self.subscription.failing_since)

    def test_retry_after_is_honoured(self):
        self.happen()
        self.answer(Reply(429, headers={"Retry-After": "600"}))
        self.dispatch()
        self.later(590)
        self.dispatch()
        self.assertEqual(len(self.sent()), 1)
        self.later(15)
        self.dispatch()
        self.assertEqual(len(self.sent()), 2)

    def figures(self):
        """(waiting, age in minutes, given up), as monitoring scrapes them."""
        self.env.flush_all()
        scraped, number = Scraped(self.env), str(self.subscription.id)
        waiting, oldest, given_up = (
            scraped(f"finance_sync_outbox_{name}", subscription=number)
            for name in ("waiting", "oldest_seconds", "given_up")
        )
        return waiting, abs(round(oldest / 60)), given_up

    def test_what_waits_is_measured(self):
        self.assertEqual(self.figures(), (0, 0, 0))
        self.happen()
        self.assertEqual(self.figures(), (1, 0, 0))
        self.later(600)
        self.assertEqual(self.figures(), (1, 10, 0))
        self.dispatch()
        self.assertEqual(self.figures(), (0, 0, 0))

    def test_the_schedule_of_the_standard_and_then_a_person(self):
        event = self.happen()
        self.receiver.answer = lambda seen: Reply(400)
        for attempt, wait in enumerate(publishers.STANDARD.waits):
            self.later(wait * 1.11)
            began = fields.Datetime.now()
            self.dispatch()
            self.assertEqual(len(self.sent()), attempt + 1)
            if attempt + 1 < len(publishers.STANDARD.waits):
                following = publishers.STANDARD.waits[attempt + 1]
                due = began + timedelta(seconds=following)
                self.assertGreaterEqual(self.outbox().next_try_at, due)
                # Time really goes by as well, so this looks minutes before it is due.
                early = following - 600
                self.later(early)
                self.dispatch()
                self.assertEqual(len(self.sent()), attempt + 1)
                self.later(-early)
        (row,) = self.outbox()
        self.assertEqual((row.state, row.attempts), ("failed", 10))
        self.assertEqual(set(self.sent()), {event})
        hold = self.open_holds("delivery_failed")
        self.assertEqual(hold.user_id, self.accountant)
        self.assertEqual(self.figures(), (0, 0, 1))
        self.answer()
        row.with_user(self.accountant).action_resend()
        self.dispatch()
        self.assertEqual(self.outbox().state, "sent")
        self.assertEqual(len(row.delivery_ids), 11)

    def test_gone_disables(self):
        self.happen()
        self.answer(Reply(410))
        self.dispatch()
        self.assertEqual(self.subscription.state, "disabled")
        self.assertEqual(len(self.open_holds("subscription_disabled")), 1)
        self.assertEqual(self.outbox().state, "pending")
        self.subscription.action_activate()
        self.assertFalse(self.open_holds("subscription_disabled"))
        self.dispatch()
        self.assertEqual(self.outbox().state, "sent")

    def test_days_of_failure_disable(self):
        self.happen()
        self.receiver.answer = lambda seen: Reply(500)
        self.dispatch()
        self.later(4.9 * DAY.total_seconds())
        self.dispatch()
        self.assertEqual(self.subscription.state, "active")
        self.later(0.2 * DAY.total_seconds())
        self.dispatch()
        self.assertEqual(self.subscription.state, "disabled")
        self.assertIn("5", self.open_holds("subscription_disabled").summary)

    def test_redirects_are_refused(self):
        self.happen()
        self.answer(Reply(302, headers={"Location": f"{self.receiver.url}/other"}))
        self.dispatch()
        self.assertEqual(len(self.receiver.requests), 1)
        self.assertEqual(self.outbox().state, "pending")

    def test_inside_is_forbidden_unless_allowed(self):
        self.happen()
        with conf(self.env):
            self.dispatch()
        self.assertFalse(self.receiver.requests)
        (delivery,) = self.outbox().delivery_ids
        self.assertIn("private network", delivery.error_message)
        self.later(10)
        self.dispatch()
        self.assertEqual(len(self.receiver.requests), 1)

    def test_nothing_is_sent_from_a_copy(self):
        self.happen()
        self.subscription.sudo().database_fingerprint = "another"
        self.dispatch()
        self.assertFalse(self.receiver.requests)
        with conf(self.env, environment="test"):
            self.assertFalse(self.subscription._is_live()[0])

    def test_send_test(self):
        action = self.subscription.with_user(self.manager).action_ping()
        self.assertEqual(action["params"]["type"], "success")
        (seen,) = self.receiver.requests
        self.assertEqual(
            json.loads(seen.body)["type"], "finance_sync.subscription.ping"
        )
        self.answer(Reply(500))
        with self.assertRaises(UserError):
            self.subscription.action_ping()
        with self.assertRaises(AccessError):
            self.subscription.with_user(self.accountant).action_ping()

    def test_a_batch_cut_off_is_sent_again_under_its_number(self):
        """What died between the answer and the mark is told twice, and known."""
        event = self.happen()
        self.env.flush_all()
        with (
            self.assertRaises(ZeroDivisionError),
            patch(
                "odoo.addons.finance_sync.models.dispatcher.log_delivery",
                side_effect=ZeroDivisionError,
            ),
            self.env.cr.savepoint(),
        ):
            self.subscription._job_dispatch()
        self.dispatch()
        self.assertEqual(self.sent(), [event, event])
