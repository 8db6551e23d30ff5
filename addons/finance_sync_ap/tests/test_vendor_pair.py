"""Vendors that are alike: found, shown side by side, decided on, remembered."""

from odoo.addons.finance_sync.tests.common import make_user
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ..core.vendors import LEAST_ALIKE
from .bank_case import IBAN
from .common import VAT, ApCase

WHY = "Two branches with contracts of their own."


@tagged("post_install", "-at_install")
class TestVendorPair(ApCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor.supplier_rank = 1
        cls.pairs = cls.env["finance.sync.vendor.pair"]

    def vendor_named(self, name, **values):
        return self.env["res.partner"].create(
            {"name": name, "is_company": True, "supplier_rank": 1, **values}
        )

    def find(self):
        with trap_jobs():
            self.pairs._job_find()

    def pair_of(self, *vendors):
        ids = [vendor.id for vendor in vendors]
        return self.pairs.search(
            [
                ("one_id", "in", ids),
                ("other_id", "in", ids),
                ("state", "!=", "merged"),
            ]
        )

    def found(self, name="Ott Papier", **values):
        twin = self.vendor_named(name, **values)
        self.find()
        return self.pair_of(self.vendor, twin)

    # -- Finding

    def test_each_way_of_being_one(self):
        account = {"acc_number": IBAN, "partner_id": self.vendor.id}
        self.env["res.partner.bank"].create(account)
        twins = {
            self.vendor_named("Kiosk am Eck", vat=VAT): "same_vat",
            self.vendor_named("OTT Papier AG"): "same_name",
            self.vendor_named("Papiere Ott"): "near_name",
        }
        factor = self.vendor_named("Schnell Factoring")
        banks = self.env["res.partner.bank"]
        banks.create({"acc_number": IBAN, "partner_id": factor.id})
        twins[factor] = "same_account"
        stranger = self.vendor_named("Blumen Nagel")
        self.find()
        for twin, reason in twins.items():
            with self.subTest(reason=reason):
                self.assertEqual(self.pair_of(self.vendor, twin).reasons, reason)
        self.assertFalse(self.pair_of(self.vendor, stranger))

    def test_only_vendors_that_are_there_and_meet_in_a_company(self):
        self.vendor.company_id = self.company_us
        others = [
            self.vendor_named("Papier Ott", company_id=self.company_de.id),
            self.vendor_named("Papier Ott", supplier_rank=0),
            self.vendor_named("Papier Ott", active=False),
        ]
        self.find()
        for other in others:
            self.assertFalse(self.pair_of(self.vendor, other))
        shared = self.vendor_named("Papier Ott")
        self.find()
        pair = self.pair_of(self.vendor, shared)
        self.assertEqual(pair.company_id, self.company_us)

    def test_the_screen_shows_both_sides(self):
        pair = self.found(vat=VAT).with_user(self.clerk)
        self.assertEqual((pair.one_vat, pair.other_vat), (VAT, VAT))
        self.assertGreaterEqual(pair.score, LEAST_ALIKE)
        self.assertIn("the same VAT number", pair.reason_text)
        self.assertEqual((pair.one_bill_count, pair.one_accounts), (0, ""))

    def test_accounts_show_their_ends_only(self):
        bank = {"acc_number": IBAN, "partner_id": self.vendor.id}
        self.env["res.partner.bank"].create(bank)
        pair = self.found().with_user(self.clerk)
        shown = pair.one_accounts or pair.other_accounts
        self.assertTrue(shown.endswith("2051"))
        self.assertNotIn(IBAN[4:12], shown)

    def test_finding_again_adds_nothing(self):
        pair = self.found()
        events = self.env["finance.sync.event"]
        alike = [("type", "=", "finance_sync.ap.vendor.alike")]
        count = events.search_count(alike)
        self.find()
        self.assertEqual(self.pair_of(pair.one_id, pair.other_id), pair)
        self.assertEqual(events.search_count(alike), count)

    def test_a_change_is_looked_at_soon_and_once(self):
        self.env.cr.precommit.run()
        with trap_jobs() as trap:
            self.vendor_named("Ott Papier")
            self.vendor.name = "Papier Ott KG"
            self.env["res.partner"].create({"name": "A customer"})
            self.env.cr.precommit.run()
            trap.assert_jobs_count(1, only=self.pairs._job_find)
        with trap_jobs() as trap:
            self.vendor.comment = "Friendly"
            self.env.cr.precommit.run()
            trap.assert_jobs_count(0)

    def test_what_was_corrected_is_no_question_any_more(self):
        pair = self.found()
        pair.other_id.name = "Blumen Nagel"
        self.find()
        self.assertEqual(pair.state, "gone")
        pair.other_id.name = "Ott Papier"
        self.find()
        self.assertEqual(pair.state, "open")

    # -- Deciding

    def differ(self, pair, user=None, reason=WHY):
        pair = pair.with_user(user or self.clerk)
        action = pair.action_differ()
        wizards = self.env["finance.sync.vendor.differ"].with_user(pair.env.user)
        wizards.with_context(**action["context"]).create(
            {"reason": reason}
        ).action_differ()

    def test_that_two_are_two_is_remembered(self):
        pair = self.found()
        self.differ(pair)
        self.assertEqual((pair.state, pair.decided_by), ("different", self.clerk))
        self.assertEqual(pair.note, WHY)
        self.find()
        self.assertEqual(pair.state, "different")
        pair.with_user(self.clerk).action_reopen()
        self.assertEqual((pair.state, pair.note), ("open", False))

    def test_something_new_asks_again(self):
        pair = self.found()
        self.differ(pair)
        pair.other_id.vat = VAT
        pair.one_id.vat = VAT
        self.find()
        self.assertEqual(pair.state, "open")
        self.assertIn("same_vat", pair.reasons)

    def test_a_decision_needs_a_reason_and_somebody_who_books_bills(self):
        pair = self.found()
        with self.assertRaises(UserError):
            self.differ(pair, reason="No")
        for user in (self.auditor, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                pair.with_user(user)._differ(WHY)
        self.differ(pair)
        with self.assertRaisesRegex(UserError, "already"):
            self.differ(pair)

    def test_nothing_is_written_by_hand(self):
        pair = self.found().with_user(self.accountant)
        with self.assertRaises(AccessError):
            pair.write({"state": "different"})
        with self.assertRaises(AccessError):
            pair.create({"one_id": self.vendor.id, "other_id": self.vendor.id})

    def test_another_company_decides_nothing(self):
        self.vendor.company_id = self.company_us
        pair = self.found()
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_invoice",
        )
        theirs = pair.with_user(stranger).with_context(
            allowed_company_ids=self.company_de.ids
        )
        self.assertNotIn(pair.id, theirs.search([]).ids)
        with self.assertRaises(AccessError):
            theirs._differ(WHY)

    # -- Merging

    def merge(self, pair, into):
        context = pair.action_merge()["context"]
        wizards = self.env["base.partner.merge.automatic.wizard"]
        wizard = wizards.with_context(**context).create({})
        wizard.dst_partner_id = into
        self.assertEqual(wizard.partner_ids, pair.one_id | pair.other_id)
        wizard.action_merge()

    def test_core_merges_and_the_pair_is_done(self):
        pair = self.found()
        gone = pair.one_id | pair.other_id
        self.merge(pair, self.vendor)
        self.assertEqual(pair.state, "merged")
        self.assertEqual(gone.exists(), self.vendor)
        event = self.env["finance.sync.event"].search([], order="id desc", limit=1)
        self.assertEqual(event.type, "finance_sync.ap.vendor.merged")
        self.find()
        self.assertEqual(pair.state, "merged")
        with self.assertRaises(UserError):
            pair.action_merge()

    def test_decisions_about_a_third_vendor_survive_a_merge(self):
        third = self.vendor_named("Papier Ott AG")
        pair = self.found()
        twin = pair.other_id
        self.differ(self.pair_of(twin, third))
        self.merge(pair, self.vendor)
        left = self.pair_of(self.vendor, third)
        self.assertEqual((len(left), left.state), (1, "different"))
        self.find()
        self.assertEqual(self.pair_of(self.vendor, third), left)
        self.assertEqual(left.state, "different")
