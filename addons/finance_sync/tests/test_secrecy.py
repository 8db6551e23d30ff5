"""What nobody reads, and what nobody writes by hand."""

from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .sample_rows import RowsCase


@tagged("post_install", "-at_install")
class TestSecrecy(RowsCase):
    def test_nobody_reads_what_is_encrypted(self):
        self.connection.secret = "open sesame"
        for model, name in (
            ("finance.sync.connection", "secret_enc"),
            ("finance.sync.exchange", "payload_enc"),
            ("finance.sync.attempt", "answer_enc"),
            ("finance.sync.decision", "answer_enc"),
        ):
            for user in (self.manager, self.auditor, self.env.ref("base.user_admin")):
                row = self.rows[model].with_user(user)
                with self.subTest(model=model, login=user.login):
                    with self.assertRaises(AccessError):
                        row.read([name])
                    with self.assertRaises(AccessError):
                        row.search([(name, "like", "a")])
                    self.assertNotIn(name, row.fields_get())

    def test_a_stored_secret_is_not_shown_again(self):
        self.connection.secret = "open sesame"
        shown = self.connection.with_user(self.manager).read(["secret", "has_secret"])
        self.assertEqual(shown[0]["secret"], False)
        self.assertTrue(shown[0]["has_secret"])

    def test_only_a_manager_unmasks_and_it_is_recorded(self):
        unmask = {"finance_sync_unmask": self.exchange.ids}
        for user in (self.auditor, self.accountant, self.approver):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                self.exchange.with_user(user).with_context(**unmask).read(
                    ["payload_masked"]
                )
        before = len(self.connection.message_ids)
        self.exchange.with_user(self.manager).with_context(**unmask).read(
            ["payload_masked"]
        )
        self.assertEqual(len(self.connection.message_ids), before + 1)
        self.assertIn(self.manager.name, self.connection.message_ids[0].body)

    def test_a_plain_write_changes_no_decision(self):
        hold = self.hold.with_user(self.accountant)
        hold.user_id = self.manager
        self.assertEqual(self.hold.user_id, self.manager)
        for name, value in (
            ("state", "resolved"),
            ("amount", 0.0),
            ("override_by", self.accountant.id),
            ("due", False),
        ):
            with self.subTest(field=name), self.assertRaises(AccessError):
                hold.write({name: value})
        with self.assertRaises(AccessError):
            self.change.with_user(self.approver).write({"state": "approved"})
        with self.assertRaises(AccessError):
            self.exchange.with_user(self.manager).write({"state": "done"})

    def test_a_manager_does_not_weaken_a_kind_of_hold(self):
        kind = self.hold.type_id.with_user(self.manager)
        kind.sla_hours = 2
        for name in ("overridable", "second_person", "blocking"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                kind.write({name: not kind[name]})

    def test_a_service_user_asks_for_status_and_nothing_else(self):
        self.connection.state = "active"
        self._exchange(self.company_us, direction="in", external_id="M-1")
        connections = self.env["finance.sync.connection"].with_user(self.service)
        self.assertEqual(connections.status("echo", "M-1")["state"], "pending")
        for model, row in self.rows.items():
            with self.subTest(model=model), self.assertRaises(AccessError):
                row.with_user(self.service).read([])
