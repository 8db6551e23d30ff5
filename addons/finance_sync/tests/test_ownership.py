"""One owner per field: from the other side, and by hand."""

from odoo import Command
from odoo.addons.finance_sync.core.ownership import OwnershipError
from odoo.addons.finance_sync.models.vault import seal
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from . import provider
from .common import EchoCase


class OwnershipCase(EchoCase):
    def setUp(self):
        super().setUp()
        self.rules = self.env["finance.sync.ownership.rule"]
        self.partner = self.env["res.partner"].create(
            {"name": "Acme", "ref": "A1", "vat": "XX12345678", "city": "Boston"}
        )
        self.set_rules(("partner/", "odoo", "allow"), ("partner/city", "external"))
        editors = self.env.ref("base.group_partner_manager")
        self.accountant.write(
            {
                "groups_id" if "groups_id" in self.accountant else "group_ids": [
                    Command.link(editors.id)
                ]
            }
        )

    def set_rules(self, *rules, state=False):
        values = [
            {
                "company_id": False,
                "what": what,
                "state": state,
                "owner": owner,
                "manual": manual[0] if manual else "warn",
                "note": False,
            }
            for what, owner, *manual in rules
        ]
        self.connection.sudo()._replace_ownership(values)

    def check(self, record=None, model="res.partner", **vals):
        return self.rules.with_user(self.worker)._check_inbound(
            self.connection, model, vals, record=record, company=self.company_us
        )

    def events(self, kind):
        return self.env["finance.sync.event"].search(
            [("type", "=", f"finance_sync.ownership.{kind}")]
        )


class TestInbound(OwnershipCase):
    def test_what_is_its_own(self):
        self.assertEqual(self.check(self.partner, city="Salem"), {"city": "Salem"})

    def test_what_is_not_its_own(self):
        with self.assertRaises(OwnershipError) as caught:
            self.check(self.partner, city="Salem", ref="B2", vat="XX99999999")
        refused = {each.field: each for each in caught.exception.refused}
        self.assertEqual(set(refused), {"ref", "vat"})
        self.assertEqual((refused["ref"].before, refused["ref"].after), ("A1", "B2"))
        self.assertNotIn("1234", refused["vat"].before)
        self.assertNotIn("9999", refused["vat"].after)

    def test_what_changes_nothing_is_no_write(self):
        self.check(self.partner, ref="A1", vat="XX12345678", name="Acme")

    def test_without_a_rule_it_is_odoos(self):
        self.set_rules()
        with self.assertRaises(OwnershipError):
            self.check(self.partner, city="Salem")
        with self.assertRaises(OwnershipError):
            self.check(name="New")

    def test_states_of_a_document(self):
        entry = self.make_entry()
        journal = self.env["account.journal"].create(
            {
                "name": "Bills",
                "code": "FSB",
                "type": "purchase",
                "company_id": self.company_us.id,
            }
        )
        bill = self.env["account.move"].create(
            {"move_type": "in_invoice", "journal_id": journal.id}
        )
        self.set_rules(("bill/ref", "external"), state="draft")
        self.check(bill, model="account.move", ref="R1")
        with self.assertRaises(OwnershipError):
            self.check(entry, model="account.move", ref="R1")

    def test_a_message_that_oversteps_is_held(self):
        def apply(exchange, message):
            rules = exchange.env["finance.sync.ownership.rule"]
            vals = {"name": "Evil Corp", "vat": "XX666"}
            rules._check_inbound(
                exchange.connection_id,
                "res.partner",
                vals,
                record=self.partner,
                company=exchange.company_id,
            )
            self.partner.write(vals)

        provider.APPLY["M1"] = apply
        exchange = self.env["finance.sync.exchange"].create(
            {
                "direction": "in",
                "operation": "echo.in",
                "connection_id": self.connection.id,
                "company_id": self.company_us.id,
                "currency_id": self.company_us.currency_id.id,
                "idempotency_key": "in:M1",
                "payload_enc": seal({"number": "M1"}),
            }
        )
        self.run_job(exchange)
        hold = self.hold(exchange)
        self.assertEqual((exchange.state, hold.code), ("held", "ownership_refused"))
        self.assertIn("Acme → Evil Corp", hold.summary)
        self.assertNotIn("666", hold.summary)
        self.assertEqual(self.partner.name, "Acme")
        self.assertEqual(len(self.events("refused")), 1)


