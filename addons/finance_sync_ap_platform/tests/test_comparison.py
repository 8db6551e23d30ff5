"""Every night: do we and the platform say the same?"""

from odoo.addons.finance_sync.tests.common import make_user
from odoo.addons.finance_sync_ap_platform.providers import rest
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import PlatformCase


@tagged("post_install", "-at_install")
class TestComparison(PlatformCase):
    def compare(self):
        comparisons = self.env["finance.sync.ap.comparison"]
        with trap_jobs() as trap:
            found = comparisons._begin(self.platform)
            trap.assert_jobs_count(2)
        found = found.filtered(lambda one: one.company_id == self.company_us)
        found.with_user(self.worker).with_context(
            allowed_company_ids=self.company_us.ids
        )._job_compare()
        return found

    def kinds(self, comparison):
        return sorted(comparison.line_ids.mapped("kind"))

    def test_what_is_the_same_is_counted_as_such(self):
        self.booked()
        found = self.compare()
        self.assertEqual(
            (found.state, found.theirs_count, found.ours_count, found.equal_count),
            ("complete", 1, 1, 1),
        )
        self.assertFalse(found.line_ids)
        self.assertFalse(self.holds("ap_difference"))

    def test_amounts_states_and_payments_that_differ_are_holds(self):
        bill = self.booked()
        there = self.side.documents["1001"]
        there["content"]["bill"] = {**there["content"]["bill"], "BT-112": "1.00"}
        there["state"] = "voided"
        there["payments"] = [{"paid": "5.00", "state": "partial"}]
        found = self.compare()
        self.assertEqual(self.kinds(found), ["paid", "state", "total"])
        hold = self.holds("ap_difference")
        self.assertEqual(hold.res_id, bill.id)
        self.assertIn("voided", hold.summary)
        self.assertGreater(hold.amount, 0)
        hold._close("overridden", "It is meant.")
        self.assertEqual(self.compare().difference_count, 3)
        self.assertFalse(self.holds("ap_difference"), "The same was let pass")
        there["payments"] = [{"paid": "6.00", "state": "partial"}]
        self.compare()
        self.assertTrue(self.holds("ap_difference"), "Something else was not")

    def test_telling_it_again_settles_a_difference(self):
        bill = self.booked()
        self.on_statement(bill.amount_total, self.payable(bill.move_id))
        self.run_pending()
        there = self.side.documents["1001"]
        there["state"], there["payments"] = "acknowledged", []
        found = self.compare()
        self.assertEqual(self.kinds(found), ["paid", "state"])
        with self.assertRaises(AccessError):
            found.line_ids.with_user(self.clerk).action_settle()
        other = make_user(
            self.env,
            "other",
            self.company_de,
            self.company_de,
            "account.group_account_user",
            "finance_sync.group_resolver",
        )
        theirs = self.env(
            user=other.id, context={"allowed_company_ids": self.company_de.ids}
        )
        with self.assertRaises(AccessError):
            found.line_ids.with_env(theirs).action_settle()
        found.line_ids.action_settle()
        self.run_pending()
        self.assertEqual(there["state"], "paid")
        self.assertEqual(self.compare().equal_count, 1)
        self.assertFalse(self.holds("ap_difference"))

    def test_a_bill_that_was_taken_and_is_not_here_is_fetched(self):
        self.side.put("1001", self.content(self.order()))
        self.side.documents["1001"]["state"] = "acknowledged"
        found = self.compare()
        self.assertEqual(self.kinds(found), ["missing_here"])
        self.assertEqual(len(self.holds("ap_missing")), 1)
        with trap_jobs() as trap:
            found.line_ids.action_settle()
            trap.assert_jobs_count(1, only=self.poll._job_read_one)
            trap.perform_enqueued_jobs()
        self.run_pending()
        self.assertEqual(self.bill("1001").state, "matched")
        self.compare()
        self.assertFalse(self.holds("ap_missing"))

    def test_only_a_clear_no_makes_a_bill_missing_there(self):
        self.booked()
        kept = self.side.documents.pop("1001")
        self.simulator.fault("bill_rest", kind="error", path_suffix="/state")
        failed = self.compare()
        self.assertEqual(failed.state, "failed")
        self.assertFalse(failed.line_ids)
        self.assertFalse(self.holds("ap_difference"))
        self.assertEqual(len(self.holds("ap_compare")), 1)
        found = self.compare()
        self.assertEqual(self.kinds(found), ["missing_there"])
        self.assertFalse(self.holds("ap_compare"))
        self.side.documents["1001"] = kept
        self.assertEqual(self.compare().equal_count, 1)
        self.assertFalse(self.holds("ap_difference"))

    def test_a_list_that_breaks_off_concludes_nothing(self):
        content = self.content(self.order())
        for number in ("1001", "1002", "1003"):
            self.side.put(number, {**content, "BT-1": number})
        self.read_bills()
        self.patch(rest, "PAGE_SIZE", 1)
        for kind in ("error", "html", "cut", "huge"):
            with self.subTest(kind=kind):
                self.simulator.clear_faults()
                self.simulator.fault(
                    "bill_rest", kind=kind, path_suffix="/bills", skip=1
                )
                found = self.compare()
                self.assertEqual((found.state, found.ours_count), ("failed", 0))
                self.assertFalse(found.line_ids)
        states = self.env["finance.sync.bill"].search([]).mapped("state")
        self.assertNotIn("voided", states)

    def test_what_is_on_its_way_is_compared_next_time(self):
        self.side.put("1001", self.content(self.order()))
        self.read_bills()
        self.bill("1001").with_user(self.clerk).action_stage()
        self.env.cr.precommit.run()
        found = self.compare()
        self.assertEqual((found.busy_count, found.difference_count), (1, 0))

    def test_every_view_opens(self):
        for model, kinds in (
            ("finance.sync.ap.comparison", ("list", "form", "search")),
            ("finance.sync.ap.comparison.line", ("list", "pivot", "graph", "search")),
            ("finance.sync.ap.poll", ("list", "search")),
            ("finance.sync.bill", ("form", "search")),
            ("finance.sync.connection", ("form",)),
        ):
            for kind in kinds:
                kind = self.view_type(kind)
                with self.subTest(model=model, kind=kind):
                    found = self.env[model].with_user(self.manager)
                    self.assertTrue(found.get_view(view_type=kind)["arch"])

    def view_type(self, kind):
        known = dict(self.env["ir.ui.view"]._fields["type"].selection)
        return "tree" if kind == "list" and "tree" in known else kind
