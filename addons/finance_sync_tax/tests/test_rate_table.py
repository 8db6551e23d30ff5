from odoo import Command
from odoo.addons.finance_sync_tax import compat
from odoo.addons.finance_sync_tax.core.document import REASON_CODES
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TODAY, TaxCase


@tagged("post_install", "-at_install")
class TestRateTable(TaxCase):
    def test_taxes_at_creation_are_the_engine_s(self):
        move = self.invoice((90.0,))
        self.assertEqual(move.finance_sync_tax_state, "todo")
        self.assertEqual(move.invoice_line_ids.tax_ids.name, "California 7.25 %")
        # 90 × 7.25 % = 6.525, halves away from zero.
        self.assertEqual(move.amount_tax, 6.53)
        before = move.line_ids
        move.action_post()
        self.assertEqual(move.line_ids, before, "Native taxes are not rewritten")
        self.assertFalse(move.invoice_line_ids.finance_sync_tax_amounts)

    def test_posting_leaves_details_and_a_state(self):
        move = self.invoice((100.0, 2), (50.0,))
        move.action_post()
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.finance_sync_tax_state, "determined")
        self.assertEqual(move.finance_sync_tax_engine, "rate_table")
        self.assertEqual(move.finance_sync_tax_date, TODAY)
        details = move.finance_sync_tax_detail_ids
        self.assertEqual(details.mapped("tax"), [14.5, 3.63])
        self.assertEqual(details.mapped("taxable"), [200.0, 50.0])
        self.assertEqual(details.mapped("line_id"), move.invoice_line_ids)
        self.assertEqual(set(details.mapped("jurisdiction_code")), {"US-CA"})
        self.assert_ledger(move)

    def test_no_registration_is_an_explicit_zero(self):
        partner = self._customer("Customer New York", "NY", "12207")
        move = self.invoice((100.0,), partner=partner)
        move.action_post()
        self.assertEqual(move.invoice_line_ids.tax_ids.amount, 0.0)
        self.assertEqual(move.amount_tax, 0.0)
        detail = move.finance_sync_tax_detail_ids
        self.assertEqual(detail.exempt, 100.0)
        self.assertIn("not registered in US-NY", detail.reason)
        self.assertEqual(detail.reason_code, "not_registered")

    def test_every_reason_of_an_engine_has_a_name_on_the_screen(self):
        field = self.env["finance.sync.tax.detail"]._fields["reason_code"]
        self.assertEqual(set(field.get_values(self.env)), set(REASON_CODES))

    def test_reverse_charge_needs_a_valid_number(self):
        values = {"vat": "FR23334175221", "is_company": True}
        partner = self._customer("France SARL", "", "69001", "base.fr", **values)
        taxed = self.invoice((100.0,), company=self.company_de, partner=partner)
        taxed.action_post()
        self.assertEqual(taxed.amount_tax, 19.0, "Unverified is not valid")
        partner.finance_sync_vat_state = "valid"
        move = self.invoice((100.0,), company=self.company_de, partner=partner)
        move.action_post()
        self.assertEqual(move.amount_tax, 0.0)
        self.assertIn("Reverse charge", move.finance_sync_tax_detail_ids.reason)
        self.assertEqual(move.finance_sync_tax_detail_ids.reason_code, "reverse_charge")
        self.assertIn("Reverse charge", move.invoice_line_ids.tax_ids.name)
        partner.vat = "FR40303265045"
        self.assertEqual(partner.finance_sync_vat_state, "unverified")

    def test_category_is_inherited_from_the_product_category(self):
        reduced = self.env.ref("finance_sync_tax.category_reduced")
        parent = self.env["product.category"].create(
            {"name": "Books", "finance_sync_tax_category_id": reduced.id}
        )
        child = self.env["product.category"].create(
            {"name": "Novels", "parent_id": parent.id}
        )
        book = self._product("Novel", categ_id=child.id)
        partner = self._customer("Hamburg", "", "20095", "base.de")
        line = {"product_id": book.id, "price_unit": 100.0}
        move = self.invoice(line, (100.0,), company=self.company_de, partner=partner)
        move.action_post()
        self.assertEqual(move.amount_tax, 7.0 + 19.0)
        self.assertEqual(move.finance_sync_tax_detail_ids.mapped("tax"), [7.0, 19.0])

    def test_certificates_hold_where_and_while_they_say(self):
        reduced = self.env.ref("finance_sync_tax.category_reduced")
        goods = self._product("Covered", finance_sync_tax_category_id=reduced.id)
        self.env["finance.sync.tax.exemption"].create(
            {
                "partner_id": self.customer.id,
                "number": "CA-1",
                "country_id": self.us.id,
                "state_ids": [Command.set(self.ca.ids)],
                "category_ids": [Command.set(reduced.ids)],
                "valid_to": "2026-06-30",
            }
        )
        lines = ({"product_id": goods.id, "price_unit": 100.0}, (100.0,))
        move = self.invoice(*lines)
        move.action_post()
        self.assertEqual(move.finance_sync_tax_detail_ids.mapped("tax"), [0.0, 7.25])
        self.assertIn("CA-1", move.finance_sync_tax_detail_ids[0].reason)
        later = self.invoice(*lines, invoice_date="2026-07-01")
        later.action_post()
        self.assertEqual(later.amount_tax, 14.5, "Expired on the tax date")

    def test_tax_included_prices_keep_their_gross(self):
        included = self.env["account.tax"].search(
            [("company_id", "=", self.company_de.id), ("type_tax_use", "=", "sale")],
            limit=1,
        )
        included = included.copy({"name": "Inc", **compat.price_include_vals(True)})
        self.product.taxes_id = [Command.set(included.ids)]
        partner = self._customer("Hamburg", "", "20095", "base.de")
        for rounding in ("round_per_line", "round_globally"):
            self.company_de.tax_calculation_rounding_method = rounding
            move = self.invoice(
                (9.99,), (9.99,), (9.99,), company=self.company_de, partner=partner
            )
            move.action_post()
            self.assertAlmostEqual(move.amount_total, 29.97, 2)
            self.assert_ledger(move)

    def test_signs_discounts_and_both_rounding_methods(self):
        lines = (
            (33.33, 3),
            (10.0, -2),
            {"price_unit": -5.55},
            (19.99, 7, 12.5),
            (100.0, 1, 100.0),
        )
        for rounding in ("round_per_line", "round_globally"):
            self.company_us.tax_calculation_rounding_method = rounding
            move = self.invoice(*lines)
            move.action_post()
            self.assert_ledger(move)
            self.assertEqual(len(move.finance_sync_tax_detail_ids), 5)
            free = move.finance_sync_tax_detail_ids[-1]
            self.assertEqual((free.taxable, free.tax), (0.0, 0.0))

    def test_currencies_without_and_with_three_decimals(self):
        for code, rate, price, tax in (
            ("JPY", 150.0, 999.0, 72.0),  # 72.4275
            ("KWD", 0.3, 9.999, 0.725),  # 0.72493
        ):
            currency = self.env.ref(f"base.{code}")
            currency.active = True
            self.env["res.currency.rate"].create(
                {
                    "currency_id": currency.id,
                    "company_id": self.company_us.id,
                    "name": "2020-01-01",
                    "rate": rate,
                }
            )
            digits = self.env.ref("product.decimal_price")
            digits.digits = 3
            move = self.invoice((price,), currency_id=currency.id)
            move.action_post()
            self.assertAlmostEqual(move.amount_tax, tax, 3)
            self.assert_ledger(move)

    def test_edits_make_it_stale_and_are_asked_about_again(self):
        move = self.invoice((100.0,))
        move.action_finance_sync_determine_tax()
        self.assertEqual(move.finance_sync_tax_state, "determined")
        fingerprint = move.finance_sync_tax_fingerprint
        move.narration = "A text is no matter of tax"
        self.assertEqual(move.finance_sync_tax_state, "determined")
        move.invoice_line_ids.price_unit = 200.0
        self.assertEqual(move.finance_sync_tax_state, "stale")
        move.action_post()
        self.assertNotEqual(move.finance_sync_tax_fingerprint, fingerprint)
        self.assertEqual(move.amount_tax, 14.5)

    def test_a_changed_address_counts_without_an_edit_of_the_invoice(self):
        move = self.invoice((100.0,))
        move.action_finance_sync_determine_tax()
        self._address(self.customer, "NY", "12207")
        move.action_post()
        self.assertEqual(move.amount_tax, 0.0)

    def test_a_tax_changed_by_hand_is_refused_with_the_difference(self):
        move = self.invoice((100.0,))
        move.action_finance_sync_determine_tax()
        line = move.line_ids.filtered("tax_line_id")
        term = move.line_ids.filtered(lambda li: li.display_type == "payment_term")
        move.write(
            {
                "line_ids": [
                    Command.update(line.id, {"amount_currency": -8.0, "balance": -8.0}),
                    Command.update(
                        term.id, {"amount_currency": 108.0, "balance": 108.0}
                    ),
                ]
            }
        )
        self.assertEqual(move.amount_tax, 8.0)
        with self.assertRaisesRegex(UserError, "engine 7.25 USD, invoice 8.00 USD"):
            move.action_post()
        self.assertEqual(move.state, "draft")
        move.action_finance_sync_determine_tax()
        self.assertEqual(move.amount_tax, 7.25)
        move.action_post()
        self.assertEqual(move.state, "posted")

    def test_rates_are_those_of_the_day(self):
        rate = self.env["finance.sync.tax.rate"].search(
            [("state_id", "=", self.ca.id), ("category_id", "=", False)]
        )
        rate.valid_to = "2026-03-31"
        rate.copy({"valid_from": "2026-04-01", "valid_to": False, "rate": 0.08})
        for day, tax in (("2026-03-31", 7.25), ("2026-04-01", 8.0)):
            move = self.invoice((100.0,), invoice_date=day)
            move.action_post()
            self.assertEqual(move.amount_tax, tax)

    def test_bad_places_are_refused_in_words(self):
        nowhere = self.env["res.partner"].create({"name": "Nowhere"})
        move = self.invoice((100.0,), partner=nowhere)
        with self.assertRaisesRegex(UserError, "customer's address has no country"):
            move.action_post()
        stateless = self._customer("Stateless", "", "", "base.us")
        move = self.invoice((100.0,), partner=stateless)
        with self.assertRaisesRegex(UserError, "has no state"):
            move.action_post()
        self.assertEqual(move.state, "draft")

    def test_a_position_may_have_no_engine(self):
        position = self.env["account.fiscal.position"].create(
            {
                "name": "By hand",
                "company_id": self.company_us.id,
                "finance_sync_tax_excluded": True,
            }
        )
        move = self.invoice((100.0,), fiscal_position_id=position.id)
        self.assertFalse(move.finance_sync_tax_connection_id)
        move.action_post()
        self.assertEqual(move.finance_sync_tax_state, "none")
        self.assertFalse(move.finance_sync_tax_detail_ids)

    def test_drafts_follow_the_setting(self):
        self.company_us.finance_sync_tax_connection_id = False
        move = self.invoice((100.0,))
        self.assertEqual(move.finance_sync_tax_state, "none")
        self.company_us.finance_sync_tax_connection_id = self.rates
        self.assertEqual(move.finance_sync_tax_state, "todo")
        move.action_post()
        self.assertEqual(move.amount_tax, 7.25)

    def test_vendor_bills_are_no_matter_of_engines(self):
        bill = self.invoice((100.0,), move_type="in_invoice")
        self.assertFalse(bill.finance_sync_tax_connection_id)
        bill.action_post()
        self.assertEqual(bill.finance_sync_tax_state, "none")
