"""Import, export, comparison and “Map It”."""

import base64

from odoo import Command
from odoo.addons.finance_sync.core.mapping_file import COLUMNS
from odoo.addons.finance_sync.core.table_file import read, write_csv, write_xlsx
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .mapping_case import MappingCase

HEADER = ("external_code", "canonical_code", "direction")
REASON = "The bank has renamed its codes."


class TestImport(MappingCase):
    def wizard(self, *rows, write=write_csv, header=HEADER, **values):
        data = write(header, rows)
        return (
            self.env["finance.sync.mapping.import"]
            .with_user(self.accountant)
            .create(
                {
                    "kind": "currency",
                    "company_id": self.company_us.id,
                    "file": base64.b64encode(data),
                    **values,
                }
            )
        )

    def apply(self, wizard):
        action = wizard.action_apply()
        self.assertEqual(action["res_model"], "finance.sync.mapping", wizard.line_ids)
        return self.mappings.browse(action["res_id"])

    def test_a_new_mapping(self):
        for write in (write_csv, write_xlsx):
            wizard = self.wizard(
                ("DOLLAR", "USD", ""), ("BUCK", "USD", "in"), write=write
            )
            wizard.action_check()
            self.assertEqual((wizard.create_count, wizard.error_count), (2, 0))
            self.assertFalse(self.mappings.search([("kind", "=", "currency")]))
            mapping = self.apply(wizard)
            self.assertEqual(mapping.state, "draft")
            self.assertIn(self.accountant, mapping.contributor_ids)
            self.assertEqual(mapping.line_ids.currency_id, self.usd)
            mapping.unlink()

    def test_every_bad_row_is_told(self):
        wizard = self.wizard(
            ("A", "USD", ""), ("B", "XXX", ""), ("", "EUR", ""), ("C", "EUR", "up")
        )
        wizard.action_check()
        self.assertEqual(
            [(line.row, line.column) for line in wizard.error_ids],
            [(3, "canonical_code"), (4, "external_code"), (5, "direction")],
        )
        self.assertEqual(wizard.row_count, 4)
        action = wizard.action_apply()
        self.assertEqual(action["res_model"], wizard._name)
        self.assertFalse(self.mappings.search([("kind", "=", "currency")]))

    def test_a_version_in_force_gets_a_new_version(self):
        active = self.make_active({"A": self.usd, "B": self.eur})
        yen = self.env.ref("base.JPY")
        yen.active = True
        rows = (("A", "JPY", ""), ("C", "USD", ""))
        wizard = self.wizard(*rows)
        wizard.action_check()
        self.assertEqual(
            (wizard.create_count, wizard.update_count, wizard.remove_count), (1, 1, 0)
        )
        mapping = self.apply(wizard)
        self.assertEqual(mapping.version, 2)
        self.assertEqual(
            {line.external_code: line.currency_id for line in mapping.line_ids},
            {"A": yen, "B": self.eur, "C": self.usd},
        )
        self.assertEqual(len(active.line_ids), 2)
        replace = self.wizard(*rows, mode="replace")
        replace.action_check()
        self.assertEqual((replace.remove_count, replace.unchanged_count), (1, 2))
        self.assertEqual(self.apply(replace), mapping)
        self.assertEqual(set(mapping.line_ids.mapped("external_code")), {"A", "C"})

    def test_the_group_names_what_companies_have(self):
        for company in self.companies:
            self.env["account.payment.term"].create(
                {"name": "Sixty", "company_id": company.id}
            )
        wizard = self.wizard(
            ("60", "Sixty", ""),
            ("61", "Nowhere", ""),
            kind="payment_term",
            company_id=False,
        )
        wizard.action_check()
        self.assertEqual(
            [(line.value, line.message) for line in wizard.error_ids],
            [("Nowhere", "There is no such record here.")],
        )
        wizard.file = base64.b64encode(write_csv(HEADER, [("60", "Sixty", "")]))
        line = self.apply(wizard).line_ids
        self.assertEqual(
            (line.canonical_code, line.payment_term_id.id), ("Sixty", False)
        )

    def test_what_is_exported_is_imported_unchanged(self):
        mapping = self.make_active({"A": self.usd, "B": self.eur})
        for file_format in ("csv", "xlsx"):
            data = mapping._export(file_format)
            wizard = self.wizard(file=base64.b64encode(data), mode="replace")
            wizard.action_check()
            self.assertEqual((wizard.unchanged_count, wizard.error_count), (2, 0))
            self.assertFalse(wizard.effect_ids)

    def test_whoever_reads_exports(self):
        mapping = self.make_active()
        action = mapping.with_user(self.auditor).action_export_csv()
        wizard_id = int(action["url"].split("/")[4])
        wizard = self.env["finance.sync.mapping.export"].browse(wizard_id)
        table = read(base64.b64decode(wizard.file), HEADER, COLUMNS)
        self.assertEqual(table.rows[0].cells["external_code"], "DOLLAR")

    def test_clerks_and_approvers_import_nothing(self):
        for user in (self.clerk, self.approver, self.auditor):
            with self.assertRaises(AccessError):
                self.wizard().with_user(user).action_check()

    def test_ten_thousand_lines(self):
        rows = [(f"C{number}", "USD", "in") for number in range(10_000)]
        mapping = self.apply(self.wizard(*rows))
        self.assertEqual(mapping.line_count, 10_000)
        self.approve(mapping)
        again = self.new_version(mapping, {"EURO": self.eur})
        found = again._difference(mapping)
        self.assertEqual((len(found.added), found.unchanged), (1, 10_000))
        self.assertEqual(self.translate("C9999").values, {"C9999": self.usd})


