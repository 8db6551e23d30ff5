from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY, AvataxCase


@tagged("post_install", "-at_install")
class TestShadow(AvataxCase):
    def setUp(self):
        super().setUp()
        self.avatax.mode = "shadow"
        self.tax = self.env["account.tax"].create(
            {
                "name": "Native 7.75 %",
                "amount": 7.75,
                "type_tax_use": "sale",
                "company_id": self.company_us.id,
                "country_id": self.us.id,
            }
        )

    def native(self, price=100.0, **values):
        line = {"price_unit": price, "tax_ids": [Command.set(self.tax.ids)]}
        return self.invoice(line, **values)

    def result(self, move):
        return self.env["finance.sync.shadow.result"].search(
            [("document_uuid", "=", move.finance_sync_uuid)]
        )

    def test_the_ledger_keeps_its_own_tax(self):
        move = self.native()
        self.assertEqual(move.finance_sync_tax_state, "none")
        self.assertFalse(move.finance_sync_tax_connection_id)
        move.action_post()
        self.assertEqual(move.amount_tax, 7.75)
        self.assertEqual(move.invoice_line_ids.tax_ids, self.tax)
        self.assertEqual(self.exchanges(move), self.exchanges(move).browse())

    def test_the_same_tax_matches(self):
        move = self.native()
        action = move.action_finance_sync_tax_compare()
        result = self.result(move)
        self.assertEqual(action["res_id"], result.id)
        self.assertEqual((result.outcome, result.difference), ("match", 0.0))
        self.assertEqual(move.amount_tax, 7.75)
        self.assertFalse(self.simulator.transactions())

    def test_another_tax_is_told_with_its_difference(self):
        self.tax.amount = 7
        move = self.native()
        move.action_finance_sync_tax_compare()
        result = self.result(move)
        self.assertEqual(result.outcome, "different")
        self.assertAlmostEqual(result.difference, 0.75, 2)
        self.assertIn("Tax: 7\n", result.expected)
        self.assertIn("Tax: 7.75\n", result.actual)
        self.assertEqual(move.amount_tax, 7.0)

    def test_a_credit_note_has_the_ledger_s_sign(self):
        move = self.native(move_type="out_refund")
        move.action_finance_sync_tax_compare()
        self.assertEqual(self.result(move).outcome, "match")

    def test_posted_documents_are_compared_by_a_job(self):
        move = self.native()
        move.action_post()
        self.assertFalse(self.result(move))
        job = self.env["queue.job"].search(
            [("method_name", "=", "_job_finance_sync_tax_compare")], limit=1
        )
        self.assertEqual(job.channel, "root.finance_sync.bulk")
        worker = move.with_user(self.worker).with_context(
            allowed_company_ids=self.company_us.ids
        )
        self.assertEqual(worker._job_finance_sync_tax_compare(), "1 compared.")
        self.assertEqual(self.result(move).outcome, "match")

    def test_an_engine_that_is_away_is_no_difference(self):
        self.simulator.fault("avatax", kind="error", times=9)
        move = self.native()
        move.action_finance_sync_tax_compare()
        self.assertEqual(self.result(move).outcome, "failed")
        self.simulator.clear_faults()
        move.action_finance_sync_tax_compare()
        self.assertEqual(self.result(move).outcome, "match")

    def test_only_watched_documents_are_compared(self):
        self.company_us.finance_sync_tax_connection_id = False
        with self.assertRaises(UserError):
            self.native().action_finance_sync_tax_compare()

    def test_live_drafts_come_under_the_engine(self):
        move = self.native()
        # As a signed cut-over does.
        self.avatax.sudo().state = "draft"
        self.avatax.mode = "live"
        self.avatax.sudo().state = "active"
        self.assertEqual(move.finance_sync_tax_state, "todo")
        move.action_post()
        self.assertEqual(move.finance_sync_tax_used_id, self.avatax)


@tagged("post_install", "-at_install")
class TestBaseline(AvataxCase):
    def setUp(self):
        super().setUp()
        self.avatax._as_approved().baseline_date = TODAY

    def test_documents_from_before_are_left_alone_and_say_so(self):
        old = self.invoice((100,), invoice_date=date(2026, 3, 15))
        self.assertEqual(old.finance_sync_tax_state, "none")
        self.assertIn("cut-over", old.with_user(self.clerk).finance_sync_banner)
        self.assertEqual(old.finance_sync_banner_level, "info")
        old.action_post()
        self.assertFalse(self.exchanges(old))
        self.assertFalse(self.simulator.requests)

    def test_documents_of_the_day_are_determined(self):
        move = self.invoice((100,))
        self.assertFalse(move.finance_sync_banner_level)
        move.action_post()
        self.assertEqual(move.amount_tax, 7.75)

    def test_a_new_date_takes_a_draft_over_the_baseline(self):
        move = self.invoice((100,), invoice_date=date(2026, 3, 15))
        move.invoice_date = TODAY
        self.assertEqual(move.finance_sync_tax_state, "todo")
        move.invoice_date = date(2026, 3, 15)
        self.assertEqual(move.finance_sync_tax_state, "none")


@tagged("post_install", "-at_install")
class TestPackages(AvataxCase):
    def test_a_new_entity_is_set_up_like_another(self):
        wizard = (
            self.env["finance.sync.entity.clone"]
            .with_user(self.manager)
            .create(
                {
                    "source_company_id": self.company_us.id,
                    "company_id": self.company_de.id,
                }
            )
        )
        self.company_de.finance_sync_tax_connection_id = False
        self.env["finance.sync.tax.registration"].search(
            [("company_id", "=", self.company_de.id)]
        ).unlink()
        self.env["finance.sync.tax.template"].search(
            [("company_id", "=", self.company_de.id)]
        ).sudo().write({"state": "draft"})
        package = self.env["finance.sync.package"].browse(
            wizard.action_clone()["res_id"]
        )
        for line in package.line_ids.filtered("problem"):
            line.skip = True
        package.with_user(self.manager).action_submit()
        package.with_user(self.approver).action_approve()
        self.assertEqual(self.company_de.finance_sync_tax_connection_id, self.avatax)
        self.assertEqual(
            self.env["finance.sync.tax.registration"]
            .search([("company_id", "=", self.company_de.id)])
            .mapped("state_id.code"),
            ["AZ", "CA", "CO", "TN", "VA"],
        )
