"""Bills from a watched folder of a real sshd: each once, whatever is cut short."""

from unittest.mock import patch

from odoo import Command
from odoo.addons.finance_sync.tests.common import conf, make_user
from odoo.addons.finance_sync.tests.sftp import Cutter
from odoo.addons.finance_sync_ap.models import bill_folder_look
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import tagged

from .folder_case import FolderCase

CLAIM = "0123456789abcdef~bill.xml"


@tagged("post_install", "-at_install")
class TestBillFolder(FolderCase):
    def test_a_file_becomes_a_bill_once(self):
        self.sshd.put("bill.xml", self.invoice())
        self.take_in()
        file = self.taken()
        self.assertEqual(
            (file.name, file.source, file.state), ("bill.xml", "folder", "new")
        )
        self.assertEqual(file.company_id, self.company_us)
        self.assertEqual(file.sender, f"sftp://127.0.0.1{self.sshd.folder}")
        self.assertEqual(self.there("done"), ["bill.xml"])
        self.assertEqual((self.there(), self.there("claimed")), ([], []))
        self.read_all()
        self.assertEqual(file.state, "read", file.reason)
        self.assertEqual(file.bill_id.number, "R-2026-0007")
        self.assertEqual(file.bill_id.connection_id, self.files)
        self.take_in()
        self.assertEqual(self.taken(), file)

    def test_what_was_done_is_shown(self):
        self.sshd.put("a.xml", self.bill_file())
        self.assertEqual(self.folder.state, "new")
        self.look()
        row = self.folder
        self.assertEqual((row.taken_count, row.left_count, row.state), (0, 1, "idle"))
        self.look()
        self.assertEqual((row.taken_count, row.left_count, row.state), (1, 0, "idle"))
        self.assertTrue(row.looked_at)
        self.look()
        self.assertEqual((row.taken_count, row.total_count), (0, 1))

    def test_new_files_are_looked_at_again_soon(self):
        trap = self.look()
        trap.assert_jobs_count(0)
        self.sshd.put("a.xml", self.bill_file())
        trap = self.look()
        trap.assert_jobs_count(1, only=self.folder._job_look)
        self.assertTrue(trap.enqueued_jobs[0].eta)

    # -- What is not complete

    def test_what_is_still_being_written_waits(self):
        data = self.bill_file()
        for name in ("bill.xml.part", ".hidden.xml", "bill.tmp"):
            self.sshd.put(name, data)
        self.sshd.put("bill.xml", data[:100])
        self.look()
        self.sshd.put("bill.xml", data)
        self.look()
        self.assertFalse(self.taken())
        self.look()
        self.assertEqual(self.taken().size, len(data))
        self.assertEqual(self.there(), [".hidden.xml", "bill.tmp", "bill.xml.part"])

    def test_it_waits_as_long_as_the_connection_says(self):
        self.files.folder_quiet_seconds = 3600
        self.sshd.put("bill.xml", self.bill_file())
        self.take_in()
        self.assertFalse(self.taken())
        size, modified, since = self.folder.seen["bill.xml"]
        self.folder.seen = {"bill.xml": [size, modified, since - 3600]}
        self.look()
        self.assertTrue(self.taken())

    # -- Whatever is cut short

    def test_killed_after_the_claim(self):
        self.sshd.put(f"claimed/{CLAIM}", self.bill_file())
        self.look()
        self.assertEqual(self.taken().name, "bill.xml")
        self.assertEqual(
            (self.there("claimed"), self.there("done")), ([], ["bill.xml"])
        )

    def test_killed_after_it_was_kept(self):
        self.sshd.put("bill.xml", self.bill_file())
        self.take_in()
        file = self.taken()
        done = self.sshd.folder / "done" / "bill.xml"
        done.rename(self.sshd.folder / "claimed" / file.folder_ref)
        self.look()
        self.assertEqual(self.taken(), file)
        self.assertEqual(
            (self.there("claimed"), self.there("done")), ([], ["bill.xml"])
        )
        self.assertEqual(self.folder.taken_count, 0)

    def test_killed_after_it_was_kept_and_given_up_since(self):
        self.sshd.put(f"claimed/{CLAIM}", self.bill_file())
        self.look()
        file = self.taken()
        file.with_user(self.clerk).action_give_up()
        done = self.sshd.folder / "done" / "bill.xml"
        done.rename(self.sshd.folder / "claimed" / CLAIM)
        self.look()
        self.assertEqual(self.taken(), file)

    def test_a_transaction_that_fails_has_kept_what_it_moved(self):
        """The kill itself: it comes between the two, in the middle of the job."""
        self.sshd.put("a.xml", self.bill_file())
        self.sshd.put("b.xml", self.bill_file("R-2"))
        self.look()
        adapter, killed = self.files._adapter_class(), False
        with patch.object(adapter, "finish", side_effect=MemoryError):
            try:
                self.look()
            except MemoryError:
                killed = True
        self.assertTrue(killed)
        self.assertEqual((len(self.taken()), len(self.there("claimed"))), (1, 1))
        self.take_in()
        self.assertEqual(self.there("done"), ["a.xml", "b.xml"])
        self.assertEqual(len(self.taken()), 2)

    def test_a_line_that_breaks_in_the_middle_of_a_file(self):
        data = self.bill_file() + b" " * 2_000_000
        with Cutter(self.sshd.port) as line:
            url = self.sshd.url.replace(f":{self.sshd.port}/", f":{line.port}/")
            cut = self.make_folder(key="cut", base_url=url)
            folder = cut._bill_folders()
            self.sshd.put("bill.xml", data)
            self.look(folder)
            line.allow = 1_000_000
            self.look(folder)
            self.assertEqual(folder.state, "failed")
            self.assertIn("broke off", folder.error)
            self.assertFalse(self.taken(folder))
            self.assertEqual(len(self.there("claimed")), 1)
            line.allow = None
            self.look(folder)
        self.assertEqual(self.taken(folder).size, len(data))
        self.assertEqual(folder.state, "idle")
        self.assertFalse(folder.error)

    def test_of_many_files_a_job_takes_some_and_the_next_the_others(self):
        for number in range(3):
            self.sshd.put(f"{number}.xml", self.bill_file(f"R-{number}"))
        self.look()
        with patch.object(bill_folder_look, "FILES_BY_JOB", 2):
            trap = self.look()
        self.assertEqual((self.folder.state, self.folder.left_count), ("behind", 1))
        trap.assert_jobs_count(1, only=self.folder._job_look)
        self.look()
        self.assertEqual((self.folder.state, len(self.taken())), ("idle", 3))

    # -- What comes twice, and what is no bill

    def test_the_same_file_again_is_a_duplicate(self):
        data = self.bill_file()
        for name in ("a.xml", "b.xml"):
            self.sshd.put(name, data)
            self.take_in()
        self.assertEqual(self.taken().mapped("state"), ["new", "duplicate"])
        self.assertEqual(self.there("done"), ["a.xml", "b.xml"])

    def test_another_file_of_the_same_name_is_kept_beside(self):
        for number in ("R-1", "R-2"):
            self.sshd.put("bill.xml", self.bill_file(number))
            self.take_in()
        self.assertEqual(self.taken().mapped("state"), ["new", "new"])
        self.assertEqual(self.there("done"), ["bill-2.xml", "bill.xml"])

    def test_what_is_no_bill_file_is_held_and_put_aside(self):
        self.sshd.put("notes.txt", b"Dear colleagues")
        self.take_in()
        self.read_all()
        file = self.taken()
        self.assertEqual(self.there("error"), ["notes.txt"])
        self.assertEqual((file.state, self.hold(file).code), ("failed", "ap_file"))

    def test_what_is_too_large_is_held_and_put_aside(self):
        data = self.bill_file()
        self.sshd.put("large.xml", data)
        self.sshd.put("bill.xml", b"<x/>")
        with patch.object(bill_folder_look, "MAX_BYTES", 100):
            self.take_in()
        self.assertEqual(self.there("error"), ["large.xml"])
        self.assertEqual(self.there("done"), ["bill.xml"])
        file = self.taken().filtered(lambda one: one.name == "large.xml")
        self.assertEqual(file.state, "failed")
        self.assertIn("Larger than", self.hold(file).summary)
        self.assertIn("large.xml", self.hold(file).summary)
        self.read_all()
        self.assertEqual(file.state, "failed")

    # -- Who is who

    def test_another_host_key_stops_the_connection(self):
        self.sshd.put("bill.xml", self.bill_file())
        self.look()
        self.sshd.stop()
        self.sshd.new_host_key()
        self.sshd.start()
        self.look()
        self.assertEqual(self.files.state, "paused")
        hold = self.holds("configuration")
        self.assertIn("another host key", hold.summary)
        self.assertIn(self.sshd.fingerprint, hold.summary)
        self.assertFalse(self.taken())
        self.assertEqual(self.there(), ["bill.xml"])

    def test_a_key_that_is_refused_stops_the_connection(self):
        self.files.secret = self.sshd.other_key()
        self.look()
        self.assertEqual(self.files.state, "paused")
        self.assertIn("refuses the key SHA256:", self.files.pause_reason)

    def test_the_test_shows_the_key_of_a_server_that_nobody_knows(self):
        self.files.action_pause()
        self.files._as_approved().write({"sftp_host_key": False})
        shown = self.files.with_user(self.manager).action_test_connection()["params"]
        self.assertEqual(shown["type"], "warning")
        self.assertIn(self.sshd.fingerprint, shown["message"])
        with self.assertRaisesRegex(UserError, "host key first"):
            self.files.action_activate()
        self.assertFalse(self.there("done"))

    def test_the_test_says_how_many_files_there_are(self):
        self.sshd.put("bill.xml", self.bill_file())
        shown = self.files.with_user(self.manager).action_test_connection()["params"]
        self.assertEqual(shown["type"], "success")
        self.assertIn("Files in it: 1", shown["message"])

    def test_a_host_key_is_changed_by_two(self):
        self.files.with_user(self.manager).sftp_host_key = f"SHA256:{'a' * 43}"
        self.assertEqual(self.files.sftp_host_key, self.sshd.fingerprint)
        self.assertIn("Host Key", self.files.pending_change_id.summary)

    def test_another_address_forgets_the_secret(self):
        self.files._as_approved().write({"base_url": "sftp://b@other.example/in"})
        self.assertFalse(self.files.has_secret)

    # -- When it cannot be read

    def test_a_short_outage_is_nobodys_and_a_long_one_a_persons(self):
        self.files._as_approved().write({"retry_max_attempts": 3})
        self.sshd.stop()
        self.look()
        self.look()
        self.assertEqual((self.folder.state, self.folder.failure_count), ("failed", 2))
        self.assertFalse(self.holds("ap_folder"))
        self.look()
        hold = self.holds("ap_folder")
        self.assertEqual(hold.company_id, self.company_us)
        self.assertIn("cannot be reached", hold.summary)
        self.sshd.start()
        self.look()
        self.assertEqual((hold.state, self.folder.failure_count), ("resolved", 0))

    def test_a_folder_that_is_not_there_stops_the_connection(self):
        self.files._as_approved().write(
            {"base_url": f"{self.sshd.url}/missing", "secret": self.sshd.key}
        )
        self.look()
        self.assertEqual(self.files.state, "paused")
        self.assertIn("no such folder", self.files.pause_reason)

    def test_a_copy_of_the_database_does_nothing(self):
        self.sshd.put("bill.xml", self.bill_file())
        before = self.sshd.log()
        with conf(self.env, environment="staging"):
            self.take_in()
        self.assertEqual(self.sshd.log(), before)
        self.assertEqual((self.folder.state, self.there()), ("new", ["bill.xml"]))

    # -- Who may

    def test_the_schedule_starts_one_job_for_each_active_connection(self):
        self.make_folder(key="paused").action_pause()
        with trap_jobs() as trap:
            self.folder._cron_look()
            trap.assert_jobs_count(1, only=self.folder._job_look)

    def test_a_manager_looks_now_and_nobody_else(self):
        for action in (
            self.files.with_user(self.manager).action_look_now,
            self.folder.with_user(self.manager).action_look,
        ):
            with trap_jobs() as trap:
                action()
                trap.assert_jobs_count(1, only=self.folder._job_look)
        for action in (
            self.files.with_user(self.clerk).action_look_now,
            self.folder.with_user(self.clerk).action_look,
        ):
            with self.assertRaises(AccessError):
                action()

    def test_another_company_sees_nothing(self):
        self.sshd.put("bill.xml", self.bill_file())
        self.take_in()
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_invoice",
        )
        as_stranger = self.env(
            user=stranger.id, context={"allowed_company_ids": self.company_de.ids}
        )
        for model in ("finance.sync.bill.folder", "finance.sync.bill.file"):
            self.assertFalse(as_stranger[model].search([]), model)
        with self.assertRaises(AccessError):
            self.folder.with_env(as_stranger).read(["error"])

    def test_a_folder_is_one_companys(self):
        with self.assertRaises(ValidationError):
            self.files.company_ids = [Command.set(self.companies.ids)]
