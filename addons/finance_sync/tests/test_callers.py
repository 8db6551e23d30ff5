"""Where messages may come from, by the address of the call."""

from unittest.mock import patch

from odoo.addons.finance_sync.models import connection_callers
from odoo.exceptions import AccessError, UserError

from .common import FinanceSyncCase
from .test_webhook import WebhookCase


class _Request:
    """What Odoo says about a call: its proxy mode has put the address there."""

    def __init__(self, address):
        self.httprequest = self
        self.remote_addr = address


class TestCallers(FinanceSyncCase):
    def setUp(self):
        super().setUp()
        self.connection = self.make_connection(allowed_networks="192.0.2.0/24")

    def status_from(self, address):
        connections = self.env["finance.sync.connection"].with_user(self.service)
        with patch.object(connection_callers, "request", _Request(address)):
            return connections.status("echo", "M-1")

    def test_known_network(self):
        self.assertEqual(self.status_from("192.0.2.9"), {})
        self.assertEqual(self.status_from("::ffff:192.0.2.9"), {})

    def test_other_networks_learn_nothing(self):
        connections = self.env["finance.sync.connection"].with_user(self.service)
        with self.assertRaises(AccessError) as unknown:
            connections.status("no-such-key", "M-1")
        for address in ("192.0.3.9", "2001:db8::1", None):
            with self.subTest(address), self.assertRaises(AccessError) as caught:
                self.status_from(address)
            self.assertEqual(str(caught.exception), str(unknown.exception))

    def test_without_a_list_from_anywhere(self):
        free = self.make_connection(key="free")
        self.assertTrue(free._caller_allowed("203.0.113.1"))
        self.assertTrue(free._caller_allowed(None))
        self.assertFalse(self.connection._caller_allowed(None))

    def test_what_cannot_be_read_lets_nobody_in(self):
        with self.assertRaisesRegex(UserError, "is no network"):
            self.make_connection(key="bad", allowed_networks="192.0.2.0/240")
        self.env.cr.execute(
            "UPDATE finance_sync_connection SET allowed_networks = 'x' WHERE id = %s",
            [self.connection.id],
        )
        self.connection.invalidate_recordset()
        self.assertFalse(self.connection._caller_allowed("192.0.2.9"))

    def test_a_second_person_agrees_to_a_change(self):
        self.connection.with_user(self.manager).write({"allowed_networks": ""})
        self.assertEqual(self.connection.allowed_networks, "192.0.2.0/24")
        change = self.connection.pending_change_id
        change.with_user(self.approver).action_approve()
        self.assertFalse(self.connection.allowed_networks)


class TestWebhookCallers(WebhookCase):
    def post_from(self, address):
        with patch.object(connection_callers, "request", _Request(address)):
            return self.post()

    def test_a_right_signature_from_elsewhere_is_no_better_than_a_wrong_one(self):
        self.connection._as_approved().write({"allowed_networks": "192.0.2.0/24"})
        self.assertEqual(
            self.post_from("203.0.113.1"), (401, {"error": "unauthorized"})
        )
        self.assertFalse(self.exchanges())
        self.assertEqual(self.post_from("192.0.2.8")[0], 202)
        self.assertTrue(self.exchanges())
