"""Everything encrypted goes under the newest key, while both are read."""

import json
from unittest.mock import patch

from odoo.addons.finance_sync import compat
from odoo.addons.finance_sync.core.secrets import SecretBox, generate_key
from odoo.addons.finance_sync.models import key_rotation
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EchoCase, conf


@tagged("post_install", "-at_install")
class TestKeyRotation(EchoCase):
    def setUp(self):
        super().setUp()
        self.old, self.new = compat.conf_section()["keys"], generate_key()
        self.exchange = self.enqueue()
        self.run_job(self.exchange)
        self.connection._decide(
            "echo.read",
            {"n": 1},
            document_uuid=None,
            company=self.company_us,
            call=lambda adapter: {"n": 2},
        )
        self.env["finance.sync.credential.change"]._request(
            self.connection.sudo(), {"secret": "next"}
        )

    def start(self, user=None):
        rotations = self.env["finance.sync.key.rotation"].with_user(
            user or self.manager
        )
        action = rotations.action_start()
        return self.env["finance.sync.key.rotation"].browse(action["res_id"])

    def work(self, rotation):
        for _turn in range(100):
            if rotation.state == "done":
                return rotation
            rotation._job_step()
        return self.fail("The rotation does not end.")

    def tokens(self):
        """Every encrypted value of the database, by table and column."""
        self.env.flush_all()
        found = []
        for model, column in self.env["finance.sync.key.rotation"]._encrypted_columns():
            table = self.env[model]._table
            self.env.cr.execute(
                f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'
            )
            found += [(model, row[0]) for row in self.env.cr.fetchall()]
        return found

    def test_finds_every_encrypted_column(self):
        columns = self.env["finance.sync.key.rotation"]._encrypted_columns()
        self.assertLessEqual(
            {
                ("finance.sync.connection", "secret_enc"),
                ("finance.sync.exchange", "payload_enc"),
                ("finance.sync.attempt", "answer_enc"),
                ("finance.sync.decision", "answer_enc"),
                ("finance.sync.credential.change", "values_enc"),
            },
            set(columns),
        )

    def test_no_encrypted_column_escapes(self):
        """Whatever looks encrypted anywhere in our tables is among the columns."""
        known = set(self.env["finance.sync.key.rotation"]._encrypted_columns())
        for model in self.env.values():
            if not model._name.startswith("finance.sync.") or model._abstract:
                continue
            if model._table_query:
                continue
            for name, field in model._fields.items():
                if not field.store or field.type not in ("char", "text", "json"):
                    continue
                self.env[model._name].flush_model()
                self.env.cr.execute(
                    f'SELECT count(*) FROM "{model._table}"'
                    f" WHERE \"{name}\"::text LIKE '%%gAAAA%%'"
                )
                if self.env.cr.fetchone()[0]:
                    with self.subTest(model=model._name, column=name):
                        self.assertIn((model._name, name), known)

    def test_afterwards_the_newest_key_reads_all(self):
        before = self.tokens()
        self.assertGreaterEqual(len({model for model, _token in before}), 5)
        with conf(self.env, keys=f"{self.new},{self.old}"):
            rotation = self.work(self.start())
            self.assertEqual(rotation.changed, len(before))
        newest = SecretBox([self.new])
        self.assertTrue(all(newest.reads(token) for _model, token in self.tokens()))
        with conf(self.env, keys=self.new):
            self.env.invalidate_all()
            self.assertEqual(self.connection._secret(), "open sesame")
            self.assertEqual(self.exchange._payload()["number"], "INV/1")

    def test_both_keys_read_while_it_runs(self):
        with (
            conf(self.env, keys=f"{self.new},{self.old}"),
            patch.object(key_rotation, "CHUNK", 1),
        ):
            rotation = self.start()
            for _turn in range(100):
                self.env.invalidate_all()
                self.assertEqual(self.connection._secret(), "open sesame")
                self.assertEqual(self.exchange._payload()["number"], "INV/1")
                if rotation.state == "done":
                    break
                rotation._job_step()
        self.assertEqual(rotation.state, "done")

    def test_progress_counts_what_is_left(self):
        with (
            conf(self.env, keys=f"{self.new},{self.old}"),
            patch.object(key_rotation, "CHUNK", 1),
        ):
            rotation = self.start()
            total = rotation.total
            self.assertEqual(total, len(self.tokens()))
            left = [rotation.remaining]
            while rotation.state != "done" and len(left) < 100:
                rotation._job_step()
                left.append(rotation.remaining)
        self.assertEqual(left, sorted(left, reverse=True))
        self.assertEqual((left[0], left[-1], rotation.progress), (total, 0, 100.0))

    def test_again_changes_nothing(self):
        with conf(self.env, keys=f"{self.new},{self.old}"):
            self.work(self.start())
            again = self.work(self.start())
        self.assertEqual((again.changed, again.unreadable), (0, 0))
        self.assertIn("may go", again.conclusion)

    def test_what_no_key_reads_is_told_and_left(self):
        before = dict(self.tokens())
        with conf(self.env, keys=self.new):
            rotation = self.work(self.start())
        self.assertEqual(
            (rotation.changed, rotation.unreadable), (0, len(self.tokens()))
        )
        self.assertEqual(dict(self.tokens()), before)
        self.assertIn("not in the configuration", rotation.conclusion)

    def test_one_at_a_time_in_a_job(self):
        first, second = self.start(), self.start()
        self.assertEqual(first, second)
        job = self.env["queue.job"].search([("model_name", "=", first._name)])
        self.assertEqual((len(job), job.method_name), (1, "_job_step"))

    def test_who_starts_it_and_what_is_recorded(self):
        for user in (self.accountant, self.approver, self.auditor):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                self.start(user)
        with conf(self.env, keys=""), self.assertRaisesRegex(UserError, "no key"):
            self.start()
        with conf(self.env, keys=f"{self.new},{self.old}"):
            rotation = self.work(self.start())
        event = self.env["finance.sync.event"].search(
            [("type", "=", "finance_sync.key_rotation.done")]
        )
        self.assertEqual(json.loads(event.data)["changed"], rotation.changed)
