from odoo import Command
from odoo.addons.finance_sync.tests.common import make_user
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TODAY, TaxCase


@tagged("post_install", "-at_install")
class TestAccess(TaxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreigner = make_user(
            cls.env,
            "foreigner",
            cls.company_de,
            cls.company_de,
            "account.group_account_user",
        )

    def as_foreigner(self, records):
        return records.with_user(self.foreigner).with_context(
            allowed_company_ids=self.company_de.ids
        )

    def test_other_companies_set_up_is_not_seen(self):
        self.invoice((10.0,)).action_post()
        for model in (
            "finance.sync.tax.registration",
            "finance.sync.tax.template",
            "finance.sync.tax.key",
            "finance.sync.tax.detail",
        ):
            with self.subTest(model):
                records = self.as_foreigner(self.env[model]).search([])
                self.assertFalse(records.company_id - self.company_de)
                mine = self.env[model].search(
                    [("company_id", "=", self.company_us.id)], limit=1
                )
                self.assertTrue(mine)
                with self.assertRaises(AccessError):
                    self.as_foreigner(mine).read(["company_id"])

    def test_certificates_are_shared_unless_they_name_a_company(self):
        values = {"partner_id": self.customer.id, "company_id": self.company_us.id}
        exemptions = self.env["finance.sync.tax.exemption"]
        own = exemptions.create({**values, "number": "US"})
        shared = exemptions.create({**values, "number": "ALL", "company_id": False})
        self.assertEqual(self.as_foreigner(exemptions).search([]), shared)
        self.assertNotIn(own, self.as_foreigner(exemptions).search([]))

    def test_clerks_invoice_without_touching_the_set_up(self):
        move = self.invoice((90.0,), user=self.clerk)
        move.action_post()
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.finance_sync_tax_detail_ids.mapped("tax"), [6.53])
        for model in ("rate", "registration", "template", "key", "category"):
            record = self.env[f"finance.sync.tax.{model}"].search([], limit=1)
            with self.subTest(model), self.assertRaises(AccessError):
                record.with_user(self.clerk).unlink()
        with self.assertRaises(AccessError):
            move.finance_sync_tax_detail_ids.write({"tax": 0.0})

    def test_accountants_keep_rates_and_certificates(self):
        rate = self.env["finance.sync.tax.rate"].search([], limit=1)
        rate.with_user(self.accountant).write({"name": "Renamed"})
        self.env["finance.sync.tax.exemption"].with_user(self.accountant).create(
            {
                "partner_id": self.customer.id,
                "number": "X",
                "state_ids": [Command.set(self.ca.ids)],
                "country_id": self.us.id,
            }
        )
        template = self.env["finance.sync.tax.template"].search([], limit=1)
        with self.assertRaises(AccessError):
            template.with_user(self.accountant).action_draft()

    def test_branches_use_what_their_parents_set_up(self):
        branch = self.env["res.company"].create(
            {
                "name": "Branch",
                "parent_id": self.company_us.id,
                "country_id": self.us.id,
            }
        )
        # Odoo gives a branch its parent's chart when it commits.
        self.env.cr.precommit.run()
        self._address(branch.partner_id, "VA", "23219")
        user = make_user(
            self.env, "branch", branch, branch, "account.group_account_user"
        )
        moves = self.env["account.move"].with_user(user)
        move = moves.with_context(allowed_company_ids=branch.ids).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": TODAY,
                "invoice_line_ids": [Command.create(self._line_vals((90.0,)))],
            }
        )
        self.assertEqual(move.company_id, branch)
        self.assertEqual(move.finance_sync_tax_connection_id, self.rates)
        move.action_post()
        self.assertEqual((move.state, move.amount_tax), ("posted", 6.53))
        self.assertEqual(move.finance_sync_tax_detail_ids.company_id, branch)

    def test_auditors_read_and_change_nothing(self):
        self.invoice((10.0,)).action_post()
        for model in ("rate", "registration", "template", "key", "detail", "exemption"):
            records = self.env[f"finance.sync.tax.{model}"].with_user(self.auditor)
            with self.subTest(model):
                records.search([], limit=1).mapped("display_name")
                with self.assertRaises(AccessError):
                    records.create({})

    def test_certificates_are_part_of_a_partners_personal_data(self):
        self.env["finance.sync.tax.exemption"].create(
            {"partner_id": self.customer.id, "number": "CERT-7"}
        )
        requests = self.env["finance.sync.personal.request"].with_user(self.manager)
        request = requests.with_company(self.company_us)._request(
            "export", self.customer, "Letter of 3 May, verified by telephone."
        )
        (row,) = request.sudo()._more_rows()["exemptions.json"]
        self.assertEqual(row["number"], "CERT-7")
