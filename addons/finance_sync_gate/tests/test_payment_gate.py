from odoo import fields
from odoo.addons.finance_sync.tests.common import trust_bank
from odoo.exceptions import UserError

from .. import compat
from .common import GateCase


class TestPayment(GateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["res.partner.bank"].create(
            {
                "partner_id": cls.partner.id,
                "acc_number": "LT121000011101001000",
                "allow_out_payment": True,
            }
        )
        trust_bank(cls.bank)

    def payment(self, amount=100.0, **values):
        payments = self.env["account.payment"].with_user(self.accountant)
        payments = payments.with_context(allowed_company_ids=self.company_us.ids)
        return payments.create(
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": self.partner.id,
                "partner_bank_id": self.bank.id,
                "amount": amount,
                "date": fields.Date.today(),
                "journal_id": self.env["account.journal"]
                .search(
                    [("type", "=", "bank"), ("company_id", "=", self.company_us.id)],
                    limit=1,
                )
                .id,
                **values,
            }
        )

    def fraud(self, *codes, point="payment_post", **values):
        rules = self.env["finance.sync.gate.fraud.rule"].search([("code", "in", codes)])
        self.assertEqual(len(rules), len(codes))
        return self.rule(
            check="fraud", point=point, fraud_rule_ids=[(6, 0, rules.ids)], **values
        )

    def test_an_unusual_payment_is_held_with_its_reasons(self):
        self.fraud("new_bank_account", "foreign_bank", hold_score=60)
        payment = self.payment()
        hold = self.refused(payment)
        self.assertEqual(payment.state, "draft")
        self.assertEqual(hold.code, "gate_fraud")
        self.assertIn("60 points", hold.summary)
        self.assertIn("Bank account is new (40)", hold.summary)
        self.override(hold)
        payment.action_post()
        self.assertNotEqual(payment.state, "draft")

    def test_no_way_goes_around_it(self):
        self.fraud("new_bank_account", hold_score=40)
        ways = {
            "button": lambda payment: payment.action_post(),
        }
        if compat.SERIES_19:
            ways["state"] = lambda payment: payment.write({"state": "paid"})
            ways["validate"] = lambda payment: payment.action_validate()
        else:
            ways["state"] = lambda payment: payment.write({"state": "posted"})
            ways["entry"] = lambda payment: payment.move_id.action_post()
        for name, way in ways.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, "40 points"):
                way(self.payment())

    def test_an_override_is_of_this_bank_account(self):
        self.fraud("new_bank_account", hold_score=40)
        payment = self.payment()
        self.override(self.refused(payment))
        other = self.bank.copy({"acc_number": "LT601010012345678901"})
        payment.partner_bank_id = trust_bank(other)
        self.assertTrue(self.refused(payment))

    def test_few_points_pass(self):
        self.fraud("new_bank_account", hold_score=41)
        payment = self.payment()
        payment.action_post()
        self.assertNotEqual(payment.state, "draft")
        self.assertEqual(self.results(payment).score, 40)

    def test_many_points_block(self):
        self.fraud("new_bank_account", hold_score=10, block_score=40)
        self.assertEqual(self.refused(self.payment()).code, "gate_fraud_block")

    def test_usual_amounts_come_from_what_was_paid(self):
        self.fraud("far_over_usual", hold_score=30)
        for amount in (100, 110, 120):
            self.payment(amount).action_post()
        self.env.flush_all()
        # Payments are in an outstanding account until they are in a statement.
        hold = self.refused(self.payment(600))
        self.assertIn("far over", hold.summary)
        payment = self.payment(300)
        payment.action_post()
        self.assertNotEqual(payment.state, "draft")

    def test_the_same_amount_again(self):
        self.fraud("same_amount", hold_score=25)
        self.payment(77).action_post()
        self.assertTrue(self.refused(self.payment(77)))

    def test_an_account_of_somebody_else(self):
        self.fraud("shared_bank_account", hold_score=50)
        other = self.env["res.partner"].create({"name": "Other Vendor"})
        self.bank.copy({"partner_id": other.id, "acc_number": self.bank.acc_number})
        self.assertIn("several partners", self.refused(self.payment()).summary)

    def test_money_in_is_not_asked_about(self):
        self.fraud("new_bank_account", hold_score=1)
        payment = self.payment(payment_type="inbound", partner_type="customer")
        payment.action_post()
        self.assertFalse(self.results(payment))

    def test_the_holder_of_the_account_is_screened(self):
        self.screen()
        self.rule(check="sanctions", point="payment_post")
        self.bank.acc_holder_name = "Nordmeer Schattenhandel"
        self.assertIn("Nordmeer", self.refused(self.payment()).summary)

    def test_a_bill_paid_by_the_wizard_is_held_itself(self):
        self.fraud("new_partner", hold_score=20)
        bill = self.invoice(move_type="in_invoice", partner_bank_id=self.bank.id)
        bill.action_post()
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.accountant)
            .with_context(
                active_model="account.move",
                active_ids=bill.ids,
                allowed_company_ids=self.company_us.ids,
            )
            .create({})
        )
        self.env.flush_all()
        hold = self.refused_by_wizard(wizard, bill)
        self.assertEqual(hold.code, "gate_fraud")
        self.assertEqual(hold.res_model, "account.move")
        self.override(hold)
        wizard.action_create_payments()
        self.assertIn(bill.payment_state, ("in_payment", "paid"))

    def refused_by_wizard(self, wizard, bill):
        self.env.cr.postrollback.clear()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            wizard.action_create_payments()
        self.env.cr.postcommit.clear()
        self.env.cr.postrollback.run()
        self.env.invalidate_all()
        return bill.finance_sync_hold_ids

    def test_a_bill_is_asked_about_before_it_is_posted(self):
        self.fraud("new_bank_account", point="bill_post", hold_score=40)
        bill = self.invoice(move_type="in_invoice", partner_bank_id=self.bank.id)
        self.assertEqual(self.refused(bill).code, "gate_fraud")
        self.assertEqual(bill.state, "draft")
