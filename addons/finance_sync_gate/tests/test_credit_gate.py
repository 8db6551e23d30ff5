import unittest
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError

from .common import GateCase

try:
    from tests.simulator import Simulator
except ImportError:  # an installation without the repository around it
    Simulator = None


class TestCredit(GateCase):
    def test_within_the_limit_it_is_posted(self):
        self.rule()
        self.limit(100)
        invoice = self.invoice(100)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        result = self.results(invoice)
        self.assertEqual((result.state, result.score), ("pass", 100.0))
        self.assertTrue(result.proof_holds)
        self.assertIn('"limit":"100"', result.proof)

    def test_without_rules_nothing_is_asked(self):
        self.limit(1)
        invoice = self.invoice(100)
        invoice.action_post()
        self.assertFalse(self.results(invoice))

    def test_over_the_limit_it_is_held(self):
        self.rule()
        self.limit(250)
        self.invoice(100).action_post()
        self.invoice(80)  # a draft counts too
        invoice = self.invoice(100)
        hold = self.refused(invoice)
        self.assertEqual(invoice.state, "draft")
        self.assertEqual(hold.code, "gate_credit")
        self.assertEqual(hold.amount, 100)
        for part in ("280.00", "250.00", "Open items 100.00", "drafts 80.00"):
            self.assertIn(part, hold.summary)
        self.assertIn("250.00", self.message)
        self.assertIn("limit", invoice.with_user(self.clerk).finance_sync_banner)
        self.assertEqual(self.results(invoice).state, "hold")
        event = self.env["finance.sync.event"].search(
            [("subject", "=", invoice.finance_sync_uuid)]
        )
        self.assertIn("finance_sync.gate.decided", event.mapped("type"))

    def test_what_was_paid_does_not_count(self):
        self.rule()
        self.limit(150)
        paid = self.invoice(100)
        paid.action_post()
        self.env["account.payment.register"].with_user(self.accountant).with_context(
            active_model="account.move",
            active_ids=paid.ids,
            allowed_company_ids=self.company_us.ids,
        ).create({}).action_create_payments()
        invoice = self.invoice(100)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_an_override_lets_this_amount_pass(self):
        self.rule()
        self.limit(50)
        invoice = self.invoice(100)
        self.override(self.refused(invoice))
        invoice.invoice_line_ids.price_unit = 120
        again = self.refused(invoice)
        self.assertIn("120.00", again.summary)
        invoice.invoice_line_ids.price_unit = 100
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(again.state, "resolved")

    def test_far_over_the_limit_nobody_overrides(self):
        self.rule(block_over=50)
        self.limit(50)
        hold = self.refused(self.invoice(100))
        self.assertEqual(hold.code, "gate_credit_block")
        with self.assertRaisesRegex(UserError, "never"):
            hold.with_user(self.accountant)._override("Agreed by phone with them.")

    def test_overdue(self):
        self.rule(overdue_days=30)
        late = fields.Date.today() - timedelta(days=40)
        self.invoice(10, invoice_date=late, invoice_date_due=late).action_post()
        hold = self.refused(self.invoice(100))
        self.assertIn("40 days", hold.summary)

    def test_credit_notes_and_small_documents_pass(self):
        self.rule(min_amount=50)
        self.limit(1)
        for document in (self.invoice(49), self.invoice(500, "out_refund")):
            document.action_post()
            self.assertEqual(document.state, "posted")
            self.assertFalse(self.results(document))

    def test_another_company_has_its_own_rules_and_debts(self):
        self.rule(company_id=self.company_de.id)
        self.limit(1)
        invoice = self.invoice(100)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_invoices_of_one_go_count_for_each_other(self):
        self.rule()
        self.limit(150)
        both = self.invoice(100) | self.invoice(100)
        self.validate(both)
        self.assertEqual(both.mapped("state"), ["draft", "draft"])
        for invoice in both:
            self.assertIn("drafts 100.00", invoice.finance_sync_hold_ids.summary)
        both[1].button_cancel()
        self.validate(both[0])
        self.assertEqual(both[0].state, "posted")

    def validate(self, invoices):
        wizard = self.env["validate.account.move"].with_user(self.accountant)
        context = {
            "active_model": "account.move",
            "active_ids": invoices.ids,
            "allowed_company_ids": self.company_us.ids,
        }
        wizard.with_context(**context).create({}).validate_move()
        # Where tax is determined too, each is posted by itself and held afterwards.
        self.env.cr.postcommit.run()
        self.env.invalidate_all()

    def test_many_invoices_cost_few_queries_more(self):
        self.rule()
        self.limit(10**9)
        checks = self.env["finance.sync.gate.check"]
        invoices = [self.invoice(1)._finance_sync_gate_facts() for _n in range(12)]
        checks._ask("invoice_post", invoices[:1])
        before = self.env.cr.sql_log_count
        checks._ask("invoice_post", invoices[:2])
        few = self.env.cr.sql_log_count - before
        before = self.env.cr.sql_log_count
        checks._ask("invoice_post", invoices)
        self.assertLessEqual(self.env.cr.sql_log_count - before, few + 4)

    def test_rules_fit_where_they_are(self):
        with self.assertRaises(ValidationError):
            self.rule(point="payment_post")
        with self.assertRaises(ValidationError):
            self.rule(check="fraud")
        with self.assertRaises(ValidationError):
            self.rule(check="credit_external")

    def test_a_rule_that_decided_is_archived_not_removed(self):
        rule = self.rule()
        self.limit(1000)
        self.invoice(1).action_post()
        with self.assertRaises(UserError):
            rule.unlink()


