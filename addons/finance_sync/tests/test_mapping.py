from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from psycopg2.errors import UniqueViolation

from .mapping_case import MappingCase

REASON = "The bank has renamed its codes."


class TestApproval(MappingCase):
    def test_the_life_of_a_version(self):
        mapping = self.make_mapping()
        self.assertEqual((mapping.state, mapping.version), ("draft", 1))
        mapping.action_submit()
        self.assertEqual(mapping.state, "submitted")
        mapping.with_user(self.approver).action_approve()
        self.assertEqual(mapping.state, "active")
        self.assertEqual(mapping.approved_by, self.approver)
        again = self.new_version(mapping, {"EURO": self.eur})
        self.assertEqual(again.version, 2)
        self.assertEqual(len(again.line_ids), 2)
        self.approve(again)
        self.assertEqual((mapping.state, again.state), ("retired", "active"))
        self.assertTrue(mapping.replaced)

    def test_no_contributor_approves(self):
        mapping = self.make_mapping(user=self.both)
        mapping.with_user(self.accountant).action_submit()
        with self.assertRaisesRegex(AccessError, "contributed"):
            mapping.with_user(self.both).action_approve()

    def test_who_edited_a_line_approves_nothing(self):
        for change in (
            lambda line: line.write({"note": "x"}),
            lambda line: line.create(
                {
                    "mapping_id": line.mapping_id.id,
                    "external_code": "EURO",
                    "currency_id": self.eur.id,
                }
            ),
            lambda line: line.unlink(),
            lambda line: line.mapping_id.write({"note": "Because."}),
        ):
            mapping = self.make_mapping({"A": self.usd, "B": self.env.ref("base.JPY")})
            change(mapping.line_ids[:1].with_user(self.both))
            mapping.action_submit()
            self.assertIn(self.both, mapping.contributor_ids)
            with self.assertRaises(AccessError):
                mapping.with_user(self.both).action_approve()
            mapping.action_draft()
            mapping._step().write({"submitted_at": False})
            mapping.unlink()

    def test_neither_the_superuser_nor_a_manager_approves(self):
        mapping = self.make_mapping()
        mapping.action_submit()
        for user in (self.manager, self.accountant, self.env.ref("base.user_root")):
            with self.assertRaises(AccessError):
                mapping.with_user(user).action_approve()
        with self.assertRaises(AccessError):
            mapping.sudo().with_user(self.env.ref("base.user_root")).action_approve()

    def test_the_screen_says_why_one_may_not_approve(self):
        mapping = self.make_mapping(user=self.both)
        mapping.with_user(self.both).action_submit()
        mine = mapping.with_user(self.both)
        self.assertFalse(mine.may_approve)
        self.assertIn("contributed", mine.approval_hint)
        theirs = mapping.with_user(self.approver)
        self.assertTrue(theirs.may_approve)
        self.assertFalse(theirs.approval_hint)

    def test_approval_needs_a_submission(self):
        with self.assertRaises(UserError):
            self.make_mapping().with_user(self.approver).action_approve()

    def test_an_empty_version_is_not_submitted(self):
        with self.assertRaisesRegex(UserError, "no lines"):
            self.make_mapping({}).action_submit()

    def test_refused_with_a_reason(self):
        mapping = self.make_mapping()
        mapping.action_submit()
        with self.assertRaises(UserError):
            mapping.with_user(self.approver)._refuse("no")
        mapping.with_user(self.approver)._refuse(REASON)
        self.assertEqual((mapping.state, mapping.reason), ("draft", REASON))

    def test_every_step_leaves_an_event(self):
        mapping = self.make_active()
        events = self.env["finance.sync.event"].search(
            [("subject", "=", f"finance.sync.mapping,{mapping.id}")], order="id"
        )
        self.assertEqual(
            [event.type.rpartition(".")[2] for event in events],
            ["submitted", "approved", "activated"],
        )
        self.assertEqual(
            events.mapped("actor_ref"),
            [self.accountant.id, self.approver.id, self.approver.id],
        )


