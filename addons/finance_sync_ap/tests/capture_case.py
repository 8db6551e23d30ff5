"""What the tests of bills on paper share: a template, and what a clerk says."""

from .file_case import FileCase
from .unit.paper import page

PAPER = (
    "Papier Ott GmbH  VAT DE136695976",
    "Invoice R-2026-0007 of 02.03.2026",
    "Net 1.000,00",
    "VAT 0,00",
    "Total 1.000,00",
)
RATES = (
    *PAPER[:2],
    "Net 300,00",
    "VAT 45,00",
    "Total 345,00",
    "19% of 200,00: 38,00",
    "7% of 100,00: 7,00",
)


class CaptureCase(FileCase):
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

    def confirm(self, file):
        """A clerk confirms and it is received; the bill."""
        file.with_user(self.clerk).action_confirm()
        self.receive_all()
        return file.bill_id

    def last_event(self):
        return self.env["finance.sync.event"].search(
            [("type", "=", "finance_sync.bill_file.confirmed")], limit=1
        )
