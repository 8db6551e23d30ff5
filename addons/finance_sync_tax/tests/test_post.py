from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AvataxCase


@tagged("post_install", "-at_install")
class TestPost(AvataxCase):
    """Many at once, across companies, and one of them bad."""

    def batch(self):
        """Drafts of both companies; the second one cannot be taxed."""
        hamburg = self._customer("Hamburg", "", "20095", "base.de")
        nowhere = self.env["res.partner"].create({"name": "Nowhere"})
        return (
            self.invoice((90.0,))
            | self.invoice((90.0,), partner=nowhere)
            | self.invoice((100.0,), company=self.company_de, partner=hamburg)
            | self.invoice((100.0,))
        )

    def assert_all_but_the_second(self, moves):
        states = moves.mapped("state")
        self.assertEqual(states, ["posted", "draft", "posted", "posted"])
        bad = moves[1]
        self.assertEqual(bad.finance_sync_tax_state, "error")
        self.assertEqual(self.holds_of(bad), ["tax_address"])
        self.assertEqual([m.amount_tax for m in moves - bad], [6.98, 19.0, 7.75])
        for move in moves - bad:
            self.assert_ledger(move)

    def test_our_action_posts_the_good_ones(self):
        moves = self.batch()
        action = moves.action_finance_sync_post()
        self.assert_all_but_the_second(moves)
        self.assertIn("no country", action["params"]["message"])
        self._address(moves[1].partner_id.sudo(), "CA", "92615")
        self.assertIs(moves[1].action_finance_sync_post(), True)
        self.assertEqual(moves[1].state, "posted")
        self.assertFalse(self.holds_of(moves[1]))

    def test_the_mass_wizard_posts_the_good_ones(self):
        moves = self.batch()
        wizard = self.env["validate.account.move"].with_user(self.accountant)
        wizard = wizard.with_context(
            active_model="account.move",
            active_ids=moves.ids,
            allowed_company_ids=self.companies.ids,
        )
        wizard.create({}).validate_move()
        self.assert_all_but_the_second(moves)

    def test_auto_posting_posts_the_good_ones(self):
        moves = self.batch()
        moves.auto_post = "at_date"
        cron = self.env.ref("account.ir_cron_auto_post_draft_entry")
        cron.method_direct_trigger()
        moves.invalidate_recordset()
        self.assert_all_but_the_second(moves)

    def test_a_direct_call_is_all_or_nothing(self):
        moves = self.batch()
        with self.assertRaisesRegex(UserError, "no country"):
            moves._post(soft=False)
        self.assertEqual(set(moves.mapped("state")), {"draft"})

    def test_another_failure_is_nobody_else_s_either(self):
        pound = self.env.ref("base.GBP")
        pound.active = True
        moves = self.invoice((90.0,))
        moves |= self.invoice((90.0,), currency_id=pound.id)
        moves |= self.invoice((100.0,))
        pound.active = False
        moves.action_finance_sync_post()
        self.assertEqual(moves.mapped("state"), ["posted", "draft", "posted"])
        self.assertIn("inactive currency", moves[1].message_ids[0].body)

    def test_engines_are_asked_once_each_before_anything_is_posted(self):
        moves = self.invoice((90.0,)) | self.invoice((100.0,))
        moves.action_finance_sync_post()
        self.assertEqual(len(self.asked()), 2)
        self.assertEqual(set(moves.mapped("finance_sync_tax_state")), {"committing"})

    def test_soft_future_posting_determines_nothing(self):
        tomorrow = fields.Date.context_today(self.company_us) + timedelta(days=1)
        move = self.invoice((90.0,), invoice_date=tomorrow)
        move._post(soft=True)
        self.assertEqual(move.state, "draft")
        self.assertFalse(self.asked())
        self.assertFalse(self.exchanges(move))

    def test_waiting_is_for_the_ones_whose_engine_is_away(self):
        approved = self.avatax._as_approved()
        approved.outage_policy = "queue"
        hamburg = self._customer("Hamburg", "", "20095", "base.de")
        self.simulator.fault("avatax", kind="error", times=9)
        moves = self.invoice((90.0,))
        moves |= self.invoice((100.0,), company=self.company_de, partner=hamburg)
        moves.action_finance_sync_post()
        self.assertEqual(moves.mapped("state"), ["draft", "posted"])
        self.assertEqual(moves[0].finance_sync_tax_state, "waiting")

    def test_fifty_of_two_companies_with_one_bad(self):
        hamburg = self._customer("Hamburg", "", "20095", "base.de")
        vals = [
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "company_id": self.company_us.id,
                "invoice_date": "2026-03-16",
                "invoice_line_ids": [Command.create(self._line_vals((10.0 + i,)))],
            }
            for i in range(25)
        ]
        moves = self.env["account.move"].with_user(self.accountant).create(vals)
        for i in range(25):
            moves |= self.invoice((10.0 + i,), company=self.company_de, partner=hamburg)
        moves[7].partner_id = self.env["res.partner"].create({"name": "Nowhere"})
        moves.action_finance_sync_post()
        left = moves.filtered(lambda m: m.state == "draft")
        self.assertEqual(left, moves[7])
        (moves - left).mapped(self.assert_ledger)
