"""Client certificates against a server that asks for one."""

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.addons.finance_sync.core.errors import ConfigurationError, ProviderError
from odoo.addons.finance_sync.core.secrets import PATH_VARIABLE
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EchoCase
from .tls import Authority, MutualTls


class TlsCase(EchoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name).resolve()
        cls.startClassPatcher(patch.dict(os.environ, {PATH_VARIABLE: str(cls.folder)}))
        cls.authority = Authority(cls.folder)

    def serve(self, **kwargs):
        server = MutualTls(self.authority, **kwargs)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def connect(self, server, certificate=None, **values):
        if certificate:
            values.update(
                client_cert_ref=f"file:{certificate[0]}",
                client_key_ref=f"file:{certificate[1]}",
            )
        return self.make_connection(
            key="tls",
            base_url=server.url,
            ca_cert_ref=f"file:{self.authority.path}",
            **values,
        )


@tagged("post_install", "-at_install")
class TestMutualTls(TlsCase):
    def test_the_certificate_is_shown(self):
        server = self.serve()
        connection = self.connect(server, self.authority.issue("books"))
        connection._adapter().ping()
        self.assertEqual(server.seen, [("books", None)])

    def test_without_one_nobody_is_heard(self):
        server = self.serve()
        with self.assertRaises(ProviderError):
            self.connect(server)._adapter().ping()
        self.assertFalse(server.seen)

    def test_one_of_another_authority_is_refused(self):
        server = self.serve()
        other = self.folder / "other"
        other.mkdir()
        connection = self.connect(server, Authority(other).issue("stranger"))
        with self.assertRaises(ProviderError):
            connection._adapter().ping()
        self.assertFalse(server.seen)

    def test_the_server_has_to_be_trusted(self):
        server = self.serve()
        connection = self.connect(server, self.authority.issue("books"))
        connection.ca_cert_ref = False
        change = connection.pending_change_id
        change.with_user(self.approver).action_approve()
        with self.assertRaisesRegex(ConfigurationError, "cannot be trusted"):
            connection._adapter().ping()
        self.assertFalse(server.seen)

    def test_activation_finds_what_is_wrong(self):
        server = self.serve()
        one, two = self.authority.issue("one"), self.authority.issue("two")
        for wrong, why in (
            ((one[0], two[1]), "does not belong"),
            ((one[1], one[1]), "holds no certificate"),
            ((one[0], one[0]), "holds no private key"),
            ((f"{self.folder}/gone.pem", one[1]), "is missing"),
            (("/etc/passwd", one[1]), "lie in one of these folders"),
        ):
            refused = self.assertRaisesRegex(UserError, why)
            with self.subTest(why), refused, self.env.cr.savepoint():
                self.connect(server, wrong)

    def test_a_key_alone_is_a_mistake(self):
        with self.assertRaisesRegex(UserError, "needs its client certificate"):
            self.connection.client_key_ref = "file:/run/secrets/x.key"

    def test_its_end_is_read_and_told(self):
        connection = self.connect(self.serve(), self.authority.issue("books", 90))
        self.assertEqual(
            connection.client_cert_expires_on, fields.Date.today() + timedelta(days=90)
        )
        connection._warn_of_expiry()
        self.assertFalse(connection.hold_ids)
        # The administrator puts another file in the place of the old one.
        self.authority.issue("books", 10)
        self.env["finance.sync.connection"]._cron_expiry()
        hold = connection.hold_ids
        self.assertEqual((hold.code, hold.state), ("certificate_expiring", "open"))
        self.authority.issue("books", 400)
        self.env["finance.sync.connection"]._cron_expiry()
        self.assertEqual(hold.state, "resolved")
