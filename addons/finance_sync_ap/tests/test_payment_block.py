"""No way of paying goes around a block."""

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from .. import compat
from .bank_case import OTHER_IBAN, BankCase


@tagged("post_install", "-at_install")
class TestPaymentBlock(BankCase):
    def ways(self):
        ways = {"button": lambda payment: payment.action_post()}
        if compat.SERIES_19:
            ways["state"] = lambda payment: payment.write({"state": "in_process"})
            ways["paid"] = lambda payment: payment.write({"state": "paid"})
            ways["validate"] = lambda payment: payment.action_validate()
        else:
            ways["state"] = lambda payment: payment.write({"state": "posted"})
            ways["entry"] = lambda payment: payment.move_id.action_post()
            ways["entry's state"] = lambda payment: payment.move_id.write(
                {"state": "posted"}
            )
        return ways

    def test_no_way_pays_to_an_account_that_nobody_confirmed(self):
        bank = self.account()
        for name, way in self.ways().items():
            payment = self.payment(bank)
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, "nobody has confirmed"),
                self.env.cr.savepoint(),
            ):
                way(payment)
        self.confirm(bank)
        payment = self.payment(bank)
        payment.action_post()
        self.assertNotIn(payment.state, ("draft", False))

    def test_saying_that_it_is_a_customer_does_not_help(self):
        payment = self.payment(self.account(), partner_type="customer")
        with self.assertRaisesRegex(UserError, "nobody has confirmed"):
            payment.action_post()

    def test_an_account_of_our_own_company_is_no_way_out(self):
        own = self.account(partner_id=self.company_us.partner_id.id)
        with self.assertRaisesRegex(UserError, "nobody has confirmed"):
            self.payment(own).action_post()

    def test_a_stored_answer_is_not_believed(self):
        bank = self.account()
        self.confirm(bank)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner_bank SET acc_number = %s, sanitized_acc_number = %s"
            " WHERE id = %s",
            [OTHER_IBAN, OTHER_IBAN, bank.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "nobody has confirmed"):
            self.payment(bank).action_post()

    def test_the_wizard_refuses_blocked_bills_before_anything_is_made(self):
        bank = self.account()
        bill = self.posted_bill(bank)
        self.assertEqual(bill.finance_sync_payment_block, "bank")
        wizard = self.wizard(bill)
        before = self.env["account.payment"].search_count([])
        with self.assertRaisesRegex(UserError, "cannot be paid yet"):
            wizard.action_create_payments()
        self.assertEqual(self.env["account.payment"].search_count([]), before)

    def test_the_wizard_with_another_account_does_not_help(self):
        bank = self.account()
        known = self.account(OTHER_IBAN)
        self.confirm(known)
        bill = self.posted_bill(known)
        wizard = self.wizard(bill)
        wizard.partner_bank_id = bank
        with self.assertRaisesRegex(UserError, "nobody has confirmed"):
            wizard.action_create_payments()

    def test_a_payment_stopped_by_hand_is_released_by_who_stopped_it_or_an_approver(
        self,
    ):
        bank = self.account()
        self.confirm(bank)
        bill = self.posted_bill(bank)
        wizard = (
            self.env["finance.sync.payment.stop"]
            .with_user(self.clerk)
            .create({"move_ids": bill.ids, "reason": "Half of it is broken"})
        )
        wizard.action_stop()
        self.assertEqual(bill.finance_sync_payment_block, "manual")
        with self.assertRaisesRegex(UserError, "Half of it is broken"):
            bill.action_register_payment()
        with self.assertRaisesRegex(UserError, "an approver, release"):
            bill.with_user(self.accountant).action_finance_sync_release_payment()
        bill.with_user(self.clerk).action_finance_sync_release_payment()
        self.assertFalse(bill.finance_sync_payment_blocked)
        events = self.env["finance.sync.event"].search(
            [("subject", "=", bill.finance_sync_uuid), ("type", "like", "ap.payment")]
        )
        self.assertEqual(len(events), 2)

    def test_the_block_is_not_written_away(self):
        bill = self.posted_bill(self.account())
        for name in ("finance_sync_payment_blocked", "finance_sync_payment_block",
                     "finance_sync_payment_stop"):  # fmt: skip
            with self.subTest(name), self.assertRaises(AccessError):
                bill.with_user(self.accountant).write({name: False})

    def test_blocked_bills_are_found(self):
        bill = self.posted_bill(self.account())
        found = self.env["account.move"].search(
            [("finance_sync_payment_blocked", "=", True)]
        )
        self.assertIn(bill, found)

    def test_money_in_is_not_asked_about(self):
        payment = self.payment(
            self.account(), payment_type="inbound", partner_type="customer"
        )
        payment.action_post()
        self.assertNotIn(payment.state, ("draft", False))
