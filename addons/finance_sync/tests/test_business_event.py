import json
from pathlib import Path

import jsonschema
from odoo import Command, fields
from odoo.addons.finance_sync.core import catalogue, cloud_event
from odoo.tests import tagged

from .common import FinanceSyncCase

SOURCE = "urn:uuid:00000000-0000-0000-0000-000000000000"


@tagged("post_install", "-at_install")
class TestBusinessEvents(FinanceSyncCase):
    """What is told is what happened, and keeps to the schemas that are published."""

    charts = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={
                **cls.env.context,
                "allowed_company_ids": cls.company_us.ids,
            }
        )
        cls.partner = cls.env["res.partner"].create({"name": "Someone Private"})

    def setUp(self):
        super().setUp()
        self.env.cr.execute("SELECT coalesce(max(id), 0) FROM finance_sync_event")
        (self.before,) = self.env.cr.fetchone()

    def make(self, move_type="out_invoice", price=100.0, **values):
        return self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.partner.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create({"name": "Work", "quantity": 1, "price_unit": price})
                ],
                **values,
            }
        )

    def pay(self, move):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({})
        )
        wizard.action_create_payments()
        domain = [("partner_id", "=", self.partner.id)]
        return self.env["account.payment"].search(domain, order="id desc", limit=1)

    def told(self, *kinds):
        """(type, data) of business events since the test began, each valid."""
        self.env.cr.execute(
            "SELECT * FROM finance_sync_event WHERE id > %s ORDER BY id",
            [self.before],
        )
        found = []
        for row in self.env.cr.dictfetchall():
            event_type = catalogue.get(row["type"])
            if not event_type.business or not row["type"].startswith("account."):
                continue
            message = json.loads(cloud_event.envelope(row, SOURCE).body)
            jsonschema.validate(
                message, published(row["type"]), jsonschema.Draft202012Validator
            )
            self.assertNotIn("Private", json.dumps(message))
            self.assertEqual(row["company_ref"], self.company_us.id)
            found.append((row["type"], message))
        return [each for each in found if not kinds or each[0] in kinds]

    def types(self):
        return [name for name, _message in self.told()]

    def test_an_invoice_from_post_to_payment(self):
        invoice = self.make()
        self.assertEqual(self.types(), [])
        invoice.action_post()
        self.pay(invoice)
        self.assertEqual(
            self.types(),
            [
                "account.invoice.posted",
                "account.payment.confirmed",
                "account.invoice.paid",
            ],
        )
        posted, payment, paid = [message for _name, message in self.told()]
        self.assertEqual(posted["subject"], invoice.finance_sync_uuid)
        self.assertEqual(posted["subjectref"], invoice.name)
        self.assertEqual(posted["data"]["number"], invoice.name)
        self.assertEqual(posted["data"]["untaxed"], "100")
        self.assertEqual(posted["data"]["currency"], "USD")
        self.assertEqual(posted["data"]["partner"], self.partner.id)
        self.assertEqual(payment["data"]["direction"], "inbound")
        self.assertEqual(paid["data"]["residual"], "0")

    def test_one_that_is_worth_nothing_is_posted_before_it_is_paid(self):
        self.make(price=0.0).action_post()
        self.assertEqual(
            self.types(), ["account.invoice.posted", "account.invoice.paid"]
        )

    def test_a_credit_note_reverses(self):
        invoice = self.make()
        invoice.action_post()
        refund = invoice._reverse_moves([{"invoice_date": fields.Date.today()}])
        self.assertEqual(self.types(), ["account.invoice.posted"])
        refund.action_post()
        (reversed_event,) = self.told("account.invoice.reversed")
        self.assertEqual(reversed_event[1]["subject"], invoice.finance_sync_uuid)
        self.assertEqual(
            reversed_event[1]["data"]["reversal"], refund.finance_sync_uuid
        )
        _first, (_name, posted) = self.told("account.invoice.posted")
        self.assertEqual(posted["data"]["kind"], "refund")
        self.assertEqual(posted["data"]["origin"], invoice.finance_sync_uuid)
        self.assertEqual(posted["correlationid"], invoice.finance_sync_uuid)

    def test_cancelled_once(self):
        invoice = self.make()
        invoice.button_cancel()
        invoice.write({"state": "cancel"})
        self.assertEqual(self.types(), ["account.invoice.cancelled"])

    def test_a_bill(self):
        bill = self.make("in_invoice", ref="V-77")
        bill.button_set_checked()
        bill.action_post()
        self.pay(bill)
        self.assertEqual(
            self.types(),
            [
                "account.bill.received",
                "account.bill.approved",
                "account.bill.posted",
                "account.payment.confirmed",
                "account.bill.paid",
            ],
        )
        (_name, received) = self.told("account.bill.received")[0]
        self.assertEqual(received["data"]["reference"], "V-77")
        (_name, approved) = self.told("account.bill.approved")[0]
        self.assertEqual(approved["data"]["approver"], self.env.uid)
        (_name, payment) = self.told("account.payment.confirmed")[0]
        self.assertEqual(payment["data"]["direction"], "outbound")

    def test_a_payment_that_does_not_happen(self):
        invoice = self.make()
        invoice.action_post()
        payment = self.pay(invoice)
        payment.action_cancel()
        self.assertIn("account.payment.failed", self.types())
        (_name, failed) = self.told("account.payment.failed")[0]
        self.assertEqual(failed["data"]["reason"], "Cancelled")

    def test_journal_entries_are_nobodys_business(self):
        entry = self.make_entry(self.company_us)
        entry.button_cancel()
        self.assertEqual(self.types(), [])

    def test_a_period_closes_and_does_not_open(self):
        company = self.company_us
        company.fiscalyear_lock_date = "2020-12-31"
        company.fiscalyear_lock_date = "2020-12-31"
        company.fiscalyear_lock_date = "2021-12-31"
        events = self.told("account.period.closed")
        self.assertEqual(
            [message["data"]["until"] for _name, message in events],
            ["2020-12-31", "2021-12-31"],
        )
        self.assertEqual(events[1][1]["data"]["before"], "2020-12-31")

    def test_what_is_rolled_back_is_not_told(self):
        invoice = self.make()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            invoice.action_post()
            raise ZeroDivisionError
        self.assertEqual(self.types(), [])

    def test_many_cost_one_statement(self):
        invoices = self.env["account.move"].union(*(self.make() for _n in range(3)))
        invoices.action_post()
        self.assertEqual(self.types(), ["account.invoice.posted"] * 3)


def published(name):
    folder = Path(__file__).resolve().parents[3] / "docs" / "schemas" / "events"
    if not folder.is_dir():
        # Ported addons are elsewhere; there they are compared by the unit tests.
        return cloud_event.schema(catalogue.get(name).schema())
    return json.loads((folder / f"{name}.json").read_text("utf-8"))