class TestImmutable(MappingCase):
    def assert_fixed(self, mapping, user):
        mine = mapping.with_user(user)
        line = mine.line_ids[:1]
        for change in (
            lambda: mine.write({"note": "Other"}),
            lambda: mine.write({"date_from": "2020-01-01"}),
            lambda: mine.write({"line_ids": [Command.clear()]}),
            lambda: line.write({"external_code": "X"}),
            lambda: line.write({"currency_id": self.eur.id}),
            lambda: line.unlink(),
            lambda: line.create(
                {
                    "mapping_id": mapping.id,
                    "external_code": "NEW",
                    "currency_id": self.eur.id,
                }
            ),
            lambda: mine.unlink(),
        ):
            with self.assertRaises(UserError):
                change()

    def test_what_was_submitted_does_not_change(self):
        mapping = self.make_mapping()
        mapping.action_submit()
        for user in (self.accountant, self.manager, self.both):
            self.assert_fixed(mapping, user)
        mapping.with_user(self.approver).action_approve()
        self.assert_fixed(mapping, self.manager)
        with self.assertRaises(UserError):
            mapping.sudo().line_ids.write({"note": "by code"})
        self.approve(self.new_version(mapping))
        self.assertEqual(mapping.state, "retired")
        self.assert_fixed(mapping, self.manager)

    def test_states_are_nobodys_to_write(self):
        mapping = self.make_mapping()
        for vals in (
            {"state": "active"},
            {"approved_by": self.approver.id},
            {"contributor_ids": [Command.clear()]},
            {"version": 7},
            {"replaced": True},
        ):
            for context in ({}, {"finance_sync_mapping_step": True}):
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    mapping.with_context(**context).write(vals)
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    self.make_mapping(connection_id=self.connection.id, **vals)

    def test_a_line_neither_moves_nor_is_miscounted(self):
        line = self.make_mapping().line_ids
        other = self.make_mapping(connection_id=self.connection.id)
        for vals in ({"mapping_id": other.id}, {"counted": 9}):
            with self.assertRaises(AccessError):
                line.write(vals)

    def test_a_version_is_not_duplicated(self):
        with self.assertRaises(UserError):
            self.make_active().copy()

    def test_one_open_version_for_each_scope(self):
        self.make_mapping()
        with self.assertRaisesRegex(UserError, "worked on"):
            self.make_mapping()
        self.make_mapping(connection_id=self.connection.id)
        self.make_mapping(company_id=False)

    def test_the_database_lets_one_be_active(self):
        mapping = self.make_active()
        other = self.new_version(mapping)
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE finance_sync_mapping SET state = 'active' WHERE id = %s",
                [other.id],
            )


