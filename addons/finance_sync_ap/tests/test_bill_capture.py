"""Bills on paper: patterns propose, a person confirms, nothing is booked before."""

from odoo.addons.finance_sync_ap.core.bill_file import PDF
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import tagged

from .common import VAT
from .file_case import FileCase
from .unit.paper import page, with_files

PAPER = (
    "Papier Ott GmbH  VAT DE136695976",
    "Invoice R-2026-0007 of 02.03.2026",
    "Net 1.000,00",
    "VAT 0,00",
    "Total 1.000,00",
)


@tagged("post_install", "-at_install")
class TestBillCapture(FileCase):
    def setUp(self):
        super().setUp()
        self.template = self.make_template()

    def captured(self, *lines):
        file = self.file(self.bring(page(*(lines or PAPER))))
        self.assertEqual(file.state, "captured", file.reason)
        return file

    def term(self, file, key):
        return file.term_ids.filtered(lambda term: term.term == key)

    def say(self, file, **values):
        """As a clerk types it: ``BT_1="x"``."""
        said = [
            (1, self.term(file, key.replace("_", "-")).id, {"value": value})
            for key, value in values.items()
        ]
        file.with_user(self.clerk).write({"term_ids": said})

    def test_what_is_found_waits_for_a_person(self):
        file = self.captured()
        self.assertEqual(file.template_id, self.template)
        self.assertEqual(self.term(file, "BT-1").value, "R-2026-0007")
        self.assertEqual(self.term(file, "BT-2").value, "2026-03-02")
        self.assertEqual(self.term(file, "BT-31").value, VAT)
        self.assertEqual(self.term(file, "BT-112").confidence, 0.95)
        self.assertEqual(self.hold(file).code, "ap_capture")
        self.assertIn("“Ott”", self.hold(file).summary)
        self.assertFalse(file.bill_ids)
        self.assertFalse(
            self.env["finance.sync.exchange"].search(
                [("connection_id", "=", self.files.id)]
            )
        )

    def test_a_confirmed_bill_goes_on_like_any_other(self):
        file = self.captured()
        hold = self.hold(file)
        file.with_user(self.clerk).action_confirm()
        self.receive_all()
        self.assertEqual((file.state, hold.state), ("read", "resolved"))
        self.assertEqual(file.confirmed_by, self.clerk)
        bill = file.bill_id
        self.assertTrue(bill.from_paper)
        self.assertEqual(bill.partner_id, self.vendor)
        self.assertEqual((bill.number, bill.amount_total), ("R-2026-0007", 1000.0))
        event = self.env["finance.sync.event"].search(
            [("type", "=", "finance_sync.bill_file.confirmed")], limit=1
        )
        self.assertEqual(event.actor_ref, self.clerk.id)

    def test_what_does_not_add_up_is_not_confirmed(self):
        file = self.captured(*PAPER[:-1], "Total 1.001,00")
        self.assertEqual(self.term(file, "BT-112").confidence, 0.2)
        with self.assertRaisesRegex(UserError, "does not add up"):
            file.with_user(self.clerk).action_confirm()
        self.say(file, BT_112="1000.00")
        file.with_user(self.clerk).action_confirm()
        self.receive_all()
        self.assertEqual(file.bill_id.amount_total, 1000.0)
        with self.assertRaises(UserError):
            self.say(file, BT_112="1.00")

    def test_a_scan_is_typed_beside_its_picture(self):
        file = self.captured("")
        self.assertIn("scan", self.hold(file).summary)
        with self.assertRaisesRegex(UserError, "missing"):
            file.with_user(self.clerk).action_confirm()
        self.say(
            file, BT_1="S-1", BT_2="2026-03-02", BT_5="USD", BT_31=VAT,
            BT_109="10.00", BT_110="0", BT_112="10.00",
        )  # fmt: skip
        file.with_user(self.clerk).action_confirm()
        self.receive_all()
        self.assertEqual(file.bill_id.number, "S-1")

    def test_a_hostile_attachment_can_be_entered_by_hand(self):
        data = with_files(page(*PAPER), factur_x=b"<!DOCTYPE x><x/>")
        file = self.file(self.bring(data))
        self.assertEqual(file.state, "failed")
        file.with_user(self.clerk).action_by_hand()
        self.assertEqual((file.state, file.mimetype), ("captured", PDF))
        self.assertEqual(self.hold(file).code, "ap_capture")

    def test_no_bill_on_paper_is_staged_that_nobody_confirmed(self):
        file = self.captured()
        file.with_user(self.clerk).action_confirm()
        self.receive_all()
        bill = file.bill_id
        file.confirmed_by = False
        bill.state = "matched"
        with self.assertRaisesRegex(UserError, "confirmed"):
            bill.with_user(self.clerk).action_stage()

    def test_only_who_books_bills_confirms_and_only_values_are_said(self):
        file = self.captured()
        for user in (self.auditor, self.approver):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                file.with_user(user).action_confirm()
        term = self.term(file, "BT-1").with_user(self.clerk)
        for vals in ({"confidence": 1.0}, {"proposed": "x"}, {"term": "BT-2"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                term.write(vals)

    def test_a_template_of_another_company_is_not_tried(self):
        self.template.sudo().company_id = self.company_de
        file = self.captured()
        self.assertFalse(file.template_id)
        self.assertIn("No template", self.hold(file).summary)

    def test_patterns_are_checked_when_they_are_written(self):
        with self.assertRaises(ValidationError):
            self.template.line_ids[0].pattern = "("
        with self.assertRaises(ValidationError):
            self.template.keywords = "ok\n("
