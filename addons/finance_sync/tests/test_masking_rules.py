"""What screens and holds show of bank details, tax ids and payloads."""

import json

from lxml import etree
from odoo.addons.finance_sync.core import registry
from odoo.addons.finance_sync.core.masking import MASK, AllowList
from odoo.addons.finance_sync.core.registry import Resolution
from odoo.addons.finance_sync.core.sensitive import is_sensitive_name
from odoo.tests import tagged

from .common import EchoCase, FinanceSyncCase

IBAN = "DE02120300000000202051"
# These say what a register answered, and not the number.
HARMLESS = ("finance_sync_vat_",)


@tagged("post_install", "-at_install")
class TestMaskingRules(FinanceSyncCase):
    def test_every_operation_says_what_may_be_shown(self):
        """Of each installed adapter, but for what only reads and keeps no payload."""
        for (kind, code), adapter in registry._adapters.items():
            for operation, resolution in adapter.operations.items():
                if resolution is Resolution.READ:
                    continue
                with self.subTest(f"{kind}.{code}", operation=operation):
                    self.assertIsInstance(adapter.allowed.get(operation), AllowList)

    def test_every_inbound_operation_says_what_may_be_shown(self):
        prefix = "finance.sync.handler."
        for name in list(self.env):
            if name.startswith(prefix) and self.env[name]._inbound:
                if self.env[name]._original_module is None:
                    continue  # of the tests
                with self.subTest(name):
                    self.assertIsInstance(self.env[name]._allowed, AllowList)

    def test_no_screen_of_ours_shows_them_to_everybody(self):
        """Bank details and tax ids on our views need a group."""
        views = self.env["ir.model.data"].search(
            [("module", "like", "finance_sync%"), ("model", "=", "ir.ui.view")]
        )
        for view in self.env["ir.ui.view"].browse(views.mapped("res_id")):
            known = self.env[view.model]._fields if view.model else {}
            for field in etree.fromstring(view.arch).iter("field"):
                name = field.get("name") or ""
                text = name in known and known[name].type in ("char", "text")
                if text and is_sensitive_name(name) and not name.startswith(HARMLESS):
                    with self.subTest(view.xml_id, field=name):
                        self.assertTrue(field.get("groups"))


@tagged("post_install", "-at_install")
class TestShown(EchoCase):
    def shown(self, exchange, user=None, **context):
        exchange.invalidate_recordset()
        return (
            exchange.with_user(user or self.auditor)
            .with_context(**context)
            .payload_masked
        )

    def test_an_operation_without_a_list_shows_nothing(self):
        exchange = self.enqueue("echo.again", text="harmless")
        self.assertEqual(json.loads(self.shown(exchange)), MASK)

    def test_what_is_allowed_is_shortened(self):
        exchange = self.enqueue(number=f"Transfer to {IBAN}")
        self.assertEqual(
            json.loads(self.shown(exchange))["number"], f"Transfer to DE{MASK}2051"
        )

    def test_a_manager_alone_sees_it_whole_and_that_is_recorded(self):
        exchange = self.enqueue(number=f"Transfer to {IBAN}")
        for user in (self.clerk, self.accountant, self.manager, self.approver):
            self.assertNotIn(IBAN, self.shown(exchange, user))
        events = self.env["finance.sync.event"]
        domain = [
            ("type", "=", "finance_sync.payload.unmasked"),
            ("subject", "=", exchange.uuid),
        ]
        self.assertFalse(events.search(domain))
        whole = self.shown(exchange, self.manager, finance_sync_unmask=exchange.ids)
        self.assertIn(IBAN, whole)
        self.assertEqual(events.search(domain).actor_ref, self.manager.id)

    def test_holds_quote_them_shortened(self):
        exchange = self.enqueue()
        hold = self.env["finance.sync.hold"]._raise(
            "rejected",
            exchange=exchange,
            summary=f"Account {IBAN} of ATU13585627 is closed.",
        )
        self.assertEqual(
            hold.summary, f"Account DE{MASK}2051 of AT{MASK}5627 is closed."
        )
        self.assertNotIn(IBAN, str(hold.activity_ids.mapped("note")))
