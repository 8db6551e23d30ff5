"""Objectives: counted hour by hour, judged, and a hold when the budget burns."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .sample_rows import RowsCase


@tagged("post_install", "-at_install")
class TestSlo(RowsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.objective = cls.env["finance.sync.slo"].create(
            {
                "name": "Recorded in a quarter of an hour",
                "company_id": cls.company_us.id,
                "connection_id": cls.connection.id,
                "operation": "slo.test",
                "minutes": 15,
                "objective": 90.0,
                "user_id": cls.manager.id,
            }
        )
        cls.now = fields.Datetime.now().replace(microsecond=0)

    def exchanges(self, count, hours_ago, minutes=None, company=None):
        """Exchanges of some hours ago: done after so many minutes, or pending."""
        company = company or self.company_us
        begun = self.now - timedelta(hours=hours_ago)
        rows = []
        for _number in range(count):
            exchange = self._exchange(company, operation="slo.test")
            if minutes is not None:
                exchange.sudo().write(
                    {"state": "done", "done_at": begun + timedelta(minutes=minutes)}
                )
            rows.append(exchange.id)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_sync_exchange SET create_date = %s WHERE id = ANY(%s)",
            [begun, rows],
        )
        self.env.invalidate_all()

    def measure(self):
        self.objective.action_measure()
        return self.objective

    def test_in_time_late_and_unfinished(self):
        self.exchanges(8, 30, minutes=5)
        self.exchanges(1, 30, minutes=40)
        self.exchanges(1, 30)
        # Too young to be judged, and another company's.
        self.exchanges(3, 0)
        self.exchanges(5, 30, company=self.company_de)
        objective = self.measure()
        self.assertEqual((objective.total_events, objective.good_events), (10, 8))
        self.assertAlmostEqual(objective.attainment, 80.0)
        # Twice the failures that ten percent allow.
        self.assertAlmostEqual(objective.budget_left, -100.0)
        self.assertEqual(objective.state, "missed")
        self.assertFalse(objective.hold_id)
        history = objective.history_ids
        self.assertEqual(history.mapped("budget_left"), [-100.0])

    def test_measuring_again_counts_nothing_twice(self):
        self.exchanges(4, 3, minutes=1)
        self.measure()
        first = self.objective.slot_ids.mapped("total")
        self.measure()
        self.assertEqual(self.objective.slot_ids.mapped("total"), first)
        self.assertEqual(self.objective.total_events, 4)
        self.assertEqual(len(self.objective.history_ids), 1)

    def test_a_verdict_is_revised_when_it_is_known_better(self):
        self.exchanges(2, 3)
        self.assertEqual(self.measure().good_events, 0)
        late = self.env["finance.sync.exchange"].search(
            [("operation", "=", "slo.test")]
        )
        late.sudo().write({"state": "cancelled"})
        self.assertEqual(self.measure().total_events, 0)
        self.assertEqual(self.objective.state, "none")

    def test_a_branch_counts_for_its_parent(self):
        self.exchanges(2, 3, minutes=1, company=self.branch)
        self.assertEqual(self.measure().total_events, 2)

    def test_fast_burn_opens_one_hold_and_closes_it(self):
        self.objective.objective = 99.0
        self.exchanges(20, 1)
        objective = self.measure()
        self.assertTrue(objective.burning)
        hold = objective.hold_id
        self.assertEqual((hold.code, hold.state), ("slo_burn", "open"))
        self.assertEqual(hold.company_id, self.company_us)
        self.assertEqual(hold.user_id, self.connection.owner_id or self.manager)
        self.assertIn(objective.name, hold.summary)
        self.measure()
        self.assertEqual(objective.hold_id, hold)
        rows = self.env["finance.sync.exchange"].search(
            [("operation", "=", "slo.test")]
        )
        rows.sudo().write({"state": "done", "done_at": self.now - timedelta(hours=1)})
        self.assertFalse(self.measure().burning)
        self.assertEqual(hold.state, "resolved")
        self.assertFalse(objective.hold_id)

    def test_few_failures_are_no_alarm(self):
        self.objective.objective = 99.0
        self.exchanges(3, 1)
        objective = self.measure()
        self.assertGreater(objective.burn_short, 14.4)
        self.assertFalse(objective.burning)

    def test_new_terms_are_measured_anew(self):
        self.exchanges(2, 30, minutes=40)
        self.assertEqual(self.measure().good_events, 0)
        self.objective.minutes = 60
        self.assertFalse(self.objective.slot_ids)
        self.assertEqual(self.measure().good_events, 2)

    def test_calls_and_holds_are_counted_too(self):
        calls = self.objective.copy(
            {"name": "Calls", "indicator": "call_success", "operation": "echo.find"}
        )
        self.env["finance.sync.metric.hour"].create(
            [
                {
                    "hour": self.now.replace(minute=0, second=0),
                    "kind": "attempt",
                    "connection_ref": self.connection.id,
                    "company_ref": self.company_us.id,
                    "operation": "echo.find",
                    "outcome": outcome,
                    "prior": "",
                    "again": False,
                    "bucket": 1,
                    "events": events,
                    "seconds": 1.0,
                }
                for outcome, events in (("succeeded", 30), ("failed", 10))
            ]
        )
        calls.action_measure()
        self.assertEqual((calls.total_events, calls.good_events), (40, 30))
        holds = self.objective.copy(
            {"name": "Holds", "indicator": "hold_time", "operation": "rejected"}
        )
        self.hold.sudo().write({"due": self.now - timedelta(hours=2)})
        holds.action_measure()
        self.assertEqual((holds.total_events, holds.good_events), (1, 0))

    def test_what_was_reached_is_not_set_by_hand(self):
        objective = self.objective.with_user(self.manager)
        objective.minutes = 20
        with self.assertRaises(AccessError):
            objective.write({"attainment": 100.0})
        with self.assertRaises(AccessError):
            self.env["finance.sync.slo"].with_user(self.manager).create(
                {"name": "Perfect", "budget_left": 100.0}
            )
        with self.assertRaises(ValidationError):
            objective.company_id = self.company_de

    def test_what_went_wrong_is_listed(self):
        self.exchanges(2, 30, minutes=40)
        self.exchanges(2, 30, minutes=4)
        self.measure()
        action = self.objective.with_user(self.accountant).action_open_bad()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(len(found), 2)
