"""Import and export, the set-up wizard, voiding, and credit and rebill."""

import base64
from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AvataxCase, TaxCase

HEADER = "country,state,postal_from,postal_to,category,rate_percent,valid_from,valid_to"


@tagged("post_install", "-at_install")
class TestImport(TaxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.table = cls.env["finance.sync.tax.rate"]
        cls.table.search([("country_id", "=", cls.us.id)]).unlink()

    def wizard(self, *rows, kind="rate", header=HEADER, user=None):
        wizards = self.env["finance.sync.tax.import"].with_user(user or self.accountant)
        text = "\n".join((header, *rows))
        return wizards.create(
            {
                "kind": kind,
                "file": base64.b64encode(text.encode()),
                "company_id": self.company_us.id,
            }
        )

    def california(self):
        return self.table.search([("state_id", "=", self.ca.id)], order="valid_from")

    def test_a_check_counts_and_writes_nothing(self):
        wizard = self.wizard("US,CA,,,,7.25,2020-01-01,", "US,VA,,,,4.3,2020-01-01,")
        wizard.action_check()
        self.assertEqual((wizard.row_count, wizard.create_count), (2, 2))
        self.assertEqual((wizard.state, wizard.error_count), ("checked", 0))
        self.assertFalse(self.california())

    def test_a_file_is_applied_and_changes_nothing_the_second_time(self):
        self.wizard("US,CA,,,,7.25,2020-01-01,").action_apply()
        rate = self.california()
        self.assertAlmostEqual(rate.rate, 0.0725)
        self.assertEqual(rate.jurisdiction_code, "US-CA")
        again = self.wizard("US,CA,,,,7.25,2020-01-01,")
        again.action_apply()
        self.assertEqual((again.unchanged_count, again.create_count), (1, 0))

    def test_a_new_rate_ends_the_one_in_force(self):
        self.wizard("US,CA,,,,7.25,2020-01-01,").action_apply()
        wizard = self.wizard("US,CA,,,,7.5,2026-01-01,")
        wizard.action_check()
        self.assertEqual((wizard.close_count, wizard.create_count), (1, 1))
        wizard.action_apply()
        old, new = self.california()
        self.assertEqual(old.valid_to, date(2025, 12, 31))
        self.assertEqual(new.valid_from, date(2026, 1, 1))

    def test_one_bad_row_and_nothing_is_written(self):
        wizard = self.wizard(
            "US,CA,,,,7.25,2020-01-01,",
            "US,ZZ,,,,5,,",
            "QQ,,,,,5,,",
            "US,VA,,,unheard-of,5,,",
            "US,TX,,,,six,,",
        )
        wizard.action_apply()
        self.assertEqual(wizard.state, "checked")
        found = [(line.row, line.column) for line in wizard.line_ids]
        self.assertEqual(
            found,
            [(3, "state"), (4, "country"), (5, "category"), (6, "rate_percent")],
        )
        self.assertTrue(all(wizard.line_ids.mapped("message")))
        self.assertFalse(self.california())

    def test_messages_are_in_the_users_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"]._load_module_terms(
            ["finance_sync_tax"], ["de_DE"], overwrite=True
        )
        wizard = self.wizard("US,CA,,,,six,,").with_context(lang="de_DE")
        wizard.action_check()
        self.assertIn("Keine Zahl", wizard.line_ids.message)

    def test_an_export_is_read_back_without_a_change(self):
        self.wizard(
            "US,CA,,,,7.25,2020-01-01,2025-12-31", "US,CA,,,,7.5,2026-01-01,"
        ).action_apply()
        export = self.wizard()
        action = export.action_download()
        self.assertIn("/web/content/", action["url"])
        count = self.table.search_count([])
        back = self.env["finance.sync.tax.import"].create({"file": export.file})
        back.action_check()
        self.assertEqual(back.unchanged_count, count)
        self.assertEqual(back.create_count + back.update_count + back.error_count, 0)

    def test_rates_of_the_file_determine_tax_at_once(self):
        self.wizard("US,CA,,,,7.25,2020-01-01,").action_apply()
        move = self.invoice((100.0,))
        self.assertEqual(move.amount_tax, 7.25)
        self.wizard("US,CA,,,,8,2020-01-01,").action_apply()
        move.action_post()
        self.assertEqual(move.amount_tax, 8.0)

    def test_registrations_are_the_companys_own(self):
        header = "country,state,valid_from,valid_to"
        self.wizard(
            "US,NY,2026-01-01,", kind="registration", header=header
        ).action_apply()
        found = self.env["finance.sync.tax.registration"].search(
            [("state_id.code", "=", "NY"), ("country_id", "=", self.us.id)]
        )
        self.assertEqual(found.company_id, self.company_us)

    def test_an_empty_wizard_asks_for_a_file(self):
        wizard = self.env["finance.sync.tax.import"].create({})
        with self.assertRaises(UserError):
            wizard.action_check()


