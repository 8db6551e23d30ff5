"""Anchors that are signed and kept elsewhere."""

import base64
import json
import tempfile
from pathlib import Path

from odoo.exceptions import AccessError, UserError

from .chain_case import ChainCase
from .common import conf


class TestAnchor(ChainCase):
    def setUp(self):
        super().setUp()
        self.anchors = self.env["finance.sync.anchor"]
        self.sealed()

    def verify(self, content, user=None):
        wizard = (
            self.env["finance.sync.anchor.verify"]
            .with_user(user or self.auditor)
            .create({"upload": base64.b64encode(content.encode())})
        )
        wizard.action_verify()
        return wizard

    def test_it_names_every_head(self):
        self.record_many(1, self.company_de)
        anchor = self.anchors._export()
        heads = self.chains._heads()
        self.assertEqual(
            anchor._heads(), {chain: head[:2] for chain, head in heads.items()}
        )
        self.assertEqual(self.chain().anchored_number, heads[self.number][0])
        self.assertFalse(self.chains._ensure()._verify())

    def test_download(self):
        action = self.anchors.with_user(self.auditor).action_export()
        attachment = self.env["ir.attachment"].browse(
            int(action["url"].split("/")[-1].split("?")[0])
        )
        anchor = self.anchors.search([], limit=1)
        self.assertEqual(attachment.raw.decode(), anchor.content)
        self.assertTrue(attachment.with_user(self.auditor).read(["raw"]))
        with self.assertRaises(AccessError):
            attachment.with_user(self.clerk).read(["raw"])

    def test_one_kept_outside_verifies(self):
        content = self.anchors._export().content
        self.record_many(3)
        self.seals._seal()
        self.assertEqual(self.verify(content).state, "intact")

    def test_one_kept_outside_finds_what_was_cut_off(self):
        content = self.anchors._export().content
        self.tamper("DELETE FROM finance_sync_anchor")
        self.tamper("DELETE FROM finance_sync_seal WHERE chain = %s", self.number)
        self.tamper(
            "DELETE FROM finance_sync_event WHERE company_ref = %s", self.number
        )
        wizard = self.verify(content)
        self.assertEqual(wizard.state, "broken")
        self.assertIn("ends before", wizard.result)

    def test_a_forged_one_is_refused(self):
        document = json.loads(self.anchors._export().content)
        document["body"]["chains"] = []
        for content in (json.dumps(document), "no json", "[]", "{}", '{"body": 1}'):
            with self.subTest(content=content[:20]), self.assertRaises(UserError):
                self.verify(content)

    def test_one_of_another_database_is_refused(self):
        content = self.anchors._export().content
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        with self.assertRaises(UserError):
            self.verify(content)

    def test_a_forged_row_breaks_the_chain(self):
        anchor = self.anchors._export()
        self.tamper(
            "UPDATE finance_sync_anchor SET content = replace(content, %s, %s)",
            '"format": 1',
            '"format": 2',
        )
        self.env.invalidate_all()
        self.assertTrue(anchor.content)
        broken = self.chain()._verify()
        self.assertEqual(broken[self.chain()][0].code, "bad_anchor")

    def test_a_missing_key_says_how_to_make_one(self):
        with conf(self.env, signing_key=""):
            with self.assertRaisesRegex(UserError, "Make a key with"):
                self.anchors.with_user(self.auditor).action_export()
            self.anchors._cron_export()
        hold = self.env["finance.sync.hold"].search([("code", "=", "anchor_failed")])
        self.assertEqual(hold.state, "open")
        self.anchors._cron_export()
        self.assertEqual(hold.state, "resolved")

    def test_a_copy_is_put_where_odoo_conf_says(self):
        with tempfile.TemporaryDirectory() as folder:
            with conf(self.env, anchor_directory=folder):
                anchor = self.anchors._export()
            self.assertEqual(Path(anchor.path).read_text(), anchor.content)
        with (
            conf(self.env, anchor_directory=folder),
            self.assertRaisesRegex(UserError, "anchor_directory"),
        ):
            self.anchors.with_user(self.auditor).action_export()

    def test_who_may_export(self):
        for user in (self.clerk, self.accountant, self.approver):
            with self.assertRaises(AccessError):
                self.anchors.with_user(user).action_export()
