"""A vendor's account is paid to once a second person has called the vendor."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tests.common import tagged
from psycopg2.errors import InsufficientPrivilege

from ..core.bank import fingerprint
from .bank_case import IBAN, OTHER_IBAN, PHONE, BankCase


@tagged("post_install", "-at_install")
class TestBankChange(BankCase):
    def test_a_new_account_waits_for_a_call(self):
        bank = self.account()
        self.assertFalse(bank.finance_sync_confirmed)
        change = self.pending(bank)
        self.assertEqual(change.kind, "created")
        self.assertEqual(change.changed_by, self.clerk)
        self.assertEqual(change.account_masked, "DE•••2051")
        self.assertIn(PHONE, change.known_text)
        self.assertEqual(change.finance_sync_hold_ids.code, "ap_bank_change")
        self.assertFalse(change.finance_sync_hold_ids.overridable)
        self.confirm(bank)
        self.assertTrue(bank.finance_sync_confirmed)
        self.assertEqual(change.state, "confirmed")
        self.assertEqual(change.confirmed_by, self.approver)
        self.assertEqual(change.called_person, "Accounts department")
        self.assertFalse(change.finance_sync_hold_ids)
        events = self.env["finance.sync.event"].search(
            [("subject", "=", change.finance_sync_uuid)], order="id"
        )
        self.assertEqual(
            [e for e in events.mapped("type") if ".bank." in e],
            ["finance_sync.ap.bank.changed", "finance_sync.ap.bank.confirmed"],
        )
        self.assertNotIn("202051", "".join(events.mapped("data")))

    def test_the_screen_of_the_call_shows_what_to_compare(self):
        change = self.pending(self.account()).with_user(self.approver)
        action = change.action_confirm()
        wizard = change.env[action["res_model"]].with_context(**action["context"])
        form = Form(wizard)
        self.assertEqual(form.account.replace(" ", ""), IBAN)
        self.assertIn(PHONE, form.known_text)
        form.called_person = "Accounts department"
        form.called_number = PHONE
        form.save().action_confirm()
        self.assertEqual(change.state, "confirmed")

    def test_every_way_to_change_it_asks_again(self):
        other = self.env["res.partner"].create({"name": "Other"})
        ways = {
            "number": lambda bank: bank.write({"acc_number": OTHER_IBAN}),
            "holder": lambda bank: bank.write({"partner_id": other.id}),
            "restored": lambda bank: (
                bank.write({"active": False}),
                bank.write({"active": True}),
            ),
        }
        for kind, way in ways.items():
            with self.subTest(kind), self.env.cr.savepoint():
                bank = self.account(number="DE75512108001245126199")
                self.confirm(bank)
                way(bank.with_user(self.clerk).sudo())
                self.assertFalse(bank.finance_sync_confirmed)
                self.assertEqual(self.pending(bank).kind, kind)
                bank.partner_id = self.vendor
                bank.acc_number = f"{kind}1"

    def test_what_changes_nothing_asks_nobody(self):
        bank = self.account()
        self.confirm(bank)
        bank.write({"acc_number": "DE02 1203 0000 0000 2020 51", "sequence": 3})
        self.assertTrue(bank.finance_sync_confirmed)
        self.assertFalse(self.pending(bank))

    def test_imported_accounts_wait_as_well(self):
        loaded = self.env["res.partner.bank"].load(
            ["partner_id/.id", "acc_number"], [[str(self.vendor.id), IBAN]]
        )
        bank = self.env["res.partner.bank"].browse(loaded["ids"])
        self.assertTrue(self.pending(bank))

    def test_who_changed_it_does_not_confirm_it(self):
        bank = self.account(user=self.approver)
        with self.assertRaisesRegex(UserError, "second person"):
            self.confirm(bank)
        self.confirm(bank, self.second)
        self.assertTrue(bank.finance_sync_confirmed)

    def test_only_an_approver_and_never_the_superuser_confirms(self):
        change = self.pending(self.account())
        for user in (self.clerk, self.accountant, self.manager, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                change.with_user(user).action_confirm()
        with self.assertRaises(AccessError):
            change.sudo().with_user(1).action_confirm()

    def test_the_holder_of_an_account_does_not_confirm_it(self):
        bank = self.account(partner_id=self.approver.partner_id.id)
        with self.assertRaisesRegex(UserError, "own account"):
            self.pending(bank).with_user(self.approver).action_confirm()

    def test_a_number_that_came_with_the_change_is_not_called(self):
        contact = self.env["res.partner"].create(
            {"name": "New", "parent_id": self.vendor.id, "phone": "+49 151 9999999"}
        )
        bank = self.account()
        with self.assertRaisesRegex(UserError, "was not on file"):
            self.confirm(bank, called_number=contact.phone)
        with self.assertRaisesRegex(UserError, "call that one"):
            self.confirm(
                bank,
                called_number=contact.phone,
                number_source="independent",
                note="It was in their message.",
            )

    def test_a_number_changed_shortly_before_is_not_known(self):
        self.vendor.write({"phone": "+49 151 9999999"})
        change = self.pending(self.account())
        self.assertFalse(change.known_numbers)
        with self.assertRaisesRegex(UserError, "was not on file"):
            self.call(change, called_number="+49 151 9999999").action_confirm()
        with self.assertRaisesRegex(UserError, "where the number was found"):
            self.call(change, number_source="independent").action_confirm()
        self.call(
            change,
            number_source="independent",
            note="Head office, from the commercial register.",
        ).action_confirm()
        self.assertEqual(change.number_source, "independent")

    def test_since_when_a_number_is_known_is_not_written_by_hand(self):
        partners = self.env["res.partner"].with_user(self.manager)
        with self.assertRaises(AccessError):
            partners.browse(self.vendor.id).write(
                {"finance_sync_phone_since": "2020-01-01 00:00:00"}
            )
        made = (
            self.env["res.partner"]
            .with_context(default_finance_sync_phone_since="2020-01-01 00:00:00")
            .create({"name": "Late", "phone": PHONE})
        )
        self.assertEqual(made.finance_sync_phone_since.date(), fields.Date.today())

    def test_a_contact_moved_under_the_vendor_brings_a_new_number(self):
        stranger = self.env["res.partner"].create({"name": "S", "phone": "0151 888888"})
        self.long_ago(stranger)
        stranger.parent_id = self.vendor
        change = self.pending(self.account())
        self.assertEqual([each["number"] for each in change.known_numbers], [PHONE])

    def test_the_call_is_after_the_change(self):
        change = self.pending(self.account())
        for when in (timedelta(hours=-1), timedelta(hours=1)):
            with self.assertRaisesRegex(UserError, "after the change"):
                self.call(
                    change, called_at=fields.Datetime.now() + when
                ).action_confirm()

    def test_confirmations_cannot_be_written(self):
        bank = self.account()
        mark = fingerprint(IBAN, self.vendor.id, "")
        vals = {"finance_sync_confirmed_as": mark}
        for user in (self.manager, self.approver, self.accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                bank.with_user(user).write(vals)
        by_default = self.env["res.partner.bank"].with_context(
            default_finance_sync_confirmed_as=fingerprint(
                OTHER_IBAN, self.vendor.id, ""
            )
        )
        made = by_default.create(
            {"acc_number": OTHER_IBAN, "partner_id": self.vendor.id}
        )
        self.assertFalse(made.finance_sync_confirmed)
        with self.assertRaises(AccessError):
            self.pending(bank).with_user(self.approver).write({"state": "confirmed"})

    def test_the_database_keeps_what_was_decided(self):
        bank = self.account()
        self.confirm(bank)
        self.env.flush_all()
        for statement in (
            "UPDATE finance_sync_bank_change SET confirmed_by = changed_by",
            "DELETE FROM finance_sync_bank_change",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(InsufficientPrivilege),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_an_account_changed_again_needs_its_own_call(self):
        bank = self.account()
        first = self.pending(bank)
        bank.acc_number = OTHER_IBAN
        self.assertEqual(first.state, "superseded")
        self.assertEqual(self.pending(bank).before_masked, "DE•••2051")
        with self.assertRaisesRegex(UserError, "decided on already"):
            first.with_user(self.approver).action_confirm()

    def test_a_refused_account_goes_into_the_archive(self):
        bank = self.account()
        change = self.pending(bank)
        wizard = self.call(change, note="They never had an account there.")
        wizard.action_refuse()
        self.assertEqual(change.state, "refused")
        self.assertFalse(bank.active)
        self.assertFalse(bank.finance_sync_confirmed)

    def test_the_same_account_of_two_vendors_is_held(self):
        self.confirm(self.account())
        twin = self.env["res.partner"].create({"name": "Twin", "supplier_rank": 1})
        bank = self.account(partner_id=twin.id)
        change = self.pending(bank)
        holds = change.finance_sync_hold_ids
        self.assertEqual(
            sorted(holds.mapped("code")), ["ap_bank_change", "ap_bank_shared"]
        )
        shared = holds.filtered(lambda hold: hold.code == "ap_bank_shared")
        self.assertIn(self.vendor.name, shared.summary)
        note = {"number_source": "independent", "note": "Found in their contract."}
        with self.assertRaisesRegex(UserError, "belongs to others"):
            self.call(change, **note).action_confirm()
        shared.with_user(self.accountant)._override("Both sell through one factor.")
        shared.with_user(self.second)._approve_override()
        self.call(change, **note).action_confirm()
        self.assertTrue(bank.finance_sync_confirmed)

    def test_merging_vendors_asks_again(self):
        other = self.env["res.partner"].create({"name": "Papier Ott"})
        bank = self.account(partner_id=other.id)
        note = {"number_source": "independent", "note": "From the trade register."}
        self.confirm(bank, **note)
        self.assertTrue(bank.finance_sync_confirmed)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((other | self.vendor).ids, self.vendor)
        self.assertEqual(bank.partner_id, self.vendor)
        self.assertFalse(bank._finance_sync_is_confirmed())
        self.assertTrue(self.pending(bank))

    def test_own_companies_need_no_call(self):
        bank = self.account(partner_id=self.company_us.partner_id.id)
        self.assertTrue(bank.finance_sync_confirmed)
        self.assertFalse(self.pending(bank))

    def test_the_whole_number_is_for_approvers(self):
        change = self.pending(self.account())
        number = change.with_user(self.approver).account
        self.assertEqual(number.replace(" ", ""), IBAN)
        for user in (self.clerk, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                change.with_user(user).read(["account"])
            fields_seen = change.with_user(user).fields_get()
            self.assertNotIn("account", fields_seen)
            self.assertIn("account_masked", fields_seen)
