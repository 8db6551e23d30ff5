"""Bills that come as files: taken in once, read by a job, received like any other."""

import base64
import uuid
from unittest.mock import patch

from odoo.addons.finance_sync.tests.common import make_user
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from .file_case import FileCase
from .unit.paper import page, with_files
from .unit.wire import cii


@tagged("post_install", "-at_install")
class TestBillFile(FileCase):
    def test_an_uploaded_invoice_becomes_a_matched_bill(self):
        order = self.order()
        data = self.invoice(order)
        file = self.file(self.bring(data))
        self.assertEqual(file.state, "read", file.reason)
        self.assertEqual(file.how, "UBL 2.1")
        bill = file.bill_id
        self.assertEqual(
            bill.state, "matched", bill.finance_sync_hold_ids.mapped("summary")
        )
        self.assertEqual(bill.link_ids.order_line_id, order.order_line)
        self.assertEqual(bill.connection_id, self.files)
        self.assertEqual(bill.company_id, self.company_us)
        self.assertEqual(bill.exchange_uuid, file.exchange_uuid)
        seen = bill.with_user(self.clerk)
        self.assertEqual(base64.b64decode(seen.file_data), data)
        self.assertIn("R-2026-0007", seen.file_text)
        bill.with_user(self.clerk).action_stage()
        self.assertEqual(bill.move_id.amount_total, bill.amount_total)

    def test_the_invoice_in_a_pdf_is_received_too(self):
        content = self.content(self.order())
        xml = cii({key: value for key, value in content.items() if value})
        file = self.file(self.bring(with_files(page("Invoice"), factur_x=xml)))
        self.assertEqual(file.bill_id.state, "matched", file.reason)
        self.assertEqual(file.mimetype, "application/pdf")

    def test_the_same_file_is_one_bill(self):
        data = self.invoice()
        first = self.file(self.bring(data))
        again = self.bring(data, data + b"\n")
        lines = again.line_ids
        self.assertEqual(lines.mapped("result"), ["duplicate", "new"])
        self.assertIn(first.name, lines[0].note)
        self.assertEqual(lines[0].file_id.original_id, first)
        self.assertEqual(first.bill_ids, first.bill_id)
        # Another file with the same bill is stopped by its number.
        other = lines[1].file_id.sudo().bill_id
        self.assertEqual(self.codes(other), ["ap_duplicate"])

    def test_the_same_file_of_another_company_is_another_bill(self):
        data = self.invoice()
        both = self.file(self.bring(data)) | self.file(
            self.bring(data, company=self.company_de)
        )
        self.assertEqual(both.mapped("state"), ["read", "read"])
        self.assertEqual(both.bill_ids.company_id, self.companies)

    def test_a_bill_that_no_system_voids_is_given_up_by_a_clerk(self):
        order = self.order()
        first = self.file(self.bring(self.invoice(order))).bill_id
        again = self.file(self.bring(self.invoice(order, BT_2="2026-03-09"))).bill_id
        self.assertEqual(self.codes(again), ["ap_duplicate"])
        with self.assertRaises(AccessError):
            again.with_user(self.auditor).action_give_up()
        again.with_user(self.clerk).action_give_up()
        self.assertEqual(again.state, "voided")
        self.assertEqual(again.file_id.state, "given_up")
        self.assertFalse(again.finance_sync_hold_ids)
        first.with_user(self.clerk).action_stage()
        first.with_user(self.clerk).action_post_bill()
        for bill in (again, first, self.deliver(self.content(None, BT_1="R-8"))):
            with self.subTest(bill.state), self.assertRaises(UserError):
                bill.with_user(self.clerk).action_give_up()

    def test_what_was_voided_may_be_brought_again(self):
        data = self.invoice()
        first = self.file(self.bring(data))
        first.bill_id._void("Wrong one")
        self.assertEqual(first.state, "given_up")
        again = self.file(self.bring(data))
        self.assertEqual(again.bill_id.state, "matched")
        self.assertNotEqual(again.bill_id, first.bill_id)

    def test_a_file_that_cannot_be_read_is_held_with_the_reason(self):
        wizard = self.bring(b"PK\x03\x04", b"<!DOCTYPE x><x/>", self.invoice()[:900])
        files = self.file(wizard)
        self.assertEqual(set(files.mapped("state")), {"failed"})
        holds = self.hold(files[0]) | self.hold(files[1]) | self.hold(files[2])
        self.assertEqual(holds.mapped("code"), ["ap_file"] * 3)
        self.assertIn("neither XML nor PDF", holds[0].summary)
        self.assertIn("document type", holds[1].summary)
        self.assertEqual(holds.company_id, self.company_us)
        self.assertFalse(files.bill_ids)

    def test_a_failed_file_can_be_read_again_or_given_up(self):
        data = b"<html/>"
        file = self.file(self.bring(data))
        hold = self.hold(file)
        with trap_jobs() as trap:
            file.with_user(self.clerk).action_read_again()
            self.assertEqual(file.state, "new")
            trap.perform_enqueued_jobs()
        self.assertEqual(file.state, "failed")
        self.assertEqual(hold.state, "open")
        file.with_user(self.clerk).action_give_up()
        self.assertEqual((file.state, hold.state), ("given_up", "cancelled"))
        self.assertEqual(self.bring(data).line_ids.result, "new")

    def test_a_job_that_runs_twice_delivers_once(self):
        file = self.file(self.bring(self.invoice()))
        before = self.env["finance.sync.exchange"].search_count([])
        file.state = "new"
        file._job_read()
        self.assertEqual(self.env["finance.sync.exchange"].search_count([]), before)
        self.assertFalse(
            self.env["finance.sync.hold"].search([("code", "=", "payload_conflict")])
        )

    def test_content_that_was_exchanged_is_not_read(self):
        with trap_jobs():
            file = self.env["finance.sync.bill.file"]._take_in(
                self.company_us, "bill.xml", self.invoice(), "upload"
            )
        file._stored().raw = self.invoice(BT_1="R-9")
        file._job_read()
        self.assertEqual(file.state, "failed")
        self.assertIn("not as it came", self.hold(file).summary)

    def test_too_large_files_are_not_taken_in(self):
        limit = "odoo.addons.finance_sync_ap.wizards.bill_upload.MAX_BYTES"
        with patch(limit, 100):
            wizard = self.bring(b"x" * 101, b"<a/>")
        self.assertEqual(wizard.line_ids.mapped("result"), ["refused", "new"])

    def test_what_is_too_large_in_a_mail_is_kept_and_held(self):
        data = b"%PDF-1.7\n" + bytes(50_000_000)
        with trap_jobs() as trap:
            file = self.env["finance.sync.bill.file"]._take_in(
                self.company_us, "large.pdf", data, "mail", "ott@example.com"
            )
            trap.perform_enqueued_jobs()
        self.assertEqual(file.state, "failed")
        self.assertIn("larger than 20 MB", self.hold(file).summary)
        self.assertEqual(file.sudo()._stored().file_size, len(data))

    def test_without_a_connection_nobody_is_left_in_doubt(self):
        self.files.action_pause()
        with self.assertRaisesRegex(UserError, "takes in bill files"):
            self.bring(b"<a/>")

    def test_the_event_log_has_what_came_in(self):
        file = self.file(self.bring(self.invoice()))
        event = self.env["finance.sync.event"].search(
            [("type", "=", "finance_sync.bill_file.received")], limit=1
        )
        self.assertIn(file.sha256, str(event.data))


