from odoo.addons.finance_sync import compat
from odoo.addons.finance_sync.core.secrets import MissingKeyError, generate_key
from odoo.addons.finance_sync.models.vault import secret_box
from odoo.exceptions import AccessError, UserError

from .common import EchoCase, conf

SECRET = "open sesame"


class TestSecret(EchoCase):
    def everything(self, user):
        """All that a user can read of the connection, as one text."""
        record = self.connection.with_user(user)
        record.invalidate_recordset()
        texts = [str(record.read()), str(record.copy_data())]
        names = [name for name in record._fields if name != "secret_enc"]
        texts.append(str(record._export_rows([[name] for name in names])))
        return " ".join(texts)

    def test_is_stored_encrypted(self):
        stored = self.connection.sudo().secret_enc
        self.assertNotIn(SECRET, stored)
        self.assertEqual(secret_box().decrypt(stored), SECRET)
        self.assertTrue(self.connection.has_secret)

    def test_is_readable_by_nobody(self):
        admin = self.env.ref("base.user_admin")
        admin.company_ids += self.companies
        for user in (self.manager, admin):
            text = self.everything(user)
            self.assertNotIn(SECRET, text)
            self.assertNotIn(self.connection.sudo().secret_enc, text)

    def test_the_column_is_out_of_reach(self):
        admin = self.env.ref("base.user_admin")
        admin.company_ids += self.companies
        connection = self.connection.with_user(admin)
        with self.assertRaises(AccessError):
            connection.read(["secret_enc"])
        with self.assertRaises(AccessError):
            connection.write({"secret_enc": "x"})
        with self.assertRaises(AccessError):
            connection.export_data(["secret_enc"])
        # Neither can it be guessed letter by letter.
        with self.assertRaises(AccessError):
            connection.search([("secret_enc", "like", "g%")])

    def test_is_not_answered_after_writing(self):
        connection = self.make_connection(
            key="test", environment="test", base_url=self.provider.url
        ).with_user(self.manager)
        connection.write({"secret": "new one"})
        self.assertFalse(connection.secret)
        self.assertFalse(connection.read(["secret"])[0]["secret"])
        self.assertEqual(connection._secret(), "new one")

    def test_an_empty_one_changes_nothing(self):
        self.connection.with_user(self.manager).write({"secret": False})
        self.assertEqual(self.connection._secret(), SECRET)

    def test_is_not_copied(self):
        copy = self.connection.copy()
        self.assertFalse(copy.has_secret)
        self.assertEqual(copy.state, "draft")
        self.assertNotEqual(copy.key, self.connection.key)

    def test_is_not_in_the_chatter(self):
        connection = self.connection.with_context(tracking_disable=False)
        connection.write({"secret": "another one", "auth_user": "them"})
        self.env.flush_all()
        tracked = connection.message_ids.tracking_value_ids
        self.assertNotIn("another one", str(tracked.read()))

    def test_without_a_key_it_is_refused(self):
        with (
            conf(self.env, keys=""),
            self.assertRaisesRegex(UserError, "Make a key with"),
        ):
            self.connection.secret = "x"

    def test_rotated_secrets_need_the_newest_key_only(self):
        old, new = compat.conf_section()["keys"], generate_key()
        with conf(self.env, keys=f"{new},{old}"):
            self.env["finance.sync.connection"]._rotate_secrets()
        with conf(self.env, keys=new):
            self.assertEqual(self.connection._secret(), SECRET)
        with conf(self.env, keys=generate_key()), self.assertRaises(MissingKeyError):
            self.connection._secret()

    def test_who_may_not_write_may_not_set_it(self):
        with self.assertRaises(AccessError):
            self.connection.with_user(self.accountant).write({"secret": "x"})
        self.assertEqual(self.connection._secret(), SECRET)

    def test_payloads_are_encrypted_and_masked(self):
        exchange = self.enqueue(iban="DE02120300000000202051")
        self.assertNotIn("DE02", exchange.sudo().payload_enc)
        masked = exchange.with_user(self.auditor).payload_masked
        self.assertIn("INV/1", masked)
        self.assertNotIn("DE02", masked)
        with self.assertRaises(AccessError):
            exchange.with_user(self.manager).read(["payload_enc"])

    def test_unmasking_is_recorded(self):
        exchange = self.enqueue(iban="DE02120300000000202051")
        context = {"finance_sync_unmask": exchange.ids}
        with self.assertRaises(AccessError):
            _text = (
                exchange.with_user(self.auditor).with_context(**context).payload_masked
            )
        before = self.connection.message_ids
        shown = exchange.with_user(self.manager).with_context(**context)
        self.assertIn("DE02", shown.payload_masked)
        self.assertIn("Manager", str((self.connection.message_ids - before).body))

    # -- Changes of settings

    def change(self, user=None, **values):
        self.connection.with_user(user or self.manager).write(values)
        self.connection.invalidate_recordset()
        return self.connection.pending_change_id

    def test_a_change_waits_for_a_second_person(self):
        url = self.connection.base_url
        change = self.change(base_url="https://elsewhere.example", name="Echo 2")
        self.assertEqual(self.connection.base_url, url)
        self.assertEqual(self.connection.name, "Echo 2")
        self.assertEqual(change.requested_by, self.manager)
        self.assertIn("elsewhere", change.summary)
        change.with_user(self.approver).action_approve()
        self.assertEqual(self.connection.base_url, "https://elsewhere.example")
        self.assertFalse(self.connection.pending_change_id)

    def test_a_change_is_told_in_words(self):
        change = self.change(outage_policy="queue", baseline_date="2026-03-01")
        self.assertIn("Queue: the document waits", change.summary)
        self.assertIn("Baseline Date: – → 2026-03-01", change.summary)
        change.with_user(self.approver).action_approve()
        change = self.change(outage_policy="block", baseline_date=False)
        change.with_user(self.approver).action_approve()
        self.assertIn("Baseline Date: –", change.summary)
        self.assertIn("Baseline Date: –, ", self.connection.message_ids[0].body)

    def test_a_changed_address_drops_the_secret(self):
        self.change(base_url="https://elsewhere.example").with_user(
            self.approver
        ).action_approve()
        self.assertFalse(self.connection.has_secret or self.connection.auth_user)

    def test_nobody_approves_their_own(self):
        self.manager.write(
            {
                "groups_id" if "groups_id" in self.manager else "group_ids": [
                    (4, self.env.ref("finance_sync.group_approver").id)
                ]
            }
        )
        change = self.change(rate_per_second=5.0)
        with self.assertRaisesRegex(UserError, "second person"):
            change.with_user(self.manager).action_approve()
        with self.assertRaises(AccessError):
            change.action_approve()
        with self.assertRaises(AccessError):
            change.with_user(self.accountant).action_approve()

    def test_pausing_is_no_way_around(self):
        self.connection.with_user(self.manager).action_pause()
        self.assertTrue(self.change(retry_max_attempts=3))
        self.assertEqual(self.connection.retry_max_attempts, 8)

    def test_the_context_is_no_way_around(self):
        writer = self.connection.with_user(self.manager).with_context(
            finance_sync_approved=True
        )
        for record in (writer, writer.sudo()):
            record.write({"retry_max_attempts": 3})
        self.assertEqual(self.connection.retry_max_attempts, 8)

    def test_changes_add_up_and_can_be_refused(self):
        self.change(retry_max_attempts=3)
        change = self.change(breaker_threshold=9)
        self.assertEqual(
            change.values, {"retry_max_attempts": 3, "breaker_threshold": 9}
        )
        change.with_user(self.approver).action_refuse()
        self.assertEqual(self.connection.retry_max_attempts, 8)
        self.assertFalse(self.connection.pending_change_id)

    def test_a_draft_is_free(self):
        draft = self.connection.copy({"key": "draft"})
        draft.with_user(self.manager).write({"retry_max_attempts": 3})
        self.assertEqual(draft.retry_max_attempts, 3)
