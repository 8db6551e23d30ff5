"""Where a bill wants to be paid."""

from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .bank_case import IBAN, OTHER_IBAN, BankCase


@tagged("post_install", "-at_install")
class TestBillBank(BankCase):
    def received(self, iban, **changes):
        return self.deliver(self.content(self.order(), BT_84=iban, **changes))

    def test_hard_case_6_a_new_iban_on_a_genuine_bill_blocks_the_payment_alone(self):
        bill = self.received(IBAN)
        self.assertEqual(bill.state, "matched")
        bank = bill.partner_bank_id
        self.assertEqual(bank.partner_id, self.vendor)
        change = self.pending(bank)
        self.assertEqual((change.kind, change.bill_id), ("bill", bill))
        bill.with_user(self.clerk).action_stage()
        move = bill.move_id
        self.assertEqual(move.partner_bank_id, bank)
        move.action_post()
        self.assertTrue(move.finance_sync_payment_blocked)
        self.assertEqual(move.finance_sync_payment_block, "bank")
        with self.assertRaisesRegex(UserError, "nobody has confirmed"):
            move.action_register_payment()
        self.confirm(bank)
        self.assertFalse(move.finance_sync_payment_blocked)
        wizard = self.wizard(move)
        self.assertEqual(wizard.partner_bank_id, bank)
        wizard.action_create_payments()
        self.assertIn(move.payment_state, ("in_payment", "paid"))

    def test_hard_case_6_an_iban_of_another_vendor_is_held(self):
        other = self.env["res.partner"].create({"name": "Other", "supplier_rank": 1})
        self.account(partner_id=other.id)
        bill = self.received(IBAN)
        self.assertEqual(bill.state, "matched")
        codes = self.pending(bill.partner_bank_id).finance_sync_hold_ids.mapped("code")
        self.assertEqual(sorted(codes), ["ap_bank_change", "ap_bank_shared"])

    def test_hard_case_6_an_archived_iban_stays_archived(self):
        bank = self.account()
        self.confirm(bank)
        bank.active = False
        bill = self.received(IBAN)
        self.assertEqual(bill.state, "matched")
        self.assertFalse(bank.active)
        self.assertFalse(bill.partner_bank_id)
        self.assertEqual(self.codes(bill), ["ap_bank_archived"])
        bill.with_user(self.clerk).action_stage()
        bill.move_id.action_post()
        self.assertEqual(bill.move_id.finance_sync_payment_block, "hold")
        with self.assertRaisesRegex(UserError, "archived"):
            bill.move_id.action_register_payment()

    def test_an_account_that_is_restored_and_confirmed_lets_the_bill_go(self):
        bank = self.account()
        self.confirm(bank)
        bank.active = False
        bill = self.received(IBAN)
        bill.with_user(self.clerk).action_stage()
        bank.with_user(self.clerk).sudo().active = True
        self.assertEqual(self.codes(bill), ["ap_bank_archived"])
        self.confirm(bank)
        self.assertFalse(self.codes(bill))
        self.assertEqual(bill.partner_bank_id, bank)

    def test_nobody_closes_these_holds_alone(self):
        bill = self.received("DE02120300000000202052")
        hold = bill.finance_sync_hold_ids
        with self.assertRaisesRegex(UserError, "not closed by hand"):
            hold.with_user(self.accountant).action_resolve()
        hold.with_user(self.accountant)._override("Pay to the account we know.")
        self.assertEqual(self.codes(bill), ["ap_bank_number"])
        hold.with_user(self.second)._approve_override()
        bill.with_user(self.clerk).action_process()
        self.assertFalse(self.codes(bill))

    def test_a_known_account_is_used(self):
        bank = self.account()
        self.confirm(bank)
        bill = self.received("de02 1203 0000 0000 2020 51")
        self.assertEqual(bill.partner_bank_id, bank)
        self.assertFalse(self.codes(bill))

    def test_wrong_check_digits_are_held_and_no_account_is_made(self):
        bill = self.received("DE02120300000000202052")
        self.assertEqual(self.codes(bill), ["ap_bank_number"])
        self.assertFalse(self.vendor.bank_ids)

    def test_a_corrected_version_lets_it_go(self):
        content = self.content(self.order(), BT_84="DE02120300000000202052")
        bill = self.deliver(content, "B-1")
        self.assertEqual(self.codes(bill), ["ap_bank_number"])
        self.deliver({**content, "BT-84": OTHER_IBAN}, "B-1", version=2)
        self.assertFalse(self.codes(bill))
        self.assertEqual(bill.bank_masked, "DE•••7892")
