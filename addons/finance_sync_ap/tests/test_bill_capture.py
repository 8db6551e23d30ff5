"""Bills on paper: patterns propose, a person confirms, nothing is booked before."""

from unittest.mock import patch

from odoo.addons.finance_sync.tests.common import make_user
from odoo.addons.finance_sync_ap.core.bill_file import PDF
from odoo.addons.finance_sync_ap.core.scan import tools
from odoo.addons.finance_sync_ap.providers.bill_file import BillFileAdapter
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import tagged

from .capture_case import PAPER, RATES, CaptureCase
from .common import VAT
from .unit.paper import page, picture, with_files


@tagged("post_install", "-at_install")
class TestBillCapture(CaptureCase):
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
        with patch.dict("os.environ", PATH="/nowhere"):
            file = self.captured("")
        self.assertIn("scan", self.hold(file).summary)
        self.assertIn("No text recognition is installed", self.hold(file).summary)
        with self.assertRaisesRegex(UserError, "missing"):
            file.with_user(self.clerk).action_confirm()
        self.say(
            file, BT_1="S-1", BT_2="2026-03-02", BT_5="USD", BT_31=VAT,
            BT_109="10.00", BT_110="0", BT_112="10.00",
        )  # fmt: skip
        file.with_user(self.clerk).action_confirm()
        self.receive_all()
        self.assertEqual(file.bill_id.number, "S-1")

    def test_a_scan_is_recognised_proposed_and_waits_for_a_person(self):
        if not tools().complete:
            self.skipTest("tesseract or pdftoppm is not installed")
        file = self.file(self.bring(picture(*RATES)))
        self.assertEqual((file.state, file.scanned), ("captured", True), file.reason)
        self.assertEqual(file.template_id, self.template)
        self.assertEqual(self.term(file, "BT-1").value, "R-2026-0007")
        self.assertEqual(self.term(file, "BT-1").confidence, 0.48)
        self.assertEqual(self.term(file, "BT-112").confidence, 0.57)
        self.assertEqual(self.rates(file), [(19, 200, 38), (7, 100, 7)])
        self.assertIn("may be misread", self.hold(file).summary)
        self.assertFalse(file.bill_ids)
        file.with_user(self.clerk).action_confirm()
        self.receive_all()
        self.assertEqual(
            (file.bill_id.from_paper, file.bill_id.amount_total), (True, 345)
        )

    def test_the_test_of_the_connection_says_whether_scans_are_read(self):
        with patch.dict("os.environ", PATH="/nowhere"):
            found = BillFileAdapter(None, None).ping()
        self.assertIn("tesseract-ocr", found.message)

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
        with self.assertRaisesRegex(ValidationError, "base"):
            self.template.rates_pattern = r"(?P<rate>x)(?P<tax>x)"

    # -- Several VAT rates

    def rates(self, file):
        return [(row.rate, row.base, row.tax) for row in file.rate_ids]

    def test_a_vat_table_becomes_a_line_for_each_rate(self):
        file = self.captured(*RATES)
        self.assertEqual(self.rates(file), [(19, 200, 38), (7, 100, 7)])
        self.assertEqual(set(file.rate_ids.mapped("confidence")), {0.95})
        file.with_user(self.clerk).action_confirm()
        self.receive_all()
        bill = file.bill_id
        self.assertEqual(
            [(line.tax_rate, line.net) for line in bill.line_ids], [(19, 200), (7, 100)]
        )
        self.assertEqual((bill.amount_tax, bill.amount_total), (45.0, 345.0))
        self.assertNotIn("ap_content", self.codes(bill))
        self.assertNotIn("BG-23", str(self.last_event().data))

    def test_a_person_adds_the_rates_and_they_have_to_add_up(self):
        file = self.captured(*RATES[:-2])
        self.assertFalse(file.rate_ids)
        mine = file.with_user(self.clerk)
        row = {"rate": 19.0, "base": 200.0, "tax": 38.0}
        mine.write({"rate_ids": [(0, 0, row)]})
        with self.assertRaisesRegex(UserError, "does not add up"):
            mine.action_confirm()
        mine.write({"rate_ids": [(0, 0, {"rate": 7.0, "base": 90.0, "tax": 7.0})]})
        with self.assertRaisesRegex(UserError, "does not add up"):
            mine.action_confirm()
        mine.rate_ids[1].base = 100.0
        mine.action_confirm()
        self.receive_all()
        self.assertEqual(len(file.bill_id.line_ids), 2)
        self.assertIn("BG-23", str(self.last_event().data))
        for change in (
            lambda: mine.rate_ids[0].write({"tax": 1.0}),
            lambda: mine.rate_ids[0].unlink(),
            lambda: mine.write({"rate_ids": [(0, 0, row)]}),
        ):
            with self.assertRaises(UserError):
                change()

    def test_how_sure_a_row_is_and_another_companys_rows_are_not_theirs(self):
        file = self.captured(*RATES)
        with self.assertRaises(AccessError):
            file.rate_ids[0].with_user(self.clerk).confidence = 1.0
        with self.assertRaises(AccessError):
            file.rate_ids[0].with_user(self.auditor).base = 1.0
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_invoice",
        )
        theirs = file.rate_ids.with_user(stranger).with_context(
            allowed_company_ids=self.company_de.ids
        )
        for act in (
            lambda: theirs.create({"file_id": file.id, "rate": 1.0}),
            lambda: theirs.write({"base": 1.0}),
            theirs.unlink,
        ):
            with self.assertRaises(AccessError):
                act()
