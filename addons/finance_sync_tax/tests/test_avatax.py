from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AvataxCase


@tagged("post_install", "-at_install")
class TestAvatax(AvataxCase):
    """Amounts are AvaTax's to the cent, on record here and there."""

    def post(self, *lines, **values):
        move = self.invoice(*lines, **values)
        move.action_post()
        self.assertEqual(move.state, "posted")
        self.assert_ledger(move)
        return move

    def committed(self, move):
        """The newest transaction that the simulator holds for a document."""
        found = self.simulator.avatax.transactions(move.finance_sync_tax_code)
        return found[-1] if found else None

    def test_virginia_s_three_jurisdictions(self):
        virginia = self._customer("Virginia", "VA", "23220")
        move = self.post((25.40,), partner=virginia)
        self.assertEqual(
            sorted(self.taxes_of(move).values()), [0.18, 0.25, 1.09], "1.52 in all"
        )
        kinds = move.finance_sync_tax_detail_ids.mapped("jurisdiction_type")
        self.assertEqual(kinds, ["state", "city", "special"])
        newyork = self._customer("New York", "NY", "12207")
        other = self.post((25.40,), partner=newyork)
        self.assertEqual(other.amount_tax, 0.0)
        self.assertEqual(other.invoice_line_ids.tax_ids.amount, 0.0)
        self.assertIn("NO_TAX", other.finance_sync_tax_detail_ids.reason)

    def test_half_a_cent_goes_as_the_engine_says(self):
        move = self.post((90.0,))
        self.assertEqual(move.amount_tax, 6.98, "90 × 7.75 % = 6.975")
        tennessee = self._customer("Tennessee", "TN", "37203")
        move = self.post((163.75,), partner=tennessee)
        self.assertEqual(move.amount_tax, 15.14, "Odoo alone would say 15.15")

    def test_ten_equal_lines_with_unequal_taxes(self):
        colorado = self._customer("Colorado", "CO", "80202")
        move = self.post(*[(0.45,)] * 10, partner=colorado)
        found = move.finance_sync_tax_detail_ids
        by_line = [
            round(
                sum(found.filtered(lambda d, li=li: d.line_id == li).mapped("tax")), 2
            )
            for li in move.invoice_line_ids
        ]
        self.assertGreater(len(set(by_line)), 1)
        self.assertAlmostEqual(sum(by_line), move.amount_tax, 2)

    def test_a_fee_without_a_base_is_booked(self):
        colorado = self._customer("Colorado", "CO", "80202")
        category = self.env["finance.sync.tax.category"].create(
            {"code": "delivery", "name": "Delivery", "avatax_code": "OF400000"}
        )
        fee = self._product("Delivery", finance_sync_tax_category_id=category.id)
        lines = ((100.0,), {"product_id": fee.id, "price_unit": 0.0})
        move = self.post(*lines, partner=colorado)
        taxes = move.finance_sync_tax_detail_ids.filtered(
            lambda d: d.line_id == move.invoice_line_ids[1]
        )
        self.assertAlmostEqual(sum(taxes.mapped("tax")), 0.27, 2)

    def test_a_partial_base_is_the_engine_s_amount(self):
        arizona = self._customer("Arizona", "AZ", "85003")
        category = self.env["finance.sync.tax.category"].create(
            {"code": "machinery", "name": "Machinery", "avatax_code": "PM020100"}
        )
        machine = self._product("Machine", finance_sync_tax_category_id=category.id)
        line = {"product_id": machine.id, "price_unit": 330.0}
        move = self.post(line, partner=arizona)
        self.assertEqual(move.amount_tax, 12.01, "330 × 65 % × 5.6 %")

    def test_forced_amounts_survive_a_recomputation(self):
        tennessee = self._customer("Tennessee", "TN", "37203")
        move = self.invoice((163.75,), partner=tennessee)
        move.action_finance_sync_determine_tax()
        move.invoice_payment_term_id = self.env.ref(
            "account.account_payment_term_30days"
        )
        self.assertEqual(move.amount_tax, 15.14)
        move.invoice_line_ids.quantity = 2
        self.assertNotEqual(move.amount_tax, 15.14)
        self.assertEqual(move.finance_sync_tax_state, "stale")
        move.invoice_line_ids.quantity = 1
        move.action_post()
        self.assertEqual(move.amount_tax, 15.14)

    def test_other_amounts_under_the_same_taxes(self):
        move = self.invoice((90.0,))
        move.action_finance_sync_determine_tax()
        taxes = move.invoice_line_ids.tax_ids
        move.invoice_line_ids.price_unit = 100.0
        move.action_post()
        self.assertEqual(move.invoice_line_ids.tax_ids, taxes)
        self.assertEqual(move.amount_tax, 7.75)
        self.assert_ledger(move)

    def test_unchanged_documents_are_not_asked_about_again(self):
        move = self.invoice((90.0,))
        move.action_finance_sync_determine_tax()
        move.action_finance_sync_determine_tax()
        move.action_post()
        self.assertEqual(len(self.asked()), 1)
        self.assertEqual(self.asked()[0].body["type"], "SalesOrder")
        self.assertFalse(self.committed(move), "A quote is not recorded")

    def test_foreign_currency_goes_out_and_comes_back_in_it(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "company_id": self.company_us.id,
                "name": "2020-01-01",
                "rate": 0.9,
            }
        )
        move = self.post((90.0,), (33.33, 3), currency_id=euro.id)
        self.assertEqual(self.asked()[0].body["currencyCode"], "EUR")
        self.assertNotEqual(move.amount_tax, abs(move.amount_tax_signed))

    def test_the_job_records_what_the_ledger_says(self):
        move = self.post((90.0,))
        self.assertEqual(move.finance_sync_tax_state, "committing")
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "committed")
        transaction = self.committed(move)
        self.assertEqual(transaction["status"], "Committed")
        self.assertEqual(float(transaction["totalTax"]), 6.98)
        exchange = self.exchanges(move)
        self.assertEqual(exchange.operation, "tax.commit")
        self.assertEqual(exchange.external_ref, move.finance_sync_tax_code)

    def test_another_amount_at_commit_is_a_hold(self):
        move = self.post((90.0,))
        self.simulator.fault("avatax", kind="differ", type="SalesInvoice", times=9)
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "error")
        self.assertEqual(self.holds_of(move), ["tax_commit_difference"])
        self.assertNotEqual(self.committed(move)["status"], "Committed")

    def test_an_approver_who_reads_no_invoices_lets_the_difference_be(self):
        move = self.post((90.0,))
        self.simulator.fault("avatax", kind="differ", type="SalesInvoice", times=9)
        self.run_jobs(move)
        hold = self.exchanges(move).hold_ids
        hold.with_user(self.manager)._override("Corrected with the next return.")
        with self.assertRaises(AccessError):
            move.with_user(self.approver).read(["name"])
        hold.with_user(self.approver)._approve_override()
        self.assertEqual(hold.state, "overridden")
        self.assertEqual(self.exchanges(move).state, "cancelled")
        self.assertEqual(move.finance_sync_tax_state, "determined")

    def test_reset_voids_and_the_next_posting_has_a_new_code(self):
        move = self.post((90.0,))
        first = move.finance_sync_tax_code
        self.run_jobs(move)
        move.button_draft()
        self.assertEqual(move.finance_sync_tax_state, "voiding")
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "voided")
        self.assertEqual(
            self.simulator.avatax.transactions(first)[-1]["status"], "Cancelled"
        )
        move.invoice_line_ids.price_unit = 100.0
        move.action_post()
        self.assertNotEqual(move.finance_sync_tax_code, first)
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "committed")
        self.assertEqual(move.amount_tax, 7.75)

    def test_reset_and_posting_before_any_job_ran(self):
        move = self.post((90.0,))
        first = move.finance_sync_tax_code
        move.button_draft()
        move.action_post()
        self.assertEqual(move.finance_sync_tax_state, "committing")
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "committed")
        self.assertFalse(self.simulator.avatax.transactions(first))
        states = self.exchanges(move).mapped("state")
        self.assertEqual(states, ["superseded", "done", "done"])

    def test_after_a_difference_a_reset_frees_the_way(self):
        move = self.post((90.0,))
        first = move.finance_sync_tax_code
        self.simulator.fault("avatax", kind="differ", type="SalesInvoice", times=9)
        self.run_jobs(move)
        self.assertEqual(self.holds_of(move), ["tax_commit_difference"])
        self.simulator.clear_faults()
        move.button_draft()
        self.assertFalse(self.holds_of(move))
        self.run_jobs(move)
        self.assertEqual(
            self.simulator.avatax.transactions(first)[-1]["status"], "Cancelled"
        )
        move.action_post()
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "committed")

    def test_cancelling_voids(self):
        move = self.post((90.0,))
        self.run_jobs(move)
        move.button_draft()
        move.button_cancel()
        self.run_jobs(move)
        self.assertEqual(self.committed(move)["status"], "Cancelled")
        self.assertEqual(self.exchanges(move).mapped("operation")[-1], "tax.void")

    def test_a_locked_period_refuses_and_voids_nothing(self):
        move = self.post((90.0,))
        self.run_jobs(move)
        self.company_us.fiscalyear_lock_date = "2026-12-31"
        with self.assertRaises(UserError):
            move.button_draft()
        move.invalidate_recordset()
        self.assertEqual(self.exchanges(move).mapped("operation"), ["tax.commit"])

    def test_without_recording_nothing_is_sent_after_posting(self):
        self.avatax.sudo().tax_commit = False
        move = self.post((90.0,))
        self.assertEqual(move.finance_sync_tax_state, "determined")
        self.assertFalse(self.exchanges(move))

    def test_company_codes_go_by_company(self):
        self.company_de.finance_sync_tax_connection_id = self.avatax
        move = self.invoice((100.0,), company=self.company_de)
        move.action_post()
        code = self.asked()[-1].body["companyCode"]
        self.assertEqual(code, f"CO{self.company_de.id}")
        self.run_jobs(move)
        move.button_draft()
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "voided")

    def test_certificates_go_along(self):
        self.env["finance.sync.tax.exemption"].create(
            {
                "partner_id": self.customer.id,
                "number": "CA-RESALE",
                "entity_use_code": "G",
                "state_ids": [Command.set(self.ca.ids)],
                "country_id": self.us.id,
            }
        )
        move = self.post((90.0,))
        body = self.asked()[0].body
        self.assertEqual(body["exemptionNo"], "CA-RESALE")
        self.assertEqual(body["entityUseCode"], "G")
        self.assertEqual(move.amount_tax, 0.0)
        self.assertIn("CA-RESALE", move.finance_sync_tax_detail_ids[0].reason)


