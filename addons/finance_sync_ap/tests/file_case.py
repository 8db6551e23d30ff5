"""What the tests of bill files share: a way in, and files to bring."""

from odoo import Command
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import ApCase
from .unit.wire import ubl


class FileCase(ApCase):
    def setUp(self):
        super().setUp()
        self.files = self.make_connection(
            name="Bill Files", key="bill-files", provider="bill_file"
        )

    def make_template(self, vendor=None, **patterns):
        """How bills on paper of a vendor are read; ``BT_1="…"`` replaces a pattern."""
        read = {
            "BT-1": r"Invoice (\S+)",
            "BT-2": r"of (\d\d\.\d\d\.\d{4})",
            "BT-109": r"Net\s+([\d.,]+)",
            "BT-110": r"VAT\s+([\d]+,\d\d)",
            "BT-112": r"Total\s+([\d.,]+)",
            **{key.replace("_", "-"): pattern for key, pattern in patterns.items()},
        }
        return (
            self.env["finance.sync.bill.template"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Ott",
                    "company_id": self.company_us.id,
                    "partner_id": (vendor or self.vendor).id,
                    "keywords": "Papier Ott\nDE136695976",
                    "date_formats": "%d.%m.%Y",
                    "decimal_separator": ",",
                    "rates_pattern": r"(?P<rate>\d+)% of (?P<base>[\d.,]+): "
                    r"(?P<tax>[\d.,]+)",
                    "currency_id": self.company_us.currency_id.id,
                    "line_ids": [
                        (0, 0, {"term": term, "pattern": pattern})
                        for term, pattern in read.items()
                    ],
                }
            )
        )

    def invoice(self, order=None, **changes):
        """An electronic invoice, as bytes."""
        content = self.content(order or self.order(), **changes)
        return ubl({key: value for key, value in content.items() if value})

    def bring(self, *contents, user=None, company=None):
        """Upload and have the jobs read and receive; the wizard, with its results."""
        company = company or self.company_us
        as_user = self.env(
            user=(user or self.clerk).id,
            context={"allowed_company_ids": company.ids},
        )
        attachments = as_user["ir.attachment"].create(
            [
                {
                    "name": f"bill-{number}",
                    "raw": data,
                    "res_model": "finance.sync.bill.upload",
                }
                for number, data in enumerate(contents)
            ]
        )
        wizard = as_user["finance.sync.bill.upload"].create(
            {"attachment_ids": [Command.set(attachments.ids)]}
        )
        with trap_jobs() as trap:
            wizard.action_upload()
            trap.perform_enqueued_jobs()
        self.receive_all()
        return wizard

    def receive_all(self):
        """Run what was delivered, as the job runner does."""
        self.env.flush_all()
        self.env.invalidate_all()
        for exchange in self.env["finance.sync.exchange"].search(
            [("connection_id", "=", self.files.id), ("state", "=", "pending")]
        ):
            exchange.with_user(self.worker).with_context(
                allowed_company_ids=exchange.company_id.ids
            )._job_run()

    def file(self, wizard):
        """The one file of a wizard, as the system sees it."""
        return self.env["finance.sync.bill.file"].browse(wizard.line_ids.file_id.ids)

    def hold(self, file):
        return file.finance_sync_hold_ids
