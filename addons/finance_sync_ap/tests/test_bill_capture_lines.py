"""Lines of a bill on paper: proposed, corrected, and compared with the order's."""

from odoo.addons.finance_sync.tests.common import make_user
from odoo.addons.finance_sync_ap import compat
from odoo.addons.finance_sync_ap.models.bill_file_line import UNIT_CODES
from odoo.addons.finance_sync_ap.models.bill_intake import UNITS
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tests.common import tagged

from .capture_case import PAPER, RATES, CaptureCase

PATTERN = (
    r"(?P<item>[A-Z]+) (?P<name>\w+) (?P<quantity>[\d,]+) x (?P<price>[\d,]+)"
    r" = (?P<amount>[\d,]+)(?: at (?P<rate>\d+)%)?"
)
GOODS = ("PAPER Paper 10 x 10,00 = 100,00", "INK Ink 10 x 20,00 = 200,00")
TAXED = (
    "PAPER Paper 10 x 10,00 = 100,00 at 19%",
    "INK Ink 5 x 20,00 = 100,00 at 19%",
    "TEA Tea 4 x 25,00 = 100,00 at 7%",
)


def _comma(number):
    return f"{number:.2f}".replace(".", ",")


@tagged("post_install", "-at_install")
class TestBillCaptureLines(CaptureCase):
    def setUp(self):
        super().setUp()
        self.template.lines_pattern = PATTERN

    def lines(self, file):
        return [
            (line.item, line.quantity, line.price, line.amount, line.rate)
            for line in file.line_ids
        ]

    def order_line(self, product, price):
        return (
            0,
            0,
            {
                "product_id": product.id,
                "name": product.name,
                "product_qty": 10.0,
                "price_unit": price,
                compat.ORDER_UNIT: product.uom_id.id,
                compat.ORDER_TAXES: [(6, 0, self.tax.ids)],
            },
        )

    def test_lines_from_paper_are_matched_with_the_orders_lines(self):
        ink = self.env["product.product"].create(
            {
                "name": "Ink",
                "default_code": "INK",
                "type": "consu",
                "purchase_method": "receive",
                "supplier_taxes_id": False,
            }
        )
        order = self.order(
            order_line=[self.order_line(ink, 20.0), self.order_line(self.product, 10.0)]
        )
        self.make_order_pattern()
        tax = 300 * self.tax.amount / 100
        file = self.captured(
            *PAPER[:2], f"Order {order.name}", *GOODS, "Net 300,00",
            f"VAT {_comma(tax)}", f"Total {_comma(300 + tax)}",
        )  # fmt: skip
        self.assertEqual(
            self.lines(file), [("PAPER", 10, 10, 100, 0), ("INK", 10, 20, 200, 0)]
        )
        self.assertEqual(set(file.line_ids.mapped("confidence")), {0.95})
        bill = self.confirm(file)
        self.assertNotIn("BG-25", str(self.last_event().data))
        self.assertEqual(self.codes(bill), [])
        self.assertEqual(
            [
                (link.line_id.vendor_item, link.product_id, link.quantity, link.way)
                for link in bill.link_ids.sorted(lambda link: link.line_id.ref)
            ],
            [
                ("PAPER", self.product, 10.0, "vendor_item"),
                ("INK", ink, 10.0, "vendor_item"),
            ],
        )
        bill.with_user(self.clerk).action_stage()
        self.assertEqual(bill.move_id.amount_untaxed, 300.0)
        self.assertEqual(
            bill.move_id.invoice_line_ids.mapped("purchase_line_id"),
            bill.link_ids.order_line_id,
        )

    def make_order_pattern(self):
        self.template.line_ids = [
            (0, 0, {"term": "BT-13", "pattern": r"Order (\S+)"}),
        ]

    def test_several_lines_of_one_rate_add_up_to_what_is_taxed_at_it(self):
        file = self.captured(*RATES, *TAXED)
        bill = self.confirm(file)
        self.assertEqual(
            [(line.name, line.net, line.tax_rate) for line in bill.line_ids],
            [("Paper", 100, 19), ("Ink", 100, 19), ("Tea", 100, 7)],
        )
        self.assertNotIn("ap_content", self.codes(bill))

    def test_it_is_said_by_how_much_the_lines_do_not_add_up(self):
        file = self.captured(*RATES, TAXED[0], TAXED[2].replace("= 100", "= 110"))
        self.assertEqual(file.line_ids.mapped("confidence"), [0.8, 0.2])
        with self.assertRaises(UserError) as caught:
            file.with_user(self.clerk).action_confirm()
        message = caught.exception.args[0]
        self.assertRegex(message, r"7 %: .*110\.00.*100\.00.*10\.00.* too much")
        self.assertRegex(message, r"19 %: .*100\.00.*200\.00.*100\.00.* missing")
        self.assertEqual(file.state, "captured")

    def test_a_person_corrects_adds_and_removes_lines(self):
        file = self.captured(*RATES, TAXED[0], TAXED[2].replace("= 100", "= 110"))
        mine = file.with_user(self.clerk)
        mine.line_ids[1].amount = 100.0
        more = {"name": "Ink", "quantity": 1.0, "amount": 99.0, "rate": 19.0}
        mine.write({"line_ids": [(0, 0, more), (0, 0, {**more, "amount": 1.0})]})
        pen = mine.line_ids.create({"file_id": file.id, "name": "Pen", "amount": 1.0})
        # Which of two rates a line has is not guessed.
        with self.assertRaisesRegex(UserError, "Line 5 has no VAT rate"):
            mine.action_confirm()
        pen.unlink()
        bill = self.confirm(file)
        self.assertEqual(bill.line_ids.mapped("net"), [100, 100, 99, 1])
        self.assertIn("BG-25", str(self.last_event().data))
        for change in (
            lambda: mine.line_ids[0].write({"amount": 1.0}),
            lambda: mine.line_ids[0].unlink(),
            lambda: mine.write({"line_ids": [(0, 0, more)]}),
        ):
            with self.assertRaises(UserError):
                change()

    def test_without_lines_there_is_one_for_each_rate(self):
        file = self.captured(*RATES)
        self.assertFalse(file.line_ids)
        bill = self.confirm(file)
        self.assertEqual(bill.line_ids.mapped("net"), [200, 100])
        self.assertNotIn("BG-25", str(self.last_event().data))
        other = self.captured(*RATES[:-2], "Another one", *TAXED)
        self.say(other, BT_1="R-8")
        other.with_user(self.clerk).line_ids.unlink()
        self.assertEqual(self.confirm(other).line_ids.mapped("net"), [300])

    def test_reading_again_proposes_anew(self):
        file = self.captured(*RATES, *TAXED)
        file.with_user(self.clerk).line_ids[0].unlink()
        file._capture(file.text)
        self.assertEqual(len(file.line_ids), 3)

    def test_the_template_says_in_what_lines_count(self):
        self.template.lines_unit = "KGM"
        file = self.captured(*RATES, *TAXED)
        self.assertEqual(set(self.confirm(file).line_ids.mapped("unit")), {"KGM"})
        self.assertLessEqual({code for code, _title in UNIT_CODES}, UNITS.keys())

    def test_the_form_works_the_amount_out(self):
        file = self.captured(*RATES)
        with Form(file.with_user(self.clerk)) as form, form.line_ids.new() as line:
            line.quantity = 3.0
            line.price = 5.5
            self.assertEqual(line.amount, 16.5)

    def test_patterns_of_lines_are_checked_when_they_are_written(self):
        with self.assertRaisesRegex(ValidationError, "amount"):
            self.template.lines_pattern = r"(?P<name>\w+)"

    def test_how_sure_a_line_is_and_another_companys_lines_are_not_theirs(self):
        file = self.captured(*RATES, *TAXED)
        with self.assertRaises(AccessError):
            file.line_ids[0].with_user(self.clerk).confidence = 1.0
        with self.assertRaises(AccessError):
            file.line_ids[0].with_user(self.auditor).amount = 1.0
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_invoice",
        )
        theirs = file.line_ids.with_user(stranger).with_context(
            allowed_company_ids=self.company_de.ids
        )
        for act in (
            lambda: theirs.create({"file_id": file.id, "amount": 1.0}),
            lambda: theirs.write({"amount": 1.0}),
            theirs.unlink,
        ):
            with self.assertRaises(AccessError):
                act()
