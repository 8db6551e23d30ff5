"""Mappings travel in packages, and arrive as versions of their own."""

from odoo import Command
from odoo.exceptions import UserError

from .test_package import PackageCase

LINES = "finance.sync.mapping.line"


class TestMappingPackage(PackageCase):
    def setUp(self):
        super().setUp()
        self.usd, self.eur = self.env.ref("base.USD"), self.env.ref("base.EUR")
        self.mappings = self.env["finance.sync.mapping"]
        self.first = self.mappings.with_user(self.accountant).create(
            {
                "kind": "currency",
                "company_id": self.company_us.id,
                "connection_id": self.connection.id,
                "date_from": "2026-01-01",
                "line_ids": [
                    Command.create({"external_code": code, "currency_id": currency.id})
                    for code, currency in (("DOLLAR", self.usd), ("EURO", self.eur))
                ],
            }
        )
        self.first.action_submit()
        self.first.with_user(self.approver).action_approve()

    def in_force(self):
        return self.mappings.search(
            [("kind", "=", "currency"), ("state", "=", "active")]
        )

    def codes(self, mapping):
        return {line.external_code: line.currency_id.name for line in mapping.line_ids}

    def other_lines(self, body):
        """One line more, one less, one that means something else."""
        lines = body["records"][LINES]
        dollar = next(key for key in lines if key.endswith("in DOLLAR"))
        euro = next(key for key in lines if key.endswith("in EURO"))
        lines[euro.replace("EURO", "BUCK")] = {
            **lines.pop(euro),
            "external_code": "BUCK",
        }
        lines[dollar].update(external_name="Greenback", direction="in")

    def test_nothing_differs_where_it_comes_from(self):
        package = self.imported()
        lines = package.line_ids.filtered(lambda x: x.model.startswith(LINES[:-5]))
        self.assertEqual(set(lines.mapped("kind")), {"unchanged"})
        self.assertEqual(len(lines), 3)

    def test_what_differs_is_a_version_of_its_own(self):
        package = self.imported(self.other_lines)
        kinds = sorted(
            line.kind for line in package.line_ids.filtered(lambda x: x.model == LINES)
        )
        self.assertEqual(set(kinds), {"added", "changed", "removed"})
        self.apply(package)
        self.env.invalidate_all()
        second = self.in_force()
        self.assertEqual(self.codes(second), {"DOLLAR": "USD", "BUCK": "EUR"})
        self.assertEqual(
            second.line_ids.filtered(
                lambda x: x.external_code == "DOLLAR"
            ).external_name,
            "Greenback",
        )
        self.assertEqual((second.version, second.package_id), (2, package))
        self.assertEqual(second.predecessor_id, self.first)
        self.assertEqual(second.date_from, self.first.date_from)
        self.assertEqual(self.codes(self.first), {"DOLLAR": "USD", "EURO": "EUR"})

    def test_who_decided_is_who_decided_on_the_package(self):
        package = self.imported(self.other_lines)
        self.apply(package)
        second = self.in_force()
        self.assertEqual(second.submitted_by, package.submitted_by)
        self.assertEqual(second.approved_by, package.approved_by)
        self.assertEqual(second.contributor_ids, package.submitted_by)
        self.assertNotIn(second.approved_by, second.contributor_ids)

    def test_rolled_back_by_another_version(self):
        package = self.imported(self.other_lines)
        self.apply(package)
        undo = package.with_user(self.manager).action_rollback()
        self.apply(self.packages.browse(undo["res_id"]))
        self.env.invalidate_all()
        third = self.in_force()
        self.assertEqual(third.version, 3)
        self.assertEqual(self.codes(third), {"DOLLAR": "USD", "EURO": "EUR"})

    def test_a_scope_that_is_new_here_and_its_rollback(self):
        text = self.file()
        self.first.with_user(self.approver)._retire_by_hand("Not needed here at all.")
        package = self.imported(text=text)
        self.apply(package)
        self.env.invalidate_all()
        self.assertEqual(self.codes(self.in_force()), self.codes(self.first))
        undo = package.with_user(self.manager).action_rollback()
        self.apply(self.packages.browse(undo["res_id"]))
        self.assertFalse(self.in_force())
        self.assertFalse(
            self.mappings.search([("state", "=", "draft")]), "an empty draft is left"
        )

    def test_work_that_is_going_on_is_not_overtaken(self):
        package = self.imported(self.other_lines)
        self.first.with_user(self.accountant)._new_version()
        package.action_submit()
        with self.assertRaisesRegex(UserError, "being worked on"):
            package.with_user(self.approver).action_approve()
        self.assertEqual(self.in_force(), self.first)

    def test_a_new_entity_gets_its_own(self):
        wizard = (
            self.env["finance.sync.entity.clone"]
            .with_user(self.manager)
            .create(
                {
                    "source_company_id": self.company_us.id,
                    "company_id": self.company_de.id,
                }
            )
        )
        self.apply(self.packages.browse(wizard.action_clone()["res_id"]))
        own = self.in_force().filtered(lambda m: m.company_id == self.company_de)
        self.assertEqual(self.codes(own), self.codes(self.first))

    def test_objectives_travel(self):
        slo = self.env["finance.sync.slo"].create(
            {"name": "In time", "company_id": self.company_us.id, "minutes": 30}
        )
        text = self.file()
        slo.minutes = 5
        self.apply(self.imported(text=text))
        self.assertEqual(slo.minutes, 30)