@tagged("post_install", "-at_install")
class TestTaxSetup(TaxCase):
    def setUp(self):
        super().setUp()
        self.companies.finance_sync_tax_connection_id = False

    def wizard(self):
        wizard = (
            self.env["finance.sync.setup"]
            .with_user(self.manager)
            .create({"name": "Rates of ours", "provider": "rate_table"})
        )
        wizard.company_ids = self.companies
        wizard.execution_user_id = self.worker
        self.assertFalse(wizard.needs_address)
        wizard.action_next()
        wizard.action_test()
        self.assertTrue(wizard.test_ok, wizard.test_message)
        wizard.action_next()
        return wizard

    def test_the_whole_way_to_an_active_connection(self):
        wizard = self.wizard()
        self.assertEqual(wizard.tax_line_ids.company_id, self.companies)
        wizard.tax_line_ids[1].whole_company = False
        position = self.env["account.fiscal.position"].create(
            {"name": "Shop", "company_id": wizard.tax_line_ids[1].company_id.id}
        )
        wizard.tax_line_ids[1].fiscal_position_ids = position
        wizard.action_next()
        wizard.tax_sample_company_id = self.company_us
        wizard.tax_sample_partner_id = self.customer
        wizard.action_dry_run()
        self.assertTrue(wizard.dry_run_ok, wizard.dry_run_message)
        first, second = wizard.tax_line_ids.company_id
        self.assertFalse(first.finance_sync_tax_connection_id, "not before activation")
        wizard.action_next()
        wizard.action_activate()
        connection = wizard.connection_id
        self.assertEqual(first.finance_sync_tax_connection_id, connection)
        self.assertFalse(second.finance_sync_tax_connection_id)
        self.assertEqual(position.finance_sync_tax_connection_id, connection)

    def test_a_dry_run_shows_both_answers_and_leaves_nothing(self):
        rate = self.env["finance.sync.tax.rate"]
        rate.search([("state_id", "=", self.ca.id)]).unlink()
        rate.create(
            {
                "country_id": self.us.id,
                "state_id": self.ca.id,
                "name": "California",
                "rate": 0.0725,
                "jurisdiction_type": "state",
                "jurisdiction_code": "US-CA",
            }
        )
        own = self.company_us.account_sale_tax_id
        self.product.taxes_id = own
        wizard = self.wizard()
        wizard.action_next()
        moves = self.env["account.move"].search_count([])
        wizard.write(
            {
                "tax_sample_company_id": self.company_us.id,
                "tax_sample_partner_id": self.customer.id,
                "tax_sample_product_id": self.product.id,
                "tax_sample_amount": 200.0,
            }
        )
        wizard.action_dry_run()
        self.assertTrue(wizard.dry_run_ok, wizard.dry_run_message)
        self.assertEqual(wizard.tax_result_ids.mapped("name"), ["California"])
        self.assertEqual(wizard.tax_result_ids.tax, 14.5)
        self.assertEqual(wizard.tax_odoo_result_ids.name, own.name)
        self.assertEqual(wizard.tax_odoo_result_ids.tax, 2 * own.amount)
        self.assertEqual(self.env["account.move"].search_count([]), moves)
        self.assertFalse(self.company_us.finance_sync_tax_connection_id)

    def test_a_dry_run_says_what_is_wrong(self):
        wizard = self.wizard()
        wizard.action_next()
        nowhere = self.env["res.partner"].create({"name": "Nowhere"})
        wizard.write(
            {
                "tax_sample_company_id": self.company_us.id,
                "tax_sample_partner_id": nowhere.id,
            }
        )
        wizard.action_dry_run()
        self.assertFalse(wizard.dry_run_ok)
        self.assertIn("country", wizard.dry_run_message)


