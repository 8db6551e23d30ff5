import json
from datetime import timedelta
from unittest.mock import patch

import standardwebhooks
from odoo import fields
from odoo.addons.finance_sync.core import publishers
from odoo.addons.finance_sync.core.webhook_signing import generate_secret
from odoo.addons.finance_sync.tests.unit.servers import HttpServer, Reply
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import FinanceSyncCase, conf, make_user
from .test_metrics import Scraped

DAY = timedelta(days=1)


class SubscriptionCase(FinanceSyncCase):
    """A receiver on loopback, which this server's administrator allows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(conf(cls.env, webhook_networks="127.0.0.0/8"))

    def setUp(self):
        super().setUp()
        self.receiver = HttpServer()
        self.receiver.__enter__()
        self.addCleanup(self.receiver.__exit__)
        self.secret = generate_secret()
        self.subscription = self.subscribe()

    def subscribe(self, **values):
        subscription = self.env["finance.sync.subscription"].create(
            {
                "name": "Warehouse",
                "environment": "production",
                "url": f"{self.receiver.url}/hooks",
                "company_ids": [(6, 0, self.company_us.ids)],
                "patterns": "account.invoice.*\naccount.period.closed",
                "owner_id": self.accountant.id,
                **values,
            }
        )
        subscription._add_secret(self.secret)
        subscription.action_activate()
        return subscription

    def happen(self, subject="a", company=None, type="account.invoice.posted"):
        """Something of business; its event's UUID. ``subject``: about which."""
        record = self._partner(subject)
        return self.env["finance.sync.event"]._record(
            type,
            record,
            company=company or self.company_us,
            data={"kind": "invoice", "currency": "USD", "total": 7},
        )

    def _partner(self, name):
        partners = self.env["res.partner"]
        return partners.search([("name", "=", name)], limit=1) or partners.create(
            {"name": name}
        )

    def dispatch(self, subscription=None):
        self.env.flush_all()
        result = (subscription or self.subscription)._job_dispatch()
        self.env.invalidate_all()
        return result

    def outbox(self, subscription=None):
        self.env.invalidate_all()
        return self.env["finance.sync.outbox"].search(
            [("subscription_id", "=", (subscription or self.subscription).id)],
            order="id",
        )

    def sent(self):
        """Ids of the events that arrived, in order."""
        return [json.loads(seen.body)["id"] for seen in self.receiver.requests]

    def answer(self, *replies):
        """What the next requests get; then 200 again."""
        waiting = list(replies)
        self.receiver.answer = lambda seen: waiting.pop(0) if waiting else Reply()

    def later(self, seconds):
        """As if so much time had gone by for what waits."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_sync_outbox SET next_try_at = next_try_at"
            " - make_interval(secs => %(s)s), created_at = created_at"
            " - make_interval(secs => %(s)s);"
            "UPDATE finance_sync_subscription_state SET resume_at = resume_at"
            " - make_interval(secs => %(s)s), failing_since = failing_since"
            " - make_interval(secs => %(s)s)",
            {"s": seconds},
        )
        self.env.invalidate_all()

    def open_holds(self, code):
        return self.env["finance.sync.hold"].search(
            [("code", "=", code), ("state", "=", "open")]
        )


@tagged("post_install", "-at_install")
class TestFanOut(SubscriptionCase):
    def test_who_wants_it_and_may_have_it(self):
        bills = self.subscribe(name="Bills", patterns="account.bill.*")
        german = self.subscribe(
            name="German", company_ids=[(6, 0, self.company_de.ids)], patterns="*"
        )
        event = self.happen()
        self.assertEqual(self.outbox().mapped("event_uuid"), [event])
        self.assertFalse(self.outbox(bills))
        self.assertFalse(self.outbox(german))

    def test_a_branch_is_told_with_its_company(self):
        branch = self.env["res.company"].create(
            {"name": "Maple Boston", "parent_id": self.company_us.id}
        )
        self.happen(company=branch)
        self.assertEqual(self.outbox().company_id, branch)

    def test_what_is_no_business_is_not_told(self):
        everything = self.subscribe(name="All", patterns="*")
        self.assertNotIn("finance_sync.payload", everything.matched_types)
        before = len(self.outbox(everything))
        self.env["finance.sync.event"]._record(
            "finance_sync.payload.unmasked", self.company_us
        )
        self.assertEqual(len(self.outbox(everything)), before)

    def test_paused_keeps_and_disabled_does_not(self):
        self.subscription.action_pause()
        self.happen()
        self.assertEqual(len(self.outbox()), 1)
        self.assertFalse(self.receiver.requests)
        self.subscription._disable("gone")
        self.happen()
        self.assertEqual(len(self.outbox()), 1)

    def test_many_events_cost_one_statement(self):
        partner = self._partner("a")
        item = {
            "type": "account.invoice.posted",
            "record": partner,
            "company": self.company_us,
            "data": {"kind": "invoice", "currency": "USD", "total": 7},
        }
        events = self.env["finance.sync.event"]
        events._record_many([item])
        before = self.env.cr.sql_log_count
        events._record_many([item] * 500)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 4)
        self.assertEqual(len(self.outbox()), 501)

    def test_one_job_after_the_commit(self):
        outbox = self.env["finance.sync.outbox"]
        for _turn in range(2):
            outbox._wake(self.subscription.ids)
        jobs = self.env["queue.job"].search(
            [("identity_key", "=", f"finance_sync:dispatch:{self.subscription.id}")]
        )
        self.assertEqual(len(jobs), 1)
        self.assertEqual(jobs.channel, "root.finance_sync.operational")

    def test_the_cron_finds_what_is_due(self):
        self.happen()
        self.env.flush_all()
        self.env["finance.sync.outbox"]._cron_dispatch()
        domain = [("identity_key", "like", "finance_sync:dispatch:")]
        self.assertEqual(len(self.env["queue.job"].search(domain)), 1)


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
            self.dispatch()
            self.assertEqual(len(self.sent()), attempt + 1)
            if attempt + 1 < len(publishers.STANDARD.waits):
                self.later(publishers.STANDARD.waits[attempt + 1] * 0.99)
                self.dispatch()
                self.assertEqual(len(self.sent()), attempt + 1)
                self.later(-publishers.STANDARD.waits[attempt + 1] * 0.99)
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


@tagged("post_install", "-at_install")
class TestSettings(SubscriptionCase):
    def test_patterns_are_those_of_the_catalogue(self):
        for patterns in ("no.such", "", "account.invoice.posted nothing.*"):
            with self.assertRaises(ValidationError):
                self.subscription.copy({"patterns": patterns})

    def test_addresses(self):
        for url in ("http://example.com", "ftp://example.com", "https://u:p@x.com"):
            with self.assertRaises(ValidationError):
                self.subscription.copy({"url": url})

    def test_activation_needs_what_it_works_with(self):
        bare = self.env["finance.sync.subscription"].create(
            {"name": "Bare", "patterns": "*", "url": "https://example.com/x"}
        )
        with self.assertRaises(UserError):
            bare.action_activate()
        bare._add_secret(generate_secret())
        bare.action_activate()
        with self.assertRaises(UserError):
            bare.with_user(self.manager).write({"state": "draft"})
        with self.assertRaises(UserError):
            bare.unlink()

    def test_a_second_person_approves_where_it_goes(self):
        mine = self.subscription.with_user(self.manager)
        mine.write(
            {
                "url": "https://elsewhere.example.com",
                "company_ids": [(4, self.company_de.id)],
                "timeout": 9.0,
            }
        )
        self.assertEqual(mine.url, f"{self.receiver.url}/hooks")
        self.assertEqual(mine.timeout, 9.0)
        self.assertIn("elsewhere", mine.change_summary)
        self.assertIn(self.company_de.name, mine.change_summary)
        with self.assertRaises(AccessError):
            mine.action_approve_change()
        both = make_user(
            self.env,
            "both",
            self.company_us,
            self.companies,
            "finance_sync.group_manager",
            "finance_sync.group_approver",
        )
        self.subscription.with_user(both).write({"url": "https://other.example.com"})
        with self.assertRaises(UserError):
            self.subscription.with_user(both).action_approve_change()
        self.subscription.with_user(self.approver).action_approve_change()
        self.assertEqual(self.subscription.url, "https://other.example.com")
        self.assertEqual(self.subscription.company_ids, self.companies)
        self.assertFalse(self.subscription.change_values)
        # What was meant for the old address is of no use to the new one.
        self.assertFalse(self.subscription.has_secret)

    def test_a_change_is_refused_or_withdrawn(self):
        for user, action in (
            (self.approver, "action_refuse_change"),
            (self.manager, "action_withdraw_change"),
        ):
            self.subscription.with_user(self.manager).patterns = "*"
            self.assertTrue(self.subscription.change_by)
            getattr(self.subscription.with_user(user), action)()
            self.assertFalse(self.subscription.change_by)
        self.assertNotEqual(self.subscription.patterns, "*")

    def test_nobody_approves_by_a_context_of_his_own(self):
        forged = self.subscription.with_user(self.manager).with_context(
            finance_sync_subscription_approved=True
        )
        forged.write({"url": "https://elsewhere.example.com"})
        self.assertEqual(forged.url, f"{self.receiver.url}/hooks")
        for values in ({"change_values": {"url": "x"}}, {"database_fingerprint": "x"}):
            with self.assertRaises(UserError):
                self.subscription.with_user(self.manager).write(values)

    def test_passwords_are_shown_to_nobody(self):
        self.subscription.password = "open sesame"
        self.assertNotIn("sesame", self.subscription.sudo().password_enc)
        seen = self.subscription.with_user(self.manager)
        self.assertEqual(seen.read(["password"])[0]["password"], False)
        with self.assertRaises(AccessError):
            seen.read(["password_enc"])
        self.assertEqual(self.subscription._password(), "open sesame")

    def test_another_company_sees_nothing(self):
        self.happen()
        self.dispatch()
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "base.group_user",
            "finance_sync.group_manager",
        )
        row = self.outbox()
        for record in (
            self.subscription,
            self.subscription.secret_ids,
            row,
            row.delivery_ids,
        ):
            theirs = self.env[record._name].with_user(stranger)
            theirs = theirs.with_context(allowed_company_ids=self.company_de.ids)
            self.assertNotIn(record.id, theirs.search([]).ids)
            mine = self.env[record._name].with_user(self.manager)
            self.assertIn(record.id, mine.search([]).ids)

    def test_old_deliveries_are_forgotten(self):
        self.happen()
        self.happen()
        self.answer(Reply(), Reply(422))
        self.dispatch()
        self.env.cr.execute(
            "UPDATE finance_sync_outbox SET sent_at = sent_at - interval '91 days';"
            "UPDATE finance_sync_delivery"
            " SET started_at = started_at - interval '91 days'"
        )
        self.env["finance.sync.outbox"]._cron_clean()
        self.assertEqual(self.outbox().mapped("state"), ["pending"])
        self.assertFalse(self.outbox().delivery_ids)


@tagged("post_install", "-at_install")
class TestReplay(SubscriptionCase):
    def wizard(self, **values):
        return (
            self.env["finance.sync.event.replay"]
            .with_user(self.manager)
            .create({"subscription_id": self.subscription.id, **values})
        )

    def test_a_time_is_told_again(self):
        events = [self.happen("a"), self.happen("a"), self.happen("b")]
        self.dispatch()
        wizard = self.wizard()
        # The clock of events is the database's, and goes on within a transaction.
        wizard.until = fields.Datetime.now() + DAY
        self.assertEqual(wizard.count, 3)
        self.assertIn("3 × Invoice", wizard.preview)
        wizard.action_replay()
        self.dispatch()
        self.assertEqual(self.sent(), events * 2)
        self.assertEqual(self.outbox().mapped("round"), [0, 0, 0, 1, 1, 1])

    def test_only_what_never_arrived(self):
        self.happen("a")
        self.dispatch()
        self.subscription._disable("Down.")
        missed = self.happen("b")
        self.subscription.action_activate()
        wizard = self.wizard(unsent_only=True, until=fields.Datetime.now() + DAY)
        self.assertEqual(wizard.count, 1)
        wizard.action_replay()
        self.dispatch()
        self.assertEqual(self.sent()[1:], [missed])

    def test_what_still_waits_is_not_doubled(self):
        self.happen("a")
        self.wizard(until=fields.Datetime.now() + DAY).action_replay()
        self.assertEqual(len(self.outbox()), 1)

    def test_nothing_to_tell(self):
        wizard = self.wizard(since="2001-01-01", until="2001-01-02")
        self.assertEqual(wizard.count, 0)
        with self.assertRaises(UserError):
            wizard.action_replay()

    def test_other_companies_stay_unseen(self):
        self.happen("a", company=self.company_de)
        self.assertEqual(self.wizard(until=fields.Datetime.now() + DAY).count, 0)
