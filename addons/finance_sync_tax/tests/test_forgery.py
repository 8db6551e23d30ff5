from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AvataxCase


@tagged("post_install", "-at_install")
class TestForgery(AvataxCase):
    """What an RPC caller could set by itself: context keys and read-only fields."""

    def test_a_context_key_does_not_skip_the_determination(self):
        move = self.invoice((25.4,))
        forged = move.with_context(
            finance_sync_ready=[move.id], finance_sync_synced=[move.id]
        )
        forged.action_post()
        self.assertEqual(len(self.asked()), 1)
        self.assert_ledger(move)
        self.assertTrue(move.finance_sync_tax_detail_ids)

    def test_a_context_key_does_not_hide_an_edit(self):
        move = self.invoice((25.4,))
        move.action_finance_sync_determine_tax()
        line = move.invoice_line_ids.with_context(finance_sync_determining=True)
        line.price_unit = 30.0
        self.assertEqual(move.finance_sync_tax_state, "stale")

    def test_what_the_engine_said_is_not_written_by_others(self):
        move = self.invoice((25.4,))
        move.action_finance_sync_determine_tax()
        for name, value in (
            ("finance_sync_tax_answer", {}),
            ("finance_sync_tax_fingerprint", "0"),
            ("finance_sync_tax_state", "committed"),
            ("finance_sync_uuid", "another"),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                move.write({name: value})
        with self.assertRaises(AccessError):
            move.invoice_line_ids.write({"finance_sync_tax_amounts": {}})

    def test_nor_brought_along_by_a_new_document(self):
        with self.assertRaises(AccessError):
            self.invoice((25.4,), finance_sync_tax_state="committed")
        with self.assertRaises(AccessError):
            self.invoice({"price_unit": 25.4, "finance_sync_tax_amounts": {}})

    def test_an_amount_written_by_hand_is_not_posted(self):
        move = self.invoice((25.4,))
        move.action_finance_sync_determine_tax()
        tax_line = move.line_ids.filtered("tax_line_id")[:1]
        tax_line.amount_currency -= 1.0
        with self.assertRaises(UserError):
            move.with_context(finance_sync_ready=[move.id]).action_post()

    def test_an_import_through_the_lines_is_refused_as_well(self):
        move = self.invoice((25.4,))
        vals = {"name": "More", "price_unit": 1.0, "finance_sync_tax_amounts": {}}
        with self.assertRaises(AccessError):
            move.write({"invoice_line_ids": [Command.create(vals)]})