@tagged("post_install", "-at_install")
class TestVoid(AvataxCase):
    def test_cancelling_voids_at_the_engine(self):
        move = self.invoice((90.0,))
        move.action_post()
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "committed")
        code = move.finance_sync_tax_code
        wizard = Form(
            self.env["finance.sync.tax.void"]
            .with_user(self.accountant)
            .with_context(active_id=move.id, active_model="account.move")
        )
        wizard.reason = "Invoiced twice"
        wizard.save().action_void()
        self.assertEqual(move.state, "cancel")
        self.run_jobs(move)
        self.assertEqual(move.finance_sync_tax_state, "voided")
        statuses = [t["status"] for t in self.simulator.avatax.transactions(code)]
        self.assertEqual(statuses, ["Cancelled"])
        self.assertIn("Invoiced twice", "".join(move.message_ids.mapped("body")))

    def test_a_draft_has_nothing_to_void(self):
        wizard = self.env["finance.sync.tax.void"].create(
            {"move_id": self.invoice((90.0,)).id, "reason": "No"}
        )
        with self.assertRaises(UserError):
            wizard.action_void()


@tagged("post_install", "-at_install")
class TestRebill(AvataxCase):
    def setUp(self):
        super().setUp()
        rates = self.env["finance.sync.tax.rate"]
        rates.search([("state_id", "=", self.ca.id)]).unlink()
        rates.create(
            {
                "country_id": self.us.id,
                "state_id": self.ca.id,
                "name": "California",
                "rate": 0.08,
                "jurisdiction_type": "state",
                "jurisdiction_code": "US-CA",
                "complete": True,
            }
        )
        self.set_up_outage(
            outage_policy="fallback", fallback_connection_id=self.rates.id
        )

    def estimated(self):
        """Posted at 7.20 while AvaTax was away, which then says 6.98."""
        self.simulator.fault("avatax", kind="error", times=1)
        move = self.invoice((90.0,))
        move.action_post()
        self.assertTrue(move.finance_sync_tax_estimated)
        self.assertEqual(move.amount_tax, 7.2)
        self.run_jobs(move)
        self.assertEqual(self.holds_of(move), ["tax_estimated_difference"])
        return move

    def rebill(self, record):
        return (
            self.env["finance.sync.tax.rebill"]
            .with_user(self.accountant)
            .with_context(active_model=record._name, active_id=record.id)
            .create({})
        )

    def test_from_the_hold_to_a_new_invoice(self):
        move = self.estimated()
        hold = move.finance_sync_hold_ids
        wizard = self.rebill(hold)
        self.assertEqual(wizard.move_id, move)
        self.assertEqual(wizard.booked_tax, 7.2)
        self.assertAlmostEqual(wizard.difference, -0.22)
        action = wizard.action_rebill()
        refund = self.env["account.move"].search([("reversed_entry_id", "=", move.id)])
        self.assertEqual((refund.state, refund.amount_tax), ("posted", 7.2))
        self.assertEqual(move.payment_state, "reversed")
        self.assertNotEqual(hold.state, "open")
        invoice = self.env["account.move"].browse(action["res_id"])
        self.assertEqual((invoice.state, invoice.amount_tax), ("draft", 6.98))
        self.assertFalse(invoice.finance_sync_tax_estimated)

    def test_from_the_invoice(self):
        move = self.estimated()
        wizard = self.rebill(move)
        self.assertEqual(wizard.hold_id, move.finance_sync_hold_ids)

    def test_only_where_the_engine_disagrees(self):
        move = self.invoice((90.0,))
        move.action_post()
        self.run_jobs(move)
        with self.assertRaises(UserError):
            self.rebill(move).action_rebill()