@tagged("post_install", "-at_install")
class TestBadAnswers(AvataxCase):
    """Whatever the engine says, nothing is posted wrongly and nothing is lost."""

    def refused(self, message, code, move=None):
        """Confirm in a transaction of its own; returns the holds that it leaves."""
        move = move or self.invoice((90.0,))
        self.env.flush_all()
        error = None
        try:
            with self.registry.cursor() as cr:
                env = self.env(cr=cr, user=self.accountant.id)
                env["account.move"].browse(move.id).action_post()
        except UserError as caught:
            error = str(caught)
        self.assertRegex(error or "", message)
        self.env.invalidate_all()
        self.assertEqual(move.state, "draft")
        self.assertEqual(self.holds_of(move), [code])
        return move

    def test_wrong_answers(self):
        for kind, message in (
            ("lines", "line"),
            ("nan", "NaN"),
            ("negative", "rate"),
            ("unbalanced", "add|parts"),
            ("currency", "EUR|currency|document in"),
            ("decimals", "decimals"),
            ("html", "JSON|HTML"),
            ("huge", "large|longer|bytes"),
        ):
            with self.subTest(kind):
                self.simulator.clear_faults()
                self.simulator.fault("avatax", kind=kind, path_suffix="/create")
                self.refused(f"(?i){message}", "tax_bad_answer")

    def test_the_next_try_succeeds_and_closes_the_hold(self):
        self.simulator.fault("avatax", kind="html", path_suffix="/create")
        move = self.refused("(?i)JSON|HTML", "tax_bad_answer")
        move.action_post()
        self.assertEqual(move.state, "posted")
        self.assertFalse(self.holds_of(move))
        self.assertEqual(self.holds_of(move, "resolved"), ["tax_bad_answer"])

    def test_expired_credentials_pause_the_connection(self):
        self.simulator.fault("avatax", kind="unauthorized", path_suffix="/create")
        self.refused("AvaTax", "tax_setup")
        self.avatax.invalidate_recordset()
        self.assertEqual(self.avatax.state, "paused")
        codes = self.env["finance.sync.hold"].search(
            [("connection_id", "=", self.avatax.id), ("document_uuid", "=", False)]
        )
        self.assertEqual(codes.mapped("code"), ["configuration"])

    def test_a_wrong_key_is_said(self):
        self.avatax._as_approved().secret = "wrong"
        self.refused("AvaTax", "tax_setup")

    def test_an_unknown_country_is_said(self):
        nowhere = self.env["res.country"].create({"name": "Nowhere", "code": "QX"})
        partner = self.env["res.partner"].create(
            {"name": "Nobody", "country_id": nowhere.id}
        )
        move = self.invoice((90.0,), partner=partner)
        self.refused("Unknown country", "tax_address", move)
        self.assertFalse(self.asked(), "It is not worth a call")

    def test_a_missing_address_is_said(self):
        partner = self.env["res.partner"].create({"name": "Nobody"})
        move = self.invoice((90.0,), partner=partner)
        self.refused("no country", "tax_address", move)
