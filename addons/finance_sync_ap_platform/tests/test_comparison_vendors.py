"""Every night: do we and the platform have the same vendors?"""

from odoo.addons.finance_sync.tests.common import make_user
from odoo.addons.finance_sync_ap.tests.common import VAT
from odoo.addons.finance_sync_ap_platform.providers import rest
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import PlatformCase

OTHER_VAT = "DE129273398"


@tagged("post_install", "-at_install")
class TestVendorComparison(PlatformCase):
    def setUp(self):
        super().setUp()
        self.vendor.ref = "V-OTT"
        self.platform.ap_poll_vendor = True
        self.own("name", "vat", "active")

    def own(self, *names):
        """What is the platform's, of vendors; the rest is ours."""
        rules = [(f"partner/{name}", "external") for name in ("ref", *names)]
        self.set_rules(*rules, connection=self.platform)

    def put(self, number="9", **changes):
        content = {"code": "V-OTT", "name": "Papier Ott GmbH", "vat": VAT, **changes}
        self.side.put_record("vendor", number, content)

    def compare(self, kind="vendor"):
        with trap_jobs() as trap:
            found = self.env["finance.sync.ap.comparison"]._begin(self.platform)
            trap.assert_jobs_count(4)
        found = found.filtered(
            lambda one: (one.company_id, one.kind) == (self.company_us, kind)
        )
        found.with_user(self.worker).with_context(
            allowed_company_ids=self.company_us.ids
        )._job_compare()
        return found

    def kinds(self, comparison):
        return sorted(comparison.line_ids.mapped("kind"))

    def read_vendors(self):
        self.read_row(self.platform._poll_of(self.company_us, "vendor"))

    def test_what_is_the_same_is_counted_as_such(self):
        self.put()
        found = self.compare()
        self.assertEqual(
            (found.state, found.theirs_count, found.ours_count, found.equal_count),
            ("complete", 1, 1, 1),
        )
        self.assertFalse(found.line_ids)
        self.assertFalse(self.holds("ap_vendor_differs"))

    def test_a_difference_is_held_with_both_values_until_it_is_gone(self):
        self.put(name="Papier Ott AG", vat=OTHER_VAT)
        found = self.compare()
        self.assertEqual(self.kinds(found), ["vendor_name", "vendor_vat"])
        self.assertEqual(found.line_ids.partner_id, self.vendor)
        hold = self.holds("ap_vendor_differs")
        self.assertEqual(hold.company_id, self.company_us)
        for text in ("V-OTT", "Papier Ott GmbH", "Papier Ott AG", "DE•••5976"):
            self.assertIn(text, hold.summary)
        self.assertIn("The platform's word counts", hold.summary)
        shown = hold.summary + str(found.line_ids.mapped("theirs"))
        self.assertNotIn(OTHER_VAT, shown)
        self.assertNotIn(VAT, shown)
        self.assertEqual(self.compare().difference_count, 2)
        self.assertEqual(self.holds("ap_vendor_differs"), hold, "It is held once")
        self.put()
        self.compare()
        self.assertEqual(hold.state, "resolved")

    def test_only_what_somebody_is_told_of_is_compared(self):
        self.vendor.supplier_rank = 1
        self.put(name="Papier Ott AG", vat=OTHER_VAT)
        self.own("vat")
        # Nobody tells the platform of our names.
        self.assertEqual(self.kinds(self.compare()), ["vendor_vat"])
        self.platform.ap_push_vendor = True
        found = self.compare()
        self.assertEqual(self.kinds(found), ["vendor_name", "vendor_vat"])
        self.assertIn("Ours counts", self.holds("ap_vendor_differs").summary)
        found.line_ids.filtered(lambda line: line.kind == "vendor_name").action_settle()
        (told,) = self.sent("ap.push.vendor")
        self.assertEqual((told["code"], told["name"]), ("V-OTT", "Papier Ott GmbH"))
        self.assertNotIn("vat", told)
        self.assertEqual(self.compare().busy_count, 1, "It is on its way")

    def test_one_that_is_archived_over_there(self):
        self.put()
        self.read_vendors()
        self.side.put_record("vendor", "9", None)
        self.assertEqual(self.kinds(self.compare()), ["vendor_active"])
        self.read_vendors()
        self.assertFalse(self.vendor.active)
        self.assertEqual(self.compare().equal_count, 1)
        self.assertFalse(self.holds("ap_vendor_differs"))

    def test_only_a_clear_no_makes_a_vendor_missing_there(self):
        self.put()
        self.read_vendors()
        kept = self.side.records["vendor"].pop("9")
        self.simulator.fault("bill_rest", kind="error", path_suffix="/vendors/9")
        failed = self.compare()
        self.assertEqual((failed.state, failed.line_ids.ids), ("failed", []))
        self.assertFalse(self.holds("ap_vendor_differs"))
        hold = self.holds("ap_compare")
        self.assertIn("Vendors", hold.summary)
        self.compare("invoice")
        self.assertEqual(hold.state, "open", "Bills say nothing of vendors")
        self.assertEqual(self.kinds(self.compare()), ["vendor_missing_there"])
        self.assertEqual(hold.state, "resolved")
        self.side.records["vendor"]["9"] = kept
        self.assertEqual(self.compare().equal_count, 1)
        self.assertFalse(self.holds("ap_vendor_differs"))

    def test_a_list_that_breaks_off_concludes_nothing(self):
        for number in ("7", "8", "9"):
            self.put(number, code=f"V-{number}", name=f"Vendor {number}")
        self.patch(rest, "PAGE_SIZE", 1)
        for kind in ("error", "html", "cut", "huge"):
            with self.subTest(kind=kind):
                self.simulator.clear_faults()
                self.simulator.fault(
                    "bill_rest", kind=kind, path_suffix="/vendors", skip=1
                )
                found = self.compare()
                self.assertEqual((found.state, found.theirs_count), ("failed", 0))
                self.assertFalse(found.line_ids)
        self.assertFalse(self.holds("ap_vendor_differs"))

    def test_one_that_is_not_here_is_fetched(self):
        self.put(code="V-NEW", name="Blumen", vat=None)
        found = self.compare()
        self.assertEqual(self.kinds(found), ["vendor_missing_here"])
        hold = self.holds("ap_vendor_differs")
        poll = self.platform._poll_of(self.company_us, "vendor")
        with trap_jobs() as trap:
            found.line_ids.action_settle()
            trap.assert_jobs_count(1, only=poll._job_read_one)
            trap.perform_enqueued_jobs()
        self.assertEqual(self.compare().busy_count, 1)
        self.assertEqual(hold.state, "open", "It is on its way")
        self.own("name", "vat", "active")
        self.run_pending()
        self.compare()
        self.assertEqual(hold.state, "resolved")

    def test_others_over_there_are_no_vendors_of_ours(self):
        self.put(code="V-NEW", name="Blumen", vat=None)
        self.platform.write({"ap_poll_vendor": False, "ap_push_vendor": True})
        found = self.compare()
        self.assertEqual((found.theirs_count, found.difference_count), (1, 0))

    def test_two_with_one_reference_are_not_compared(self):
        self.env["res.partner"].create({"name": "Ott", "ref": "V-OTT"})
        self.put(name="Papier Ott AG")
        found = self.compare()
        self.assertEqual((found.unchecked_count, found.difference_count), (1, 0))

    def test_what_a_person_let_pass_is_not_held_again(self):
        self.put(name="Papier Ott AG")
        self.compare()
        hold = self.holds("ap_vendor_differs")
        hold._close("overridden", "It is meant.")
        self.assertEqual(self.compare().difference_count, 1)
        self.assertFalse(self.holds("ap_vendor_differs"))
        self.put(name="Papier Ott KG")
        self.compare()
        self.assertTrue(self.holds("ap_vendor_differs"), "Something else was not")

    def test_vendors_are_compared_where_one_side_tells_the_other(self):
        self.assertEqual(self.platform._compared_kinds(), ("invoice", "vendor"))
        self.platform.ap_poll_vendor = False
        self.assertEqual(self.platform._compared_kinds(), ("invoice",))
        basware = self.make_platform("basware")
        basware.ap_push_vendor = True
        self.assertEqual(basware._compared_kinds(), ("invoice",))

    def test_a_user_of_another_company_sees_nothing(self):
        self.put(name="Papier Ott AG")
        found = self.compare()
        other = make_user(
            self.env,
            "elsewhere",
            self.company_de,
            self.company_de,
            "account.group_account_user",
            "finance_sync.group_resolver",
        )
        theirs = self.env(
            user=other.id, context={"allowed_company_ids": self.company_de.ids}
        )
        self.assertFalse(theirs["finance.sync.ap.comparison.line"].search([]))
        holds = theirs["finance.sync.hold"].search([])
        self.assertNotIn(self.company_us.id, holds.mapped("company_id.id"))
        with self.assertRaises(AccessError):
            found.line_ids.with_env(theirs).action_settle()
