"""New credentials: tested beside the old ones, agreed to by a second person."""

from base64 import b64encode
from datetime import date

from odoo import fields
from odoo.addons.finance_sync import compat
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_mtls import TlsCase

OLD, NEW = "old secret", "new secret"


def basic(user, secret):
    return "Basic " + b64encode(f"{user}:{secret}".encode()).decode()


@tagged("post_install", "-at_install")
class TestCredentialChange(TlsCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve(accepted=(basic("us", OLD), basic("us", NEW)))
        self.live = self.connect(
            self.server, self.authority.issue("books"), auth_user="us", secret=OLD
        )

    def ask(self, user=None, **values):
        wizard = self.env["finance.sync.credential.change.request"].with_user(
            user or self.manager
        )
        return wizard.create({"connection_id": self.live.id, **values})

    def tested(self, **values):
        wizard = self.ask(**(values or {"secret": NEW}))
        wizard.action_test()
        return wizard.change_id

    def used(self):
        self.live.invalidate_recordset()
        self.live._adapter().ping()
        return self.server.seen[-1][1]

    def test_the_old_ones_stay_until_it_is_agreed(self):
        change = self.tested()
        self.assertEqual(self.server.seen[-1][1], basic("us", NEW))
        self.assertTrue(change.tested_at)
        self.assertEqual(self.used(), basic("us", OLD))
        change.with_user(self.approver).action_approve()
        self.assertEqual(self.used(), basic("us", NEW))
        self.assertEqual(change.state, "approved")
        self.assertEqual(change.approved_by, self.approver)

    def test_what_the_provider_refuses_is_not_switched(self):
        change = self.tested(secret="wrong")
        self.assertFalse(change.tested_at)
        self.assertTrue(change.test_result)
        with self.assertRaisesRegex(UserError, "test the new credentials"):
            change.with_user(self.approver).action_approve()
        self.assertEqual(self.used(), basic("us", OLD))
        # A failed test neither pauses the connection nor opens its breaker.
        self.assertEqual(self.live.state, "active")

    def test_a_test_is_of_what_was_entered_last(self):
        wizard = self.ask(secret=NEW)
        wizard.action_test()
        wizard.write({"secret": "another one"})
        self.assertFalse(wizard.change_id.tested_at)
        self.assertEqual(wizard.change_id._values()["secret"], "another one")

    def test_what_was_typed_is_kept_while_the_rest_is_filled_in(self):
        wizard = self.ask(secret=NEW)
        wizard.write({"expires_on": "2030-01-01"})
        self.assertEqual(wizard.change_id._values()["secret"], NEW)
        wizard.action_test()
        wizard.change_id.with_user(self.approver).action_approve()
        self.assertEqual(self.live.secret_expires_on, date(2030, 1, 1))

    def test_a_second_person(self):
        change = self.tested()
        self.manager.write(
            {compat.GROUPS_FIELD: [(4, self.env.ref("finance_sync.group_approver").id)]}
        )
        with self.assertRaisesRegex(UserError, "second person"):
            change.with_user(self.manager).action_approve()
        for user in (self.accountant, self.auditor, self.env.ref("base.user_root")):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                change.with_user(user).action_approve()
        change.with_user(self.approver).action_refuse()
        self.assertEqual(self.used(), basic("us", OLD))
        with self.assertRaisesRegex(UserError, "decided on already"):
            change.with_user(self.approver).action_approve()

    def test_nobody_replaces_them_alone(self):
        for values in ({"secret": NEW}, {"secret_ref": "env:X"}, {"auth_user": "me"}):
            refused = self.assertRaisesRegex(UserError, "second person")
            with self.subTest(values), refused:
                self.live.with_user(self.manager).write(values)
        self.live.with_user(self.manager).write({"secret": False, "name": "Books"})
        self.assertEqual(self.used(), basic("us", OLD))

    def test_where_none_is_left_one_person_enters_them(self):
        self.live._drop_credentials()
        self.live.with_user(self.manager).write({"auth_user": "us", "secret": NEW})
        self.assertTrue(self.live.has_secret)

    def test_who_asks(self):
        for user in (self.accountant, self.approver, self.auditor):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                self.ask(user, secret=NEW)

    def test_it_is_nowhere_in_clear(self):
        wizard = self.ask(secret=NEW)
        change = wizard.change_id
        seen = str(wizard.read()) + str(change.with_user(self.manager).read())
        self.assertNotIn(NEW, seen)
        self.env.flush_all()
        for table in (wizard._table, change._table):
            self.env.cr.execute(f"SELECT t::text FROM {table} t")
            self.assertNotIn(NEW, str(self.env.cr.fetchall()))
        for user in (self.manager, self.auditor, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                change.with_user(user).read(["values_enc"])

    def test_decided_ones_keep_no_secret(self):
        change = self.tested()
        change.with_user(self.approver).action_refuse()
        self.assertFalse(change.sudo().values_enc)
        replaced = self.tested()
        self.assertEqual(self.tested(secret=OLD).state, "pending")
        self.assertEqual(replaced.state, "cancelled")
        self.assertFalse(replaced.sudo().values_enc)

    def test_a_reference_takes_the_place_of_a_stored_secret(self):
        (self.folder / "token").write_text(NEW)
        change = self.tested(secret_ref=f"file:{self.folder}/token")
        change.with_user(self.approver).action_approve()
        self.assertFalse(self.live.sudo().secret_enc)
        self.assertEqual(self.used(), basic("us", NEW))

    def test_a_new_certificate(self):
        cert, key = self.authority.issue("renewed", 400)
        change = self.tested(
            client_cert_ref=f"file:{cert}", client_key_ref=f"file:{key}"
        )
        self.assertEqual(self.server.seen[-1][0], "renewed")
        change.with_user(self.approver).action_approve()
        self.used()
        self.assertEqual(self.server.seen[-1], ("renewed", basic("us", OLD)))

    def test_a_renewed_credential_closes_its_hold(self):
        self.live.secret_expires_on = fields.Date.context_today(self.live)
        hold = self.live.hold_ids
        self.assertEqual(hold.code, "credential_expiring")
        change = self.tested(secret=NEW, expires_on="2035-01-01")
        change.with_user(self.approver).action_approve()
        self.assertEqual(hold.state, "resolved")

    def test_asking_reminds_approvers_and_is_recorded(self):
        wizard = self.ask(secret=NEW)
        with self.assertRaisesRegex(UserError, "Enter the new"):
            self.ask().action_ask()
        wizard.action_ask()
        self.assertIn(self.approver, self.live.activity_ids.user_id)
        wizard.action_test()
        wizard.change_id.with_user(self.approver).action_approve()
        events = self.env["finance.sync.event"].search(
            [("type", "like", "finance_sync.credential.change."),
             ("connection_ref", "=", self.live.id)], order="id"
        )  # fmt: skip
        self.assertEqual(
            [(event.type.rpartition(".")[2], event.actor_ref) for event in events],
            [("requested", self.manager.id), ("approved", self.approver.id)],
        )
        self.assertNotIn(NEW, str(events.mapped("data")))
