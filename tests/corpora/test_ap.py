"""Every published bill is booked with its totals to the cent, or held with the reason.

Each document goes the whole way, in a transaction of its own: a clerk uploads it, jobs
read and receive it, somebody lets pass that there is no order, and the clerk makes the
draft. What is expected comes from ``plain``, not from the parser under test.
"""

import base64
import re
from decimal import Decimal

from odoo.addons.finance_sync_ap.tests.file_case import FileCase

from tests.corpora import documents
from tests.corpora.plain import Plain, Totals
from tests.corpora.report import REPORT, Outcome

RULE = re.compile(r"\((BR-[A-Z]+-\d+)\)")
# What Odoo 17.0 brings at least; 19.0 has about twice as many.
FEWEST = 39


class TestAp(FileCase):
    def setUp(self):
        super().setUp()
        # The standard rounds VAT once by rate.
        self.company_us.tax_calculation_rounding_method = "round_globally"

    def test_documents_of_odoo_are_there(self):
        self.assertGreaterEqual(len(documents.of_odoo()), FEWEST)

    def test_documents_of_factur_x_are_there(self):
        if not documents.of_factur_x():
            REPORT.absent(documents.FACTUR_X)
            self.skipTest("the source distribution of factur-x could not be had")

    def take_in(self, document, entry):
        data = document.content()
        plain = Plain(data)
        self.prepare(plain)
        file = self.file(self.bring(data))
        self.assertEqual(base64.b64decode(file.data), data)
        expected = self.unreadable(plain)
        if expected:
            self.is_refused(file, *expected)
            entry.outcome, entry.why = expected[0], file.reason
            return
        self.assertEqual(file.state, "read", file.reason)
        bill = file.bill_id
        self.assertEqual(self.totals(bill), plain.totals())
        flaws = plain.flaws()
        self.choose_vendor(bill, plain, flaws)
        if flaws:
            self.does_not_add_up(bill, flaws)
            entry.outcome, entry.why = Outcome.SUMS, ", ".join(sorted(flaws))
            return
        self.becomes_a_draft(bill, plain.totals())
        entry.outcome = Outcome.EQUAL

    def prepare(self, plain):
        """What a company has that gets such bills: vendor, currency and taxes."""
        partners = self.env["res.partner"].with_context(no_vat_validation=True)
        self.sender = partners.create(
            {"name": "Their Sender", "is_company": True, "vat": plain.vat or False}
        )
        if not plain.is_invoice:
            return
        currencies = self.env["res.currency"].with_context(active_test=False)
        currencies.search([("name", "=", plain.currency)]).active = True
        taxes = self.env["account.tax"].with_company(self.company_us)
        for rate in plain.rates:
            kind = [
                ("company_id", "=", self.company_us.id),
                ("type_tax_use", "=", "purchase"),
                ("amount_type", "=", "percent"),
                ("amount", "=", float(rate)),
            ]
            if not taxes.search(kind):
                vals = {name: value for name, _operator, value in kind}
                taxes.create({**vals, "name": f"{rate} % of the document"})

    def unreadable(self, plain):
        """(outcome, pattern of the reason) of what is no bill that could be taken."""
        if not plain.is_invoice:
            return Outcome.OTHER, "neither a UBL invoice"
        missing = plain.missing()
        if missing:
            return Outcome.MISSING, rf"\(({'|'.join(sorted(missing))})\)"
        if plain.by_hand:
            return Outcome.BY_HAND, "Book it by hand"
        return None

    def is_refused(self, file, _outcome, pattern):
        self.assertEqual(file.state, "failed")
        self.assertRegex(file.reason, pattern)
        hold = self.hold(file)
        self.assertEqual(hold.mapped("code"), ["ap_file"])
        self.assertIn(file.reason, hold.summary)
        self.assertFalse(file.bill_ids)

    def totals(self, bill):
        """What was received, in the words of the document."""
        return Totals(
            number=bill.number,
            currency=bill.currency_id.name,
            credit=bill.kind == "credit_note",
            net=_cents(bill.amount_untaxed),
            tax=_cents(bill.amount_tax),
            total=_cents(bill.amount_total),
            lines=len(bill.line_ids),
        )

    def choose_vendor(self, bill, plain, flaws):
        """Known by its VAT number, or chosen by the clerk."""
        if plain.vat:
            self.assertEqual(bill.partner_id, self.sender)
            return
        expected = {"ap_vendor", *(["ap_content"] if flaws else [])}
        self.assertEqual(self.open_codes(bill), expected)
        bill.with_user(self.clerk).partner_id = self.sender

    def open_codes(self, bill):
        """Without those that stop the payment and not the bill."""
        return {code for code in self.codes(bill) if not code.startswith("ap_bank_")}

    def does_not_add_up(self, bill, flaws):
        self.assertEqual(bill.state, "held")
        self.assertEqual(self.open_codes(bill), {"ap_content"})
        hold = bill.finance_sync_hold_ids.filtered(lambda one: one.code == "ap_content")
        self.assertEqual(set(RULE.findall(hold.summary)), flaws)
        self.assertFalse(bill.move_id)

    def becomes_a_draft(self, bill, totals):
        """Nothing is wrong but that nobody ordered it, which two people let pass."""
        self.assertEqual(self.open_codes(bill), {"ap_match"})
        hold = bill.finance_sync_hold_ids.filtered(lambda one: one.code == "ap_match")
        hold.with_user(self.accountant)._override("Ordered by telephone.")
        hold.with_user(self.approver)._approve_override()
        bill.with_user(self.clerk).action_process()
        self.assertEqual(bill.state, "matched")
        bill.with_user(self.clerk).action_stage()
        move = bill.move_id
        self.assertEqual(move.move_type, "in_refund" if totals.credit else "in_invoice")
        self.assertEqual(
            [
                _cents(move.amount_untaxed),
                _cents(move.amount_tax),
                _cents(move.amount_total),
            ],
            [totals.net, totals.tax, totals.total],
        )


def _cents(amount):
    return Decimal(f"{amount:.2f}")


def _check(document):
    def test(self):
        with REPORT.checked(document) as entry:
            self.take_in(document, entry)

    return test


for _document in [*documents.of_odoo(), *documents.of_factur_x()]:
    _name = re.sub(r"\W+", "_", f"{_document.source}_{_document.name}")
    setattr(TestAp, f"test_{_name}", _check(_document))
