"""Events are told again from a point in time."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .subscription_case import SubscriptionCase

DAY = timedelta(days=1)


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
