import base64
import json

from odoo import Command
from odoo.addons.finance_sync.core.canonical import canonical_json
from odoo.addons.finance_sync.core.signing import SigningKey, generate_key
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .common import FinanceSyncCase, conf, make_user

THEIRS = generate_key()


class PackageCase(FinanceSyncCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(conf(self.env, signing_key=THEIRS))
        self.connection = self.env["finance.sync.connection"].create(
            {
                "name": "Echo",
                "key": "echo",
                "environment": "test",
                "base_url": "https://test.example.com",
                "company_ids": [Command.set(self.company_us.ids)],
                "owner_id": self.accountant.id,
                "user_line_ids": [
                    Command.create(
                        {
                            "company_id": self.company_us.id,
                            "user_id": self.worker.id,
                            "external_code": "MAPLE",
                        }
                    )
                ],
                "secret": "open sesame",
                "secret_ref": "env:ECHO",
                "auth_user": "maple",
                "retry_cap": 1800.5,
            }
        )
        self.packages = self.env["finance.sync.package"].with_user(self.manager)
        key = (
            self.env["finance.sync.package.key"]
            .with_user(self.manager)
            .create({"name": "Test", "public_key": SigningKey(THEIRS).public})
        )
        key.with_user(self.approver).action_approve()
        self.trusted = key

    def export(self, companies=None, **values):
        companies = companies or self.company_us
        wizard = (
            self.env["finance.sync.package.export"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Set-up",
                    "company_ids": [Command.set(companies.ids)],
                    "connection_ids": [Command.set(self.connection.ids)],
                    **values,
                }
            )
        )
        action = wizard.action_export()
        return self.packages.browse(action["res_id"])

    def file(self, package=None):
        return base64.b64decode((package or self.export()).file)

    def imported(self, change=None, text=None):
        """A package as it comes from another database that differs by ``change``."""
        envelope = json.loads(text or self.file())
        if change:
            change(envelope["body"])
            body = canonical_json(envelope["body"]).encode()
            envelope["signature"]["value"] = SigningKey(THEIRS).sign(body)
        return self.packages._read_file(json.dumps(envelope).encode())

    def apply(self, package):
        package.with_user(self.manager).action_submit()
        package.with_user(self.approver).action_approve()

    def set(self, **values):
        def change(body):
            body["records"]["finance.sync.connection"]["echo"].update(values)

        return change

    def events(self, package):
        return [
            event.type.rpartition(".")[2]
            for event in self.env["finance.sync.event"].search(
                [("subject", "=", f"{package._name},{package.id}")], order="id"
            )
        ]


