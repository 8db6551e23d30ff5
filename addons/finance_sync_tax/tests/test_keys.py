from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TaxCase


@tagged("post_install", "-at_install")
class TestKeys(TaxCase):
    """Engine taxes: one for each jurisdiction and rate, from an approved template."""

    def test_found_again_not_made_again(self):
        first, second = self.invoice((10.0,)), self.invoice((20.0,))
        self.assertEqual(
            first.invoice_line_ids.tax_ids, second.invoice_line_ids.tax_ids
        )
        keys = self.env["finance.sync.tax.key"].search(
            [("company_id", "=", self.company_us.id)]
        )
        self.assertEqual(keys.tax_id, first.invoice_line_ids.tax_ids)
        self.assertEqual(keys.rate, 0.0725)

    def test_the_template_brings_accounts_and_tags(self):
        template = self.env["finance.sync.tax.template"].search(
            [
                ("company_id", "=", self.company_us.id),
                ("jurisdiction_type", "=", "state"),
            ]
        )
        tag = self.env["account.account.tag"].create(
            {
                "name": "State tax",
                "applicability": "taxes",
                "country_id": template.country_id.id,
            }
        )
        lines = template.tax_id.invoice_repartition_line_ids
        source = lines.filtered(lambda li: li.repartition_type == "tax")
        source.tag_ids = tag
        move = self.invoice((100.0,))
        tax_line = move.line_ids.filtered("tax_line_id")
        self.assertEqual(tax_line.account_id, source.account_id)
        self.assertEqual(tax_line.tax_tag_ids, tag)
        self.assertEqual(
            tax_line.tax_line_id.tax_group_id, template.tax_id.tax_group_id
        )

    def test_the_database_keeps_keys_unique(self):
        self.invoice((10.0,))
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes"
            " WHERE tablename = 'finance_sync_tax_key' AND indexdef LIKE '%UNIQUE%'"
        )
        found = [row[0] for row in self.env.cr.fetchall()]
        self.assertTrue(any("jurisdiction_key" in index for index in found), found)

    def test_nothing_without_an_approved_template(self):
        templates = self.env["finance.sync.tax.template"].search([])
        templates.with_user(self.approver).action_draft()
        move = self.invoice((100.0,))
        self.assertFalse(move.invoice_line_ids.tax_ids)
        with self.assertRaisesRegex(UserError, "no approved tax template"):
            move.action_post()
        self.assertEqual(move.state, "draft")

    def test_nobody_approves_what_they_submitted(self):
        both = self.manager
        both.write(
            {
                "groups_id" if "groups_id" in both._fields else "group_ids": [
                    (4, self.env.ref("finance_sync.group_approver").id)
                ]
            }
        )
        template = self.env["finance.sync.tax.template"].search([], limit=1)
        template.with_user(self.approver).action_draft()
        template.with_user(both).action_submit()
        with self.assertRaisesRegex(AccessError, "Somebody else"):
            template.with_user(both).action_approve()
        template.with_user(self.approver).action_approve()
        self.assertEqual(template.state, "approved")
        with self.assertRaises(UserError):
            template.with_user(self.manager).tax_id = template.tax_id.copy()
        with self.assertRaises(UserError):
            template.with_user(self.manager).state = "draft"

    def test_a_template_has_one_tax_line(self):
        tax = self.env["account.tax"].search(
            [("company_id", "=", self.company_us.id), ("type_tax_use", "=", "sale")],
            limit=1,
        )
        split = tax.copy({"name": "Split", "amount_type": "fixed"})
        with self.assertRaises(ValidationError):
            self.env["finance.sync.tax.template"].create(
                {
                    "company_id": self.company_us.id,
                    "jurisdiction_type": "zero",
                    "tax_id": split.id,
                }
            )

    def test_a_zero_template_is_preferred_for_zero_taxes(self):
        exempt = self.env["account.tax"].search(
            [("company_id", "=", self.company_us.id), ("type_tax_use", "=", "sale")],
            limit=1,
        )
        exempt = exempt.copy({"name": "Exempt source", "amount": 0.0})
        template = self.env["finance.sync.tax.template"].create(
            {
                "company_id": self.company_us.id,
                "jurisdiction_type": "zero",
                "tax_id": exempt.id,
            }
        )
        tag = self.env["account.account.tag"].create(
            {
                "name": "Untaxed",
                "applicability": "taxes",
                "country_id": exempt.country_id.id,
            }
        )
        exempt.invoice_repartition_line_ids.filtered(
            lambda li: li.repartition_type == "base"
        ).tag_ids = tag
        template.with_user(self.manager).action_submit()
        template.with_user(self.approver).action_approve()
        partner = self._customer("New York", "NY", "12207")
        move = self.invoice((100.0,), partner=partner)
        self.assertEqual(move.invoice_line_ids.tax_tag_ids, tag)

    def test_engine_taxes_stay_known(self):
        self.invoice((10.0,))
        key = self.env["finance.sync.tax.key"].search([], limit=1)
        with self.assertRaises(UserError), mute_logger("odoo.sql_db"):
            key.unlink()

    def test_rate_books_follow_their_rates(self):
        rates = self.env["finance.sync.tax.rate"]
        book = rates._book(self.company_us)
        self.assertIs(rates._book(self.company_us), book)
        rates.search([], limit=1).write({"name": "Renamed"})
        self.assertIsNot(rates._book(self.company_us), book)
