"""The hard cases of accounts payable about who may do what: 6 and 7."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.finance_sync.tests.common import make_user
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from .. import compat
from .bank_case import IBAN, OTHER_IBAN, BankCase
from .hard_case import OTHER_VAT

if compat.SERIES_19:
    # pylint: disable=import-error
    from odoo.service.model import call_kw
else:
    from odoo.api import call_kw


class PeopleCase(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Books bills, and approves those of others.
        cls.both = make_user(
            cls.env,
            "both",
            cls.company_us,
            cls.companies,
            "account.group_account_user",
            "finance_sync.group_approver",
        )


@tagged("post_install", "-at_install")
class TestAccounts(PeopleCase):
    def received(self, iban, month, user=None, **changes):
        vals = changes.pop("order", {})
        bill = self.deliver(
            self.content(
                self.order(**vals),
                BT_1=f"R-{month}",
                BT_2=f"2026-{month}-02",
                BT_84=iban,
                **changes,
            )
        )
        self.assertEqual(bill.state, "matched")
        bill.with_user(user or self.clerk).action_stage()
        bill.with_user(user or self.clerk).action_post_bill()
        self.assertEqual((bill.state, bill.move_id.state), ("posted", "posted"))
        return bill

    def assert_not_paid(self, bill, why):
        self.assertTrue(bill.move_id.finance_sync_payment_blocked)
        with self.assertRaisesRegex(UserError, why):
            bill.move_id.with_user(self.accountant).action_register_payment()
        with self.assertRaisesRegex(UserError, why):
            self.wizard(bill.move_id).action_create_payments()

    def test_hard_case_6_new_shared_and_archived_accounts(self):
        known = self.account()
        self.confirm(known)
        # New on a genuine bill, which whoever booked it cannot confirm.
        genuine = self.received(OTHER_IBAN, "03", user=self.both)
        new = genuine.partner_bank_id
        self.assertEqual(genuine.move_id.finance_sync_payment_block, "bank")
        self.assert_not_paid(genuine, "nobody has confirmed")
        with self.assertRaisesRegex(UserError, "You had a part"):
            self.confirm(new, self.both)
        # The same on another vendor's bill.
        other = self.env["res.partner"].create(
            {"name": "Encre Martin", "is_company": True, "vat": OTHER_VAT}
        )
        shared = self.received(
            OTHER_IBAN, "05", order={"partner_id": other.id}, BT_31=OTHER_VAT
        )
        change = self.pending(shared.partner_bank_id)
        self.assertIn("ap_bank_shared", change.finance_sync_hold_ids.mapped("code"))
        self.assert_not_paid(shared, "nobody has confirmed")
        with self.assertRaisesRegex(UserError, "belongs to others"):
            self.call(
                change,
                number_source="independent",
                note="Found in the register of trade.",
            ).action_confirm()
        # One in the archive, which nothing takes out.
        known.active = False
        archived = self.received(IBAN, "07")
        self.assertEqual(self.codes(archived), ["ap_bank_archived"])
        self.assertFalse(known.active)
        self.assertFalse(archived.partner_bank_id)
        self.assert_not_paid(archived, "archived")
        # A call by somebody else lets the first one go, and it alone.
        self.confirm(new, self.second)
        self.assertFalse(genuine.move_id.finance_sync_payment_blocked)
        wizard = self.wizard(genuine.move_id)
        self.assertEqual(wizard.partner_bank_id, new)
        wizard.action_create_payments()
        self.assertIn(genuine.move_id.payment_state, ("in_payment", "paid"))
        self.assert_not_paid(shared, "nobody has confirmed")
        self.assert_not_paid(archived, "archived")


@tagged("post_install", "-at_install")
class TestApprovals(PeopleCase):
    def setUp(self):
        super().setUp()
        self.company_us.finance_sync_ap_approval = "odoo"
        for user in (self.approver, self.both):
            self.env["finance.sync.bill.approver"].create(
                {
                    "company_id": self.company_us.id,
                    "user_id": user.id,
                    "amount_limit": 1000.0,
                }
            )

    def staged(self, user=None):
        bill = self.deliver(self.content(self.order()))
        bill.with_user(user or self.clerk).action_stage()
        return bill

    def rpc(self, user, record, method, *args, **context):
        """As a caller from outside, whose context is what they send."""
        company = {"allowed_company_ids": self.company_us.ids}
        env = self.env(user=user.id, context=company)
        kwargs = {"context": {**company, **context}}
        return call_kw(env[record._name], method, [record.ids, *args], kwargs)

    def delegate(self, days):
        today = fields.Date.context_today(self.env.user)
        self.env["finance.sync.bill.delegation"].create(
            {
                "company_id": self.company_us.id,
                "giver_id": self.approver.id,
                "user_id": self.second.id,
                "date_from": today,
                "date_to": today + timedelta(days=days),
            }
        )

    def test_hard_case_7_an_approver_who_edits_by_rpc_loses_the_approval(self):
        tricks = {
            "skip_validation_check": True,
            "finance_sync_ap_posting": True,
            "tracking_disable": True,
        }
        bill = self.staged()
        bill.with_user(self.both).action_approve()
        self.assertEqual(bill.approval_state, "approved")
        line = bill.move_id.invoice_line_ids
        self.rpc(self.both, line, "write", {"price_unit": 11.0}, **tricks)
        self.assertEqual(bill.approval_state, "open")
        with self.assertRaisesRegex(UserError, "is not approved"):
            self.rpc(self.both, bill.move_id, "action_post", **tricks)
        with self.assertRaisesRegex(UserError, "is not approved"):
            self.rpc(self.both, bill.move_id, "write", {"state": "posted"}, **tricks)
        # Back again: it is their bill now, which somebody else approves.
        self.rpc(self.both, line, "write", {"price_unit": 10.0}, **tricks)
        self.assertEqual(bill.approval_state, "open")
        with self.assertRaisesRegex(UserError, "You had a part"):
            self.rpc(self.both, bill, "action_approve", **tricks)
        bill.with_user(self.approver).action_approve()
        bill.with_user(self.clerk).action_post_bill()
        self.assertEqual(bill.state, "posted")
        kinds = bill.approval_ids.sorted("id").mapped("kind")
        self.assertEqual(kinds, ["approved", "revoked", "approved"])

    def test_hard_case_7_evidence_is_not_written_by_rpc(self):
        bill = self.staged()
        bill.with_user(self.both).action_approve()
        evidence = bill.approval_ids
        for record, vals in (
            (evidence, {"content": "0" * 64}),
            (bill, {"approval_state": "approved", "state": "posted"}),
        ):
            with self.subTest(record._name), self.assertRaises(AccessError):
                self.rpc(self.both, record, "write", vals)

    def test_hard_case_7_a_delegate_who_made_the_draft_is_refused(self):
        self.delegate(days=5)
        self.second.write(self.clerk_too())
        bill = self.staged(self.second)
        with self.assertRaisesRegex(UserError, "You had a part"):
            bill.with_user(self.second).action_approve()
        self.assertEqual(bill.approval_state, "open")

    def clerk_too(self):
        field = "group_ids" if compat.SERIES_19 else "groups_id"
        return {field: [(4, self.env.ref("account.group_account_invoice").id)]}

    def test_hard_case_7_a_delegation_that_expires_within_a_chain_is_refused(self):
        self.company_us.finance_sync_ap_two_from = 50.0
        self.delegate(days=0)
        bill = self.staged()
        bill.with_user(self.both).action_approve()
        self.assertEqual(bill.approval_state, "open")
        with self.tomorrow(), self.assertRaisesRegex(UserError, "no authority"):
            bill.with_user(self.second).action_approve()
        self.assertEqual(bill.approval_state, "open")
        bill.with_user(self.clerk).action_post_bill()
        self.assertEqual(bill.move_id.state, "draft")
        # A day earlier it would have been the second one.
        bill.with_user(self.second).action_approve()
        self.assertEqual(bill.approval_state, "approved")
        self.assertEqual(bill.approval_ids.giver_id, self.approver)

    def tomorrow(self):
        date = fields.Date.context_today(self.env.user) + timedelta(days=1)

        def today(_record, _timestamp=None):
            return date

        return patch.object(fields.Date, "context_today", staticmethod(today))