class TestCompare(MappingCase):
    def test_added_removed_changed(self):
        old = self.make_active({"A": self.usd, "B": self.eur})
        new = self.new_version(old)
        line_a, line_b = new.line_ids.sorted("external_code")
        line_b.unlink()
        line_a.currency_id = self.eur
        new.line_ids = [
            Command.create({"external_code": "C", "currency_id": self.usd.id})
        ]
        action = new.with_user(self.approver).action_compare()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.other_id, old)
        self.assertEqual(
            [
                (line.change, line.external_code, line.before, line.after)
                for line in wizard.line_ids
            ],
            [
                ("changed", "A", "USD", "EUR"),
                ("removed", "B", "EUR", False),
                ("added", "C", False, "USD"),
            ],
        )

    def test_the_first_version_is_all_new(self):
        action = self.make_mapping().action_compare()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((wizard.added_count, wizard.unchanged_count), (1, 0))


class TestDecide(MappingCase):
    def decide(self, mapping, decision, **values):
        action = getattr(mapping.with_user(self.approver), f"action_{decision}")()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.approver)
            .with_context(**action["context"])
            .create(values)
        )
        return wizard.action_decide()

    def test_refuse(self):
        mapping = self.make_mapping()
        mapping.action_submit()
        with self.assertRaises(UserError):
            self.decide(mapping, "refuse")
        self.decide(mapping, "refuse", reason=REASON)
        self.assertEqual(mapping.state, "draft")

    def test_roll_back_and_retire(self):
        first = self.make_active({"A": self.usd})
        second = self.new_version(first)
        second.line_ids.currency_id = self.eur
        self.approve(second)
        action = self.decide(first, "roll_back", reason=REASON)
        third = self.mappings.browse(action["res_id"])
        self.assertEqual((third.version, third.state), (3, "active"))
        self.decide(third, "retire", reason=REASON)
        self.assertEqual(third.state, "retired")

    def test_only_approvers(self):
        mapping = self.make_active()
        with self.assertRaises(AccessError):
            self.env["finance.sync.mapping.decide"].with_user(self.manager).create(
                {"mapping_id": mapping.id, "decision": "retire", "reason": REASON}
            )