class TestManual(OwnershipCase):
    def edit(self, **vals):
        self.partner.with_user(self.accountant).write(vals)

    def test_an_edit_leaves_a_trace(self):
        before = len(self.partner.message_ids)
        self.edit(city="Salem", ref="B2")
        self.assertEqual(self.partner.city, "Salem")
        self.assertEqual(len(self.partner.message_ids), before + 1)
        self.assertIn("Echo", self.partner.message_ids[0].body)
        event = self.events("overridden")
        self.assertIn("city", event.data)
        self.assertNotIn("Salem", event.data)
        self.assertEqual(event.actor_ref, self.accountant.id)

    def test_what_changes_nothing_leaves_none(self):
        self.edit(city="Boston")
        self.assertFalse(self.events("overridden"))

    def test_an_edit_is_refused(self):
        self.set_rules(("partner/city", "external", "refuse"))
        with self.assertRaisesRegex(UserError, "kept by “Echo”"):
            self.edit(city="Salem")
        self.edit(ref="B2")
        for context in ({"finance_sync_inbound": True}, {"finance_sync_inbound": [1]}):
            with self.assertRaises(UserError):
                self.partner.with_user(self.accountant).with_context(**context).write(
                    {"city": "Salem"}
                )

    def test_what_is_shared_or_odoos_is_free(self):
        for owner in ("odoo", "shared"):
            self.set_rules(("partner/city", owner, "refuse"))
            self.edit(city=f"Salem {owner}")
        self.assertFalse(self.events("overridden"))

    def test_a_draft_connection_minds_nothing(self):
        self.set_rules(("partner/city", "external", "refuse"))
        self.connection.sudo().state = "draft"
        self.edit(city="Salem")

    def test_a_job_is_no_person(self):
        self.set_rules(("partner/city", "external", "refuse"))

        def apply(exchange, answer):
            exchange.env["res.partner"].browse(self.partner.id).city = "Salem"

        exchange = self.enqueue()
        provider.APPLY[exchange.uuid] = apply
        self.worker.write(
            {
                "groups_id" if "groups_id" in self.worker else "group_ids": [
                    Command.link(self.env.ref("base.group_partner_manager").id)
                ]
            }
        )
        self.run_job(exchange)
        self.assertEqual(self.partner.city, "Salem")
        self.assertFalse(self.events("overridden"))

    def test_the_form_warns(self):
        seen = self.partner.with_user(self.accountant)
        result = seen.onchange({"city": "Salem"}, ["city"], {"city": {}})
        self.assertIn("Echo", result["warning"]["message"])
        self.assertNotIn("warning", seen.onchange({"ref": "B"}, ["ref"], {"ref": {}}))
        field = self.partner._fields["city"]
        self.assertTrue(seen._has_onchange(field, {field}))

    def test_products_and_entries_are_minded_too(self):
        self.set_rules(
            ("product/list_price", "external", "refuse"),
            ("invoice/ref", "external", "refuse"),
        )
        product = self.env["product.template"].create({"name": "Thing"})
        with self.assertRaisesRegex(UserError, "kept by"):
            product.with_user(self.worker).list_price = 7.0
        entry = self.make_entry().with_user(self.accountant)
        entry.ref = "free: no invoice"


class TestRules(OwnershipCase):
    def test_a_second_person_approves(self):
        connection = self.connection.with_user(self.manager)
        wizard = self.env["finance.sync.ownership.edit"].browse(
            connection.action_change_ownership()["res_id"]
        )
        wizard = wizard.with_user(self.manager)
        self.assertEqual(len(wizard.line_ids), 2)
        wizard.line_ids.filtered(lambda l: l.what == "partner/city").owner = "odoo"
        wizard.action_ask()
        self.check(self.partner, city="Salem")
        change = self.connection.change_ids.filtered(lambda c: c.state == "pending")
        self.assertEqual(change.kind, "ownership")
        self.assertIn("+ ", change.summary)
        with self.assertRaises(AccessError):
            change.with_user(self.manager).action_approve()
        change.with_user(self.approver).action_approve()
        with self.assertRaises(OwnershipError):
            self.check(self.partner, city="Salem")
        self.assertEqual(len(self.events("changed")), 2)

    def test_settings_and_rules_wait_side_by_side(self):
        connection = self.connection.with_user(self.manager)
        connection._request_ownership([])
        connection.rate_burst = 77
        changes = self.connection.change_ids.filtered(lambda c: c.state == "pending")
        self.assertEqual(set(changes.mapped("kind")), {"settings", "ownership"})
        changes.with_user(self.approver).action_approve()
        self.assertEqual(self.connection.rate_burst, 77)
        self.assertFalse(self.rules.search([("connection_id", "=", connection.id)]))

    def test_rules_in_use_are_not_written(self):
        rule = self.connection.ownership_rule_ids[:1].with_user(self.manager)
        for change in (
            lambda: rule.write({"owner": "external"}),
            lambda: rule.unlink(),
            lambda: rule.create(
                {"connection_id": self.connection.id, "what": "partner/name"}
            ),
            lambda: self.connection.with_user(self.manager).write(
                {"ownership_rules": []}
            ),
            lambda: self.connection.with_user(self.manager).write(
                {"ownership_rule_ids": [Command.clear()]}
            ),
        ):
            with self.assertRaises(UserError):
                change()

    def test_the_rules_that_ship(self):
        connection = self.env["finance.sync.connection"].create(
            {"name": "New", "key": "new", "company_ids": [(6, 0, self.companies.ids)]}
        )
        connection.with_user(self.manager).action_default_ownership()
        subjects = set(connection.ownership_rule_ids.mapped("subject"))
        self.assertEqual(subjects, {"partner", "product", "bill", "payment"})
        count = connection.ownership_rule_count
        self.assertGreater(count, 20)
        connection.with_user(self.manager).action_default_ownership()
        connection.invalidate_recordset()
        self.assertEqual(connection.ownership_rule_count, count)

    def test_those_of_an_active_connection_wait_for_a_second_person(self):
        action = self.connection.with_user(self.manager).action_default_ownership()
        change = self.connection.pending_change_id
        self.assertTrue(change)
        self.assertEqual(
            (action["res_model"], action["res_id"]), (change._name, change.id)
        )

    def test_the_edit_form(self):
        wizard = self.connection.with_user(self.manager).action_change_ownership()
        record = self.env[wizard["res_model"]].browse(wizard["res_id"])
        with Form(record.with_user(self.manager)) as form, form.line_ids.new() as line:
            line.what = "partner/name"
            line.owner = "shared"
        record.action_ask()
        self.assertEqual(len(record.line_ids), 3)
