"""What the hard cases of accounts payable with a platform share."""

from odoo.addons.queue_job.exception import RetryableJobError

from .common import PlatformCase


class HardCase(PlatformCase):
    def webhook(self, number="1001", **changes):
        """What the platform's webhook brings: the bill as a reading finds it."""
        there = self.side.documents[number]
        message = {
            "id": number,
            "version": there["version"],
            "company": there["company"],
            **there["content"],
            **changes,
        }
        receiver = self.env["finance.sync.connection"].with_user(self.service)
        args = (self.platform.key, "ap.invoice", number, there["version"])
        return receiver.receive(*args, message)

    def bills(self):
        return self.env["finance.sync.bill"].search(
            [("connection_id", "=", self.platform.id)]
        )

    def entries(self):
        return self.env["account.move"].search(
            [
                ("partner_id", "=", self.vendor.id),
                ("move_type", "in", ("in_invoice", "in_refund")),
                ("state", "!=", "cancel"),
            ]
        )

    def run_into_a_fault(self):
        """Send; what fails asks to be run again."""
        # Not by ``assertRaises``, which would roll back what own cursors committed.
        try:
            self.run_pending()
        except RetryableJobError as error:
            self.assertTrue(error.ignore_retry)
            return
        self.fail("It should be tried again.")

    def read_all(self):
        """Everything again, as if nothing had been read."""
        self.poll.watermark = False
        self.read_bills()
