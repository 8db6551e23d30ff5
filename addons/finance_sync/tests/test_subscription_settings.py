"""Who may change a subscription, and how."""

from odoo.addons.finance_sync.core.webhook_signing import generate_secret
from odoo.addons.finance_sync.tests.unit.servers import Reply
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import make_user
from .subscription_case import SubscriptionCase


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
        self.assertEqual(self.subscription._secret(), "open sesame")

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