class TestPackage(PackageCase):
    def test_no_secret_travels(self):
        text = self.file().decode()
        for secret in ("open sesame", "env:ECHO", "secret", '"maple"'):
            self.assertNotIn(secret, text)
        self.assertIn("https://test.example.com", text)
        self.assertIn('"retry_cap":"1800.5"', text)

    def test_the_same_set_up_is_the_same_file(self):
        self.assertEqual(self.file(), self.file())

    def test_an_export_is_on_record(self):
        package = self.export()
        self.assertEqual(package.state, "done")
        self.assertEqual(self.events(package), ["exported"])

    def test_nothing_differs_in_the_database_it_comes_from(self):
        package = self.imported()
        self.assertEqual(package.trust, "trusted")
        self.assertEqual(set(package.line_ids.mapped("kind")), {"unchanged"})
        with self.assertRaisesRegex(UserError, "nothing to change"):
            package.action_submit()

    def test_a_changed_limit_is_approved_and_applied(self):
        self.connection.sudo().state = "active"
        package = self.imported(self.set(rate_burst=3, retry_cap="900"))
        rows = package.line_ids.filtered(lambda line: line.kind == "changed")
        self.assertEqual(
            [(r.field_name, r.before, r.after) for r in rows],
            [("rate_burst", "10", "3"), ("retry_cap", "1800.5", "900")],
        )
        self.apply(package)
        self.assertEqual(package.state, "applied")
        self.assertEqual(self.connection.rate_burst, 3)
        self.assertEqual(self.connection.retry_cap, 900)
        self.assertEqual(self.connection.state, "active")
        self.assertTrue(self.connection.has_secret)
        self.assertEqual(self.events(package), ["submitted", "applied"])

    def test_roll_back(self):
        package = self.imported(self.set(rate_burst=3))
        self.apply(package)
        rollback = self.packages.browse(package.action_rollback()["res_id"])
        self.assertEqual(rollback.origin, "rollback")
        with self.assertRaisesRegex(UserError, "waits already"):
            package.action_rollback()
        self.apply(rollback)
        self.assertEqual(self.connection.rate_burst, 10)
        self.assertEqual(package.state, "rolled_back")
        self.assertEqual(self.events(package)[-1], "rolled_back")

    def test_a_new_connection_arrives_as_a_draft_without_secrets(self):
        def change(body):
            records = body["records"]
            values = records["finance.sync.connection"].pop("echo")
            records["finance.sync.connection"]["new"] = {**values, "key": "new"}
            users = records["finance.sync.connection.user"]
            key, user = users.popitem()
            users[key.replace("echo", "new")] = {**user, "connection_id": "new"}

        package = self.imported(change)
        self.assertEqual(package.added_count, 2)
        self.apply(package)
        new = self.env["finance.sync.connection"].search([("key", "=", "new")])
        self.assertEqual(new.state, "draft")
        self.assertFalse(new.has_secret)
        self.assertEqual(new.user_line_ids.user_id, self.worker)
        self.assertEqual(new.base_url, "https://test.example.com")
        rollback = self.packages.browse(package.action_rollback()["res_id"])
        self.assertEqual(rollback.removed_count, 2)
        self.apply(rollback)
        self.assertFalse(new.active)

    def test_the_address_of_a_known_connection_is_its_own(self):
        package = self.imported(
            self.set(
                base_url="https://evil.example.com",
                environment="production",
                rate_burst=3,
            )
        )
        self.assertEqual(
            package.line_ids.filtered(lambda x: x.kind == "changed").mapped(
                "field_name"
            ),
            ["rate_burst"],
        )

    def test_another_provider_pauses_a_connection(self):
        self.connection.sudo().state = "active"
        self.connection.with_user(
            self.env.ref("base.user_root")
        )._finance_sync_package_update({"base_url": "https://b.example.com"})
        # It has been active, so a plain write would only ask for a change.
        self.assertEqual(self.connection.state, "paused")

    # -- Trust

    def test_a_changed_file_is_refused(self):
        envelope = json.loads(self.file())
        envelope["body"]["records"]["finance.sync.connection"]["echo"]["rate_burst"] = 3
        package = self.imported(text=json.dumps(envelope))
        self.assertEqual(package.trust, "broken")
        with self.assertRaisesRegex(UserError, "changed after it was signed"):
            package.action_submit()

    def test_a_key_that_is_not_trusted_is_refused(self):
        package = self.imported(self.set(rate_burst=3))
        package.action_submit()
        self.trusted.with_user(self.manager).action_revoke()
        with self.assertRaisesRegex(UserError, "not trusted"):
            package.with_user(self.approver).action_approve()
        self.assertEqual(self.connection.rate_burst, 10)

    def test_a_key_is_approved_by_somebody_else(self):
        key = (
            self.env["finance.sync.package.key"]
            .with_user(self.manager)
            .create({"name": "New", "public_key": SigningKey(generate_key()).public})
        )
        with self.assertRaises(AccessError):
            key.action_approve()
        with self.assertRaises(AccessError):
            self.env["finance.sync.package.key"].browse(key.id).action_approve()
        with self.assertRaises(AccessError):
            key.write({"state": "trusted"})
        with self.assertRaises(AccessError):
            key.create({"name": "x", "public_key": "y", "state": "trusted"})
        key.with_user(self.approver).action_approve()
        self.assertEqual(key.state, "trusted")

    def test_what_is_no_package_is_told(self):
        for text in (b"", b"{}", b"[]", b"\xff", b'{"body": {}, "signature": {}}'):
            with self.subTest(text=text), self.assertRaisesRegex(UserError, "package"):
                self.packages._read_file(text)

    # -- Segregation

    def test_the_importer_approves_nothing(self):
        both = make_user(
            self.env,
            "both",
            self.company_us,
            self.companies,
            "base.group_user",
            "finance_sync.group_manager",
            "finance_sync.group_approver",
        )
        package = self.imported(self.set(rate_burst=3)).with_user(both)
        package.sudo().requested_by = both
        package.action_submit()
        with self.assertRaisesRegex(UserError, "second person"):
            package.action_approve()
        with self.assertRaises(AccessError):
            package.with_user(self.manager).action_approve()
        with self.assertRaises(AccessError):
            self.env["finance.sync.package"].browse(package.id).action_approve()
        self.assertEqual(self.connection.rate_burst, 10)

    def test_an_approver_sees_all_companies_that_it_changes(self):
        self.connection.company_ids = self.companies
        package = self.imported(self.set(rate_burst=3))
        package.action_submit()
        stranger = make_user(
            self.env,
            "de-approver",
            self.company_de,
            self.company_de,
            "base.group_user",
            "finance_sync.group_approver",
        )
        with self.assertRaisesRegex(AccessError, "Maple"):
            package.with_user(stranger).with_context(
                allowed_company_ids=self.company_de.ids
            ).action_approve()

    def test_what_was_approved_is_what_is_done(self):
        package = self.imported(self.set(rate_burst=3))
        package.action_submit()
        self.connection.rate_burst = 4
        with self.assertRaisesRegex(UserError, "has changed since"):
            package.with_user(self.approver).action_approve()
        package.with_user(self.approver).action_refuse()
        self.assertEqual(package.state, "refused")

    def test_nobody_forges_a_package(self):
        package = self.imported(self.set(rate_burst=3))
        for values in ({"state": "submitted"}, {"content": "{}"}, {"trust": "here"}):
            with self.assertRaises(AccessError):
                package.write(values)
        with self.assertRaises(AccessError):
            self.packages.create({"name": "x", "origin": "clone", "content": "{}"})
        with self.assertRaises(AccessError):
            package.line_ids[:1].write({"after": "4"})
        package.action_submit()
        with self.assertRaises(UserError):
            package.line_ids[:1].skip = True

    # -- Problems

    def test_an_unknown_user_is_a_problem_until_left_out(self):
        def change(body):
            (user,) = body["records"]["finance.sync.connection.user"].values()
            user["user_id"] = "nobody@example.com"
            body["records"]["finance.sync.connection"]["echo"]["rate_burst"] = 3
            # As if the line were new here.
            self.connection.user_line_ids.unlink()

        package = self.imported(change)
        problem = package.line_ids.filtered("problem")
        self.assertIn("nobody@example.com", problem.problem)
        self.assertTrue(problem.advice)
        with self.assertRaisesRegex(UserError, "problems"):
            package.action_submit()
        package.line_ids.filtered("problem").skip = True
        self.assertFalse(package.problem_count)
        self.apply(package)
        self.assertEqual(self.connection.rate_burst, 3)
        self.assertFalse(self.connection.user_line_ids)

    def test_a_company_unknown_here_is_chosen(self):
        self.company_us.vat = False
        text = self.file()
        self.company_us.name = "Maple Trading Incorporated"
        package = self.imported(text=text)
        self.assertIn(
            "Maple Trading Inc.", package.line_ids.filtered("problem").problem
        )
        package.company_line_ids.company_id = self.company_us
        package.action_review()
        self.assertFalse(package.problem_count)
        self.assertEqual(set(package.line_ids.mapped("kind")), {"unchanged"})

    def test_it_is_all_or_nothing(self):
        package = self.imported(self.set(rate_burst=3, retry_base="9999"))
        package.action_submit()
        # The database's own check, which no screen comes before here.
        with (
            self.assertRaisesRegex(Exception, "retry"),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            package.with_user(self.approver).action_approve()
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.rate_burst, 10)