class TestLines(MappingCase):
    def test_codes_are_tidied(self):
        line = self.make_mapping({"  DOLLAR ": self.usd}).line_ids
        self.assertEqual(line.external_code, "DOLLAR")
        self.assertEqual(line.canonical_code, "USD")
        self.assertEqual(line.canonical_name, "USD")

    def test_a_code_means_one_thing(self):
        mapping = self.make_mapping()
        with self.assertRaisesRegex(ValidationError, "mapped twice"):
            mapping.line_ids = [
                Command.create({"external_code": "DOLLAR", "currency_id": self.eur.id})
            ]
        with self.assertRaisesRegex(ValidationError, "In Only"):
            mapping.line_ids = [
                Command.create({"external_code": "BUCK", "currency_id": self.usd.id})
            ]
        mapping.line_ids = [
            Command.create(
                {
                    "external_code": "BUCK",
                    "currency_id": self.usd.id,
                    "direction": "in",
                }
            )
        ]
        with self.assertRaisesRegex(ValidationError, "In Only"):
            mapping.line_ids[-1].direction = "both"

    def test_a_line_points_somewhere(self):
        for vals in (
            {"external_code": "X"},
            {"external_code": "X", "uom_id": self.env.ref("uom.product_uom_unit").id},
            {"external_code": " ", "currency_id": self.usd.id},
            {"external_code": "X\x07", "currency_id": self.usd.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.make_mapping({}).line_ids = [Command.create(vals)]
            self.mappings.search([("state", "=", "draft")]).sudo().unlink()

    def test_another_companys_record_is_refused(self):
        term = self.env["account.payment.term"].create(
            {"name": "German", "company_id": self.company_de.id}
        )
        line = Command.create({"external_code": "30", "payment_term_id": term.id})
        for company in (self.company_us, self.env["res.company"]):
            with self.assertRaisesRegex(ValidationError, "belongs to one company"):
                self.make_mapping(
                    kind="payment_term", company_id=company.id, line_ids=[line]
                )

    def test_a_connection_that_does_not_serve_the_company(self):
        self.connection.company_ids = self.company_us
        with self.assertRaisesRegex(ValidationError, "does not serve"):
            self.make_mapping(
                company_id=self.company_de.id, connection_id=self.connection.id
            )

    def test_an_index_stands_behind_the_checks(self):
        self.env.cr.execute(
            "SELECT indexname FROM pg_indexes WHERE indexname LIKE"
            " 'finance_sync_mapping%%' AND indexdef LIKE '%%UNIQUE%%'"
        )
        self.assertLessEqual(
            {
                "finance_sync_mapping_version",
                "finance_sync_mapping_one_active",
                "finance_sync_mapping_one_open",
                "finance_sync_mapping_line_external",
                "finance_sync_mapping_line_canonical",
            },
            {row[0] for row in self.env.cr.fetchall()},
        )


class TestTranslate(MappingCase):
    def test_both_ways(self):
        mapping = self.make_active({"DOLLAR": self.usd, "EURO": self.eur})
        result = self.translate("EURO", "DOLLAR", "YEN")
        self.assertEqual(result.values, {"EURO": self.eur, "DOLLAR": self.usd})
        self.assertEqual(result.missing, ["YEN"])
        self.assertEqual(result.versions, {"currency": 1})
        self.assertEqual(result.mappings, mapping)
        result = self.translate("EUR", "JPY", direction="out")
        self.assertEqual(result.values, {"EUR": "EURO"})
        self.assertEqual(result.missing, ["JPY"])
        result = self.mappings._translate(
            self.connection,
            "currency",
            self.eur | self.usd,
            company=self.company_us,
            direction="out",
        )
        self.assertEqual(result.values, {self.eur: "EURO", self.usd: "DOLLAR"})

    def test_drafts_do_not_count(self):
        mapping = self.make_mapping()
        self.assertFalse(self.translate("DOLLAR").values)
        mapping.action_submit()
        self.assertFalse(self.translate("DOLLAR").values)

    def test_the_nearest_scope_wins_code_by_code(self):
        branch = self.env["res.company"].create(
            {"name": "Maple Boston", "parent_id": self.company_us.id}
        )
        for user in (self.accountant, self.approver):
            user.company_ids |= branch
        companies = (self.companies | branch).ids
        self.mappings = self.mappings.with_context(allowed_company_ids=companies)
        jpy = self.env.ref("base.JPY")
        jpy.active = True
        chf = self.env.ref("base.CHF")
        chf.active = True
        self.make_active({"A": jpy, "B": chf, "C": self.usd}, company_id=False)
        self.make_active({"A": self.eur, "B": self.usd})
        self.make_active({"A": jpy}, connection_id=self.connection.id)
        self.make_active({"A": chf}, company_id=branch.id)
        expected = {
            branch: [chf, self.usd, self.usd],
            self.company_us: [jpy, self.usd, self.usd],
        }
        for company, values in expected.items():
            result = self.translate("A", "B", "C", company=company)
            self.assertEqual([result.values[code] for code in "ABC"], values)
        other = self.mappings._translate(
            None, "currency", ["A"], company=self.company_us
        )
        self.assertEqual(other.values["A"], self.eur)
        german = self.translate("A", company=self.company_de)
        self.assertEqual(german.values["A"], jpy)

    def test_what_is_archived_is_not_used(self):
        partner = self.env["res.partner"].create({"name": "Gone", "active": False})
        self.make_active(
            kind="partner",
            line_ids=[Command.create({"external_code": "7", "partner_id": partner.id})],
        )
        result = self.mappings._translate(
            self.connection, "partner", ["7"], company=self.company_us
        )
        self.assertEqual(result.missing, ["7"])
        self.assertIn("archived", result.reasons["7"])

    def test_a_group_default_finds_each_companys_own(self):
        terms = {
            company: self.env["account.payment.term"].create(
                {"name": "Sixty", "company_id": company.id}
            )
            for company in self.companies
        }
        self.make_active(
            kind="payment_term",
            company_id=False,
            line_ids=[
                Command.create({"external_code": "60", "canonical_code": "Sixty"})
            ],
        )
        for company, term in terms.items():
            result = self.mappings._translate(
                self.connection, "payment_term", ["60"], company=company
            )
            self.assertEqual(result.values, {"60": term})
            result = self.mappings._translate(
                self.connection, "payment_term", term, company=company, direction="out"
            )
            self.assertEqual(result.values, {term: "60"})
        terms[self.company_us].copy({"name": "Sixty"}).name = "Sixty"
        result = self.mappings._translate(
            self.connection, "payment_term", ["60"], company=self.company_us
        )
        self.assertIn("several", result.reasons["60"])

    def test_queries_do_not_grow_with_codes(self):
        codes = [f"C{number}" for number in range(200)]
        self.make_active(
            line_ids=[
                Command.create(
                    {
                        "external_code": code,
                        "currency_id": self.usd.id,
                        "direction": "in",
                    }
                )
                for code in codes
            ]
        )
        self.env.flush_all()

        def queries(count):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.translate(*codes[:count]).values), count)
            return self.env.cr.sql_log_count - before

        queries(2)
        self.assertLessEqual(queries(200), queries(2))

    def test_use_is_counted(self):
        mapping = self.make_active({"DOLLAR": self.usd, "EURO": self.eur})
        dollar, euro = mapping.line_ids.sorted("external_code")
        for _turn in range(3):
            self.translate("DOLLAR", "YEN")
        self.assertEqual((dollar.usage_count, euro.usage_count), (3, 0))
        self.env["finance.sync.mapping.use"]._cron_count()
        self.translate("DOLLAR")
        mapping.line_ids.invalidate_recordset()
        self.assertEqual((dollar.counted, dollar.usage_count), (3, 4))
        self.assertTrue(dollar.last_used)
        self.assertFalse(euro.last_used)
