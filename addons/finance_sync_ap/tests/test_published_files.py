"""Electronic invoices that Odoo's own tests bring, where they are installed."""

import re
from pathlib import Path

import odoo.addons
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync_ap.core.bill import bill_from_dict
from odoo.addons.finance_sync_ap.core.invoice_xml import read_invoice
from odoo.tests.common import BaseCase, tagged

# Read another way than the parser does: the first total with VAT, wherever it is.
TOTAL = re.compile(rb"<(?:\w+:)?(?:TaxInclusiveAmount|GrandTotalAmount)[^>]*>([^<]+)")
FOLDERS = ("from_odoo", "from_peppol-bis-invoice-3_doc", "from_factur-x_doc")


def published():
    for addons in odoo.addons.__path__:
        files = Path(addons) / "l10n_account_edi_ubl_cii_tests" / "tests" / "test_files"
        for folder in FOLDERS:
            yield from sorted((files / folder).glob("*.xml"))


@tagged("post_install", "-at_install")
class TestPublishedFiles(BaseCase):
    def test_each_is_read_to_the_cent_or_refused_with_its_reason(self):
        read, refused = [], []
        for path in published():
            data = path.read_bytes()
            with self.subTest(file=path.name):
                try:
                    bill = bill_from_dict(read_invoice(data).bill)
                except ContractError as error:
                    self.assertIn(error.code, ("bad_bill", "unknown_syntax"))
                    refused.append(path.name)
                    continue
                given = TOTAL.search(data).group(1).decode().lstrip("-")
                self.assertEqual(f"{bill.total:.2f}", f"{float(given):.2f}")
                read.append(path.name)
        if not read and not refused:
            self.skipTest("Odoo's test files are not here")
        self.assertGreater(len(read), 4 * len(refused))