class TestClone(PackageCase):
    def clone(self, **values):
        return (
            self.env["finance.sync.entity.clone"]
            .with_user(self.manager)
            .create(
                {
                    "source_company_id": self.company_us.id,
                    "company_id": self.company_de.id,
                    **values,
                }
            )
        )

    def test_sharing_adds_the_entity_to_the_connection(self):
        package = self.packages.browse(self.clone().action_clone()["res_id"])
        self.assertEqual((package.origin, package.state), ("clone", "draft"))
        self.apply(package)
        self.assertEqual(self.connection.company_ids, self.companies)
        line = self.connection.user_line_ids.filtered(
            lambda x: x.company_id == self.company_de
        )
        self.assertEqual(line.user_id, self.worker)
        self.assertFalse(line.external_code)

    def test_copies_are_drafts_of_their_own(self):
        wizard = self.clone(connection_policy="copy")
        package = self.packages.browse(wizard.action_clone()["res_id"])
        self.apply(package)
        copy = self.env["finance.sync.connection"].search(
            [("company_ids", "=", self.company_de.id)]
        )
        self.assertEqual(copy.state, "draft")
        self.assertFalse(copy.has_secret)
        self.assertEqual(copy.user_line_ids.company_id, self.company_de)
        self.assertEqual(self.connection.company_ids, self.company_us)

    def test_the_preview_matches_by_name(self):
        wizard = self.clone()
        wizard.action_preview()
        found = {line.name: line.found for line in wizard.line_ids}
        self.assertEqual(found[self.worker.login], self.worker.display_name)
        self.assertEqual(wizard.unresolved_count, 0)

    def test_two_different_companies(self):
        with self.assertRaises(UserError):
            self.clone(company_id=self.company_us.id).action_clone()