@unittest.skipIf(Simulator is None, "The provider simulator is not on the path")
class TestExternalCredit(GateCase):
    def setUp(self):
        super().setUp()
        self.simulator = Simulator()
        self.simulator.start()
        self.addCleanup(self.simulator.stop)
        self.partner.ref = "C1"
        self.connection = self.make_connection(
            key="bureau",
            name="Bureau",
            provider="credit_http",
            base_url=f"{self.simulator.url}/credit",
            secret="open sesame",
        )

    def external(self, **values):
        return self.rule(
            check="credit_external", connection_id=self.connection.id, **values
        )

    def test_it_is_asked_and_approves(self):
        self.external()
        invoice = self.invoice(100)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        (request,) = self.simulator.requests
        self.assertEqual(request.body["customer"], "C1")
        self.assertEqual(request.body["amount"], 100)

    def test_the_same_question_is_not_asked_twice(self):
        self.external()
        self.simulator.credit.limit("C1", 80)
        invoice = self.invoice(100)
        self.refused(invoice)
        self.refused(invoice)
        self.assertEqual(len(self.simulator.requests), 1)

    def test_review_is_held_and_decline_is_final(self):
        self.external()
        self.simulator.credit.limit("C1", 80)
        hold = self.refused(self.invoice(100))
        self.assertEqual(hold.code, "gate_credit")
        self.assertIn("CR-00001", hold.summary)
        self.simulator.credit.limit("C1", 10)
        hold = self.refused(self.invoice(101))
        self.assertEqual(hold.code, "gate_credit_block")

    def test_outage_blocks(self):
        self.external()
        self.simulator.fault("credit", kind="error", times=9)
        invoice = self.invoice(100)
        hold = self.refused(invoice)
        self.assertEqual(hold.code, "gate_unanswered")
        self.override(hold)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_outage_allows_and_is_looked_at_afterwards(self):
        self.external(outage_policy="allow")
        self.simulator.fault("credit", kind="error", times=9)
        invoice = self.invoice(100)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        hold = invoice.finance_sync_hold_ids
        self.assertEqual((hold.code, hold.blocking), ("gate_unchecked", False))
        self.assertEqual(self.results(invoice).state, "review")

    def test_outage_waits_and_confirms_by_itself(self):
        self.external(outage_policy="queue")
        self.simulator.fault("credit", kind="error")
        invoice = self.invoice(100)
        hold = self.refused(invoice)
        self.assertEqual(hold.code, "gate_waiting")
        self.assertEqual(hold.gate_user_id, self.accountant)
        self.env["finance.sync.hold"]._cron_gate_waiting()
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(hold.state, "resolved")

    def test_what_was_changed_while_waiting_is_not_confirmed(self):
        self.external(outage_policy="queue")
        self.simulator.fault("credit", kind="error")
        invoice = self.invoice(100)
        hold = self.refused(invoice)
        invoice.invoice_line_ids.price_unit = 5000
        self.env["finance.sync.hold"]._cron_gate_waiting()
        self.assertEqual(invoice.state, "draft")
        self.assertEqual(hold.state, "cancelled")

    def test_an_unclear_answer_is_none(self):
        self.external()
        self.simulator.fault("credit", kind="differ")
        self.assertEqual(self.refused(self.invoice(100)).code, "gate_unanswered")

    def test_in_shadow_mode_it_only_watches(self):
        self.external()
        self.connection.mode = "shadow"
        self.simulator.credit.limit("C1", 1)
        invoice = self.invoice(100)
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        self.assertIn('"shadow":"block"', self.results(invoice).proof)