class TestMapIt(MappingCase):
    def setUp(self):
        super().setUp()
        self.exchange, self.seen = self.receive("M1", "DOLLAR", "EURO")
        self.run_job(self.exchange)
        self.holds = self.exchange.unmapped_hold_ids.sorted("mapping_code")

    def wizard(self, holds, user=None, **values):
        action = holds.with_user(user or self.accountant).action_map()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard = wizard.with_user(user or self.accountant)
        wizard.write(values)
        return wizard

    def test_mapped_approved_and_replayed(self):
        wizard = self.wizard(self.holds)
        self.assertTrue(wizard.submit)
        for line, record in zip(wizard.line_ids, (self.usd, self.eur), strict=True):
            line.currency_id = record
        mapping = self.mappings.browse(wizard.action_map()["res_id"])
        self.assertEqual(mapping.state, "submitted")
        self.assertEqual(mapping.company_id, self.company_us)
        self.assertEqual(mapping.connection_id, self.connection)
        mapping.with_user(self.approver).action_approve()
        self.settle()
        self.run_job(self.exchange)
        self.assertEqual(self.exchange.state, "done")
        self.assertEqual(self.seen, {"DOLLAR": self.usd, "EURO": self.eur})
        self.assertEqual(set(self.holds.mapped("state")), {"resolved"})

    def test_what_is_in_force_is_kept(self):
        self.make_active({"YEN": self.eur}, connection_id=self.connection.id)
        wizard = self.wizard(self.holds[0])
        wizard.line_ids.currency_id = self.usd
        mapping = self.mappings.browse(wizard.action_map()["res_id"])
        self.assertEqual(mapping.version, 2)
        self.assertEqual(
            set(mapping.line_ids.mapped("external_code")), {"DOLLAR", "YEN"}
        )

    def test_for_the_whole_group_and_any_connection(self):
        wizard = self.wizard(self.holds[0], for_group=True, any_connection=True)
        wizard.line_ids.currency_id = self.usd
        mapping = self.mappings.browse(wizard.action_map()["res_id"])
        self.assertFalse(mapping.company_id or mapping.connection_id)

    def test_a_second_code_for_the_same_only_comes_in(self):
        self.make_active({"USDOLLAR": self.usd})
        wizard = self.wizard(self.holds[0])
        wizard.line_ids.currency_id = self.usd
        mapping = self.mappings.browse(wizard.action_map()["res_id"])
        self.assertEqual(mapping.line_ids.direction, "in")

    def test_somebody_elses_draft_is_not_submitted_unasked(self):
        self.make_mapping(
            {"YEN": self.eur}, user=self.manager, connection_id=self.connection.id
        )
        wizard = self.wizard(self.holds[0])
        self.assertFalse(wizard.submit)
        self.assertIn("Manager", wizard.draft_hint)
        wizard.line_ids.currency_id = self.usd
        mapping = self.mappings.browse(wizard.action_map()["res_id"])
        self.assertEqual(mapping.state, "draft")
        self.assertEqual(mapping.contributor_ids, self.manager | self.accountant)

    def test_a_submitted_version_takes_it_in(self):
        mapping = self.make_mapping(
            {"YEN": self.eur}, user=self.manager, connection_id=self.connection.id
        )
        mapping.action_submit()
        wizard = self.wizard(self.holds[0])
        wizard.line_ids.currency_id = self.usd
        wizard.action_map()
        self.assertEqual(mapping.state, "submitted")
        self.assertEqual(len(mapping.line_ids), 2)

    def test_nothing_chosen(self):
        with self.assertRaisesRegex(UserError, "Say for each"):
            self.wizard(self.holds).action_map()
        with self.assertRaises(UserError):
            self.wizard(self.holds.browse())

    def test_clerks_map_nothing(self):
        with self.assertRaises(AccessError):
            self.wizard(self.holds, user=self.clerk)

    def test_the_form_of_a_draft(self):
        with Form(self.mappings.with_user(self.accountant)) as form:
            form.kind = "currency"
            form.company_id = self.company_us
            with form.line_ids.new() as line:
                line.external_code = "DOLLAR"
                line.currency_id = self.usd
                self.assertEqual(line.canonical_code, "USD")
        mapping = form.record if hasattr(form, "record") else None
        mapping = mapping or self.mappings.search([], order="id desc", limit=1)
        self.assertEqual(mapping.line_ids.currency_id, self.usd)
