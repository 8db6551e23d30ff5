"""What the tests of watched folders share: a real sshd, and a connection to it."""

from contextlib import ExitStack

from odoo import Command
from odoo.addons.finance_sync.tests.sftp import serving
from odoo.addons.queue_job.tests.common import trap_jobs

from .file_case import FileCase
from .unit.wire import ubl


class FolderCase(FileCase):
    """``sshd``: the server; ``folder``: what is known of the folder there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with ExitStack() as stack:
            cls.sshd = stack.enter_context(serving())
            cls.addClassCleanup(stack.pop_all().close)

    def setUp(self):
        super().setUp()
        if self.sshd is None:
            self.skipTest("There is no OpenSSH server here")
        self.sshd.start()
        self.addCleanup(self.empty_the_folder)
        self.files = self.make_folder()
        self.folder = self.files._bill_folders()

    def make_folder(self, **values):
        return self.make_connection(
            **{
                "name": "Scanner",
                "key": "scanner",
                "provider": "bill_folder",
                "base_url": self.sshd.url,
                "secret": self.sshd.key,
                "sftp_host_key": self.sshd.fingerprint,
                "company_ids": [Command.set(self.company_us.ids)],
                "user_line_ids": [
                    Command.create(
                        {"company_id": self.company_us.id, "user_id": self.worker.id}
                    )
                ],
                "folder_quiet_seconds": 0,
                "breaker_threshold": 50,
                **values,
            }
        )

    def bill_file(self, number="R-2026-0007"):
        """An electronic invoice without an order, as bytes."""
        content = self.content(BT_1=number)
        return ubl({key: value for key, value in content.items() if value})

    def empty_the_folder(self):
        for path in sorted(self.sshd.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()

    def there(self, folder="."):
        """Names of the files of a folder at the server."""
        found = (self.sshd.folder / folder).glob("*")
        return sorted(path.name for path in found if path.is_file())

    def look(self, folder=None):
        """As the job runner does; the jobs that it asks for."""
        folder = folder or self.folder
        with trap_jobs() as trap:
            folder.with_user(self.worker).with_context(
                allowed_company_ids=folder.company_id.ids
            )._job_look()
        folder.invalidate_recordset()
        return trap

    def take_in(self):
        """Two looks: at the first, nothing is known to be complete."""
        self.look()
        return self.look()

    def taken(self, folder=None):
        connection = (folder or self.folder).connection_id
        self.env["finance.sync.bill.file"].invalidate_model()
        return self.env["finance.sync.bill.file"].search(
            [("connection_id", "=", connection.id)], order="id"
        )

    def read_all(self):
        """The jobs of the files that came in, and of what they deliver."""
        for file in self.taken():
            file.with_user(self.worker).with_context(
                allowed_company_ids=file.company_id.ids
            )._job_read()
        self.receive_all()

    def holds(self, *codes):
        return self.env["finance.sync.hold"].search(
            [
                ("connection_id", "=", self.files.id),
                ("code", "in", codes),
                ("state", "=", "open"),
            ]
        )