@tagged("post_install", "-at_install")
class TestBillFileAccess(FileCase):
    def test_files_are_kept_as_they_came(self):
        file = self.file(self.bring(b"<a/>")).with_user(self.clerk)
        for vals in ({"state": "read"}, {"data": b""}, {"sender": "x"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                file.write(vals)
        with self.assertRaises(AccessError):
            file.create({"name": "x"})
        with self.assertRaises(AccessError):
            file.message_new({}, {"company_id": self.company_us.id})
        with self.assertRaises(UserError):
            file.sudo().unlink()

    def test_who_books_no_bills_brings_none(self):
        file = self.file(self.bring(b"<a/>"))
        for user in (self.auditor, self.approver):
            for call in ("action_read_again", "action_give_up"):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    getattr(file.with_user(user), call)()
        with self.assertRaises(AccessError):
            self.bring(b"<b/>", user=self.auditor)

    def test_another_companys_files_are_nobodys(self):
        file = self.file(self.bring(self.invoice()))
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_invoice",
        )
        theirs = self.env(
            user=stranger.id, context={"allowed_company_ids": self.company_de.ids}
        )
        self.assertFalse(theirs["finance.sync.bill.file"].search([]))
        for call in ("action_read_again", "action_give_up"):
            with self.assertRaises(AccessError):
                getattr(file.with_env(theirs), call)()
        wizard = theirs["finance.sync.bill.upload"].create(
            {"company_id": self.company_us.id}
        )
        with self.assertRaises(AccessError):
            wizard.action_upload()

    def test_every_view_opens(self):
        for model in ("finance.sync.bill.file", "finance.sync.bill.upload"):
            found = self.env[model].with_user(self.clerk)
            self.assertTrue(found.get_view(view_type="form")["arch"])


@tagged("post_install", "-at_install")
class TestBillMail(FileCase):
    def setUp(self):
        super().setUp()
        self.mailbox = (
            self.env["finance.sync.bill.mailbox"]
            .with_user(self.manager)
            .create({"alias_name": "bills-us", "company_id": self.company_us.id})
        )

    def mail(self, *attachments, charset="utf-8"):
        """Deliver a mail, as the gateway does; the file it became."""
        border = "=-border"
        parts = "".join(
            f"\r\n--{border}\r\nContent-Type: {kind}; name={name}\r\n"
            f"Content-Disposition: attachment; filename={name}\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n"
            f"{base64.encodebytes(data).decode()}"
            for name, kind, data in attachments
        )
        address = self.mailbox.alias_id.display_name
        raw = (
            "From: Ott <ott@example.com>\r\n"
            f"To: {address}\r\nSubject: Our bill\r\n"
            f"Message-Id: <{uuid.uuid4()}@example.com>\r\nMIME-Version: 1.0\r\n"
            f'Content-Type: multipart/mixed; boundary="{border}"\r\n\r\n'
            f"--{border}\r\nContent-Type: text/plain\r\n\r\nPlease pay at once."
            f"{parts}\r\n--{border}--\r\n"
        )
        files = self.env["finance.sync.bill.file"]
        known = files.search([])
        with trap_jobs() as trap:
            self.env["mail.thread"].message_process(None, raw)
            trap.perform_enqueued_jobs()
        self.receive_all()
        return files.search([]) - known

    def deliverable(self):
        """An alias domain, without which no mail finds its way."""
        domain = self.env["mail.alias.domain"].search([], limit=1)
        if not domain:
            domain = domain.create({"name": "bills.example.com"})
        self.mailbox.sudo().alias_domain_id = domain
        self.mailbox.alias_id.invalidate_recordset()

    def test_attached_bills_come_in_and_nothing_else_of_a_mail(self):
        self.deliverable()
        xml = self.invoice()
        files = self.mail(
            ("logo.png", "image/png", b"\x89PNG"),
            ("bill.xml", "text/xml", xml),
            ("paper.pdf", "application/pdf", with_files(page("x"), factur_x=xml)),
        )
        self.assertEqual(len(files), 2)
        self.assertEqual(set(files.mapped("source")), {"mail"})
        self.assertEqual(files.company_id, self.company_us)
        self.assertIn("ott@example.com", files[0].sender)
        electronic = files.filtered(lambda file: file.mimetype == "application/xml")
        self.assertEqual(electronic.bill_id.number, "R-2026-0007")
        self.assertEqual(base64.b64decode(electronic.data), xml)

    def test_a_mail_without_a_bill_is_held(self):
        self.deliverable()
        file = self.mail(("notes.txt", "text/plain", b"See you"))
        self.assertEqual(file.state, "failed")
        self.assertIn("no PDF or XML", self.hold(file).summary)
        self.assertTrue(file.message_ids.attachment_ids)

    def test_a_mailbox_stays_its_companys(self):
        mine = self.mailbox.with_user(self.manager)
        for vals in (
            {"company_id": self.company_de.id},
            {"alias_defaults": "{'company_id': 1}"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                mine.write(vals)
        mine.alias_name = "bills-new"
        self.assertEqual(mine.alias_id.sudo().alias_name, "bills-new")
