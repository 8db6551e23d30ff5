"""What is kept about a partner: given out, and erased where no law wants it."""

import base64
import io
import json
import zipfile
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.finance_sync.core.masking import MASK
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EchoCase

WHY = "Letter of 3 May, verified by telephone."
IBAN = "DE02120300000000202051"


@tagged("post_install", "-at_install")
class TestPersonalData(EchoCase):
    def setUp(self):
        super().setUp()
        self.jane = self.env["res.partner"].create(
            {"name": "Jane Doherty", "email": "jane@example.com"}
        )
        self.env["res.partner.bank"].create(
            {"acc_number": IBAN, "partner_id": self.jane.id}
        )
        self.joe = self.env["res.partner"].create({"name": "Joe Bloggs"})
        self.hers = self.sent(self.jane)
        self.his = self.sent(self.joe)

    def sent(self, partner, **request):
        move = self.make_entry(partner_id=partner.id)
        exchange = self.enqueue(document=move, name=partner.name, **request)
        self.run_job(exchange)
        return exchange

    def inbound(self, payload, company=None):
        """A message that was done, about no document of ours."""
        found = self.connection._insert_inbound("echo.in", "M-1", "1", payload)
        exchange = self.env["finance.sync.exchange"].browse(found["id"])
        exchange.write(
            {
                "state": "done",
                "company_id": (company or self.company_us).id,
                "done_at": fields.Datetime.now(),
            }
        )
        return exchange

    def request(self, kind="export", partner=None, user=None, reason=WHY):
        requests = self.env["finance.sync.personal.request"].with_user(
            user or self.manager
        )
        request = requests.with_company(self.company_us)._request(
            kind, partner or self.jane, reason
        )
        return self.env["finance.sync.personal.request"].browse(request.id)

    def files(self, request):
        content = io.BytesIO(base64.b64decode(request.file))
        with zipfile.ZipFile(content) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}

    def export(self, **kwargs):
        request = self.request(**kwargs)
        request._job_work()
        return self.files(request)

    def erase(self, **kwargs):
        request = self.request("erasure", **kwargs)
        request.with_user(self.approver).action_approve()
        request._job_work()
        self.env.invalidate_all()
        return request

    def past_the_law(self):
        self.company_us.finance_sync_statutory_years = -1

    # -- Export

    def test_export_holds_messages_in_full(self):
        files = self.export()
        (row,) = json.loads(files["exchanges.json"])
        self.assertEqual(row["number"], self.hers.name)
        self.assertEqual(row["content"]["name"], "Jane Doherty")
        self.assertIn("external_ref", row["answers"][0]["content"])
        self.assertIn(IBAN, files["partner.json"].replace(" ", ""))
        self.assertNotIn("Joe", "".join(files.values()))

    def test_export_finds_messages_about_no_document(self):
        mine = self.inbound({"payer": {"iban": "DE02 1203 0000 0000 2020 51"}})
        rows = json.loads(self.export()["exchanges.json"])
        self.assertEqual({r["number"] for r in rows}, {mine.name, self.hers.name})

    def test_export_of_holds_and_checks(self):
        self.env["finance.sync.hold"]._raise(
            "rejected", exchange=self.hers, summary="Jane Doherty is unknown there."
        )
        self.connection._decide(
            "echo.read",
            {},
            document_uuid=None,
            company=self.company_us,
            call=lambda adapter: {"holder": "JANE DOHERTY"},
        )
        files = self.export()
        self.assertIn("unknown there", files["holds.json"])
        self.assertIn("JANE DOHERTY", files["decisions.json"])

    def test_another_company_keeps_its_own(self):
        self.inbound({"name": "Jane Doherty"}, self.company_de)
        self.assertEqual(len(json.loads(self.export()["exchanges.json"])), 1)

    def test_contacts_belong_to_their_company(self):
        child = self.env["res.partner"].create(
            {"name": "Jim Doherty", "parent_id": self.jane.id, "active": False}
        )
        exchange = self.sent(child)
        rows = json.loads(self.export()["exchanges.json"])
        self.assertIn(exchange.name, {row["number"] for row in rows})

    def test_the_file_is_the_managers_and_goes(self):
        request = self.request()
        request._job_work()
        url = request.with_user(self.manager).action_download()["url"]
        self.assertIn(f"{request._name}/{request.id}/file/", url)
        stored = self.env["ir.attachment"].search(
            [
                ("res_model", "=", request._name),
                ("res_id", "=", request.id),
                ("res_field", "=", "file"),
            ]
        )
        self.assertFalse(stored, "It would be readable by whoever reads the request.")
        for user in (self.approver, self.auditor):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                request.with_user(user).action_download()
            with self.assertRaises(AccessError):
                request.with_user(user).read(["file"])
        requests = self.env["finance.sync.personal.request"]
        requests._cron_forget_exports()
        self.assertTrue(request.file)
        request.done_at = fields.Datetime.now() - timedelta(days=31)
        requests._cron_forget_exports()
        self.assertFalse(request.file)
        with self.assertRaisesRegex(UserError, "no more"):
            request.with_user(self.manager).action_download()

    def test_who_asks(self):
        for user in (self.clerk, self.accountant, self.approver, self.auditor):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                self.request(user=user)
        with self.assertRaisesRegex(UserError, "how it was asked"):
            self.request(reason="please")

    def test_events_name_nobody(self):
        self.export()
        self.erase()
        events = self.env["finance.sync.event"].search(
            [("type", "like", "finance_sync.personal_data.")], order="id"
        )
        self.assertEqual(
            [event.type.rpartition(".")[2] for event in events],
            ["requested", "exported", "requested", "approved", "erased"],
        )
        text = str(events.read(["data", "subject_ref", "subject"]))
        for word in ("Jane", "example.com", IBAN):
            self.assertNotIn(word, text)

    # -- Erasure

    def test_content_goes_and_lineage_stays_while_the_law_wants_it(self):
        move = self.env["account.move"].browse(self.hers.res_id)
        move.posted_before = True
        digest, name = self.hers.request_hash, self.hers.document_ref
        request = self.erase()
        self.assertFalse(self.hers.sudo().payload_enc)
        self.assertFalse(self.attempts(self.hers).sudo().answer_enc)
        self.assertEqual(self.hers.document_ref, name)
        self.assertEqual(self.hers.request_hash, digest)
        self.assertTrue(self.his.sudo().payload_enc)
        self.assertIn(f"kept until {move.date.year + 10}-12-31", request.report)
        self.assertEqual(request.kept_count, 1)

    def test_past_the_law_the_name_goes_as_well(self):
        self.past_the_law()
        self.erase()
        self.assertEqual(self.hers.document_ref, MASK)
        self.assertTrue(self.hers.document_uuid)

    def test_what_is_open_stays(self):
        open_one = self.enqueue("echo.again", self.make_entry(partner_id=self.jane.id))
        held = self.sent(self.jane)
        hold = self.env["finance.sync.hold"]._raise(
            "payload_conflict", exchange=held, summary="About Jane Doherty."
        )
        request = self.erase()
        self.assertTrue(open_one.sudo().payload_enc)
        self.assertTrue(held.sudo().payload_enc)
        self.assertIn("Jane", hold.summary)
        self.assertIn("not finished yet", request.report)
        self.assertIn("a hold that is open", request.report)

    def test_texts_of_closed_holds_lose_the_person(self):
        self.past_the_law()
        hold = self.env["finance.sync.hold"]._raise(
            "rejected",
            exchange=self.hers,
            summary=f"Jane Doherty ({IBAN}) is unknown there.",
        )
        hold._message_log(body="Called jane@example.com.")
        self.env["finance.sync.hold"]._resolve_for(exchange=self.hers, why="Settled.")
        self.erase()
        self.assertEqual(hold.summary, f"{MASK} (DE{MASK}2051) is unknown there.")
        self.assertFalse(hold.partner_id)
        self.assertNotIn("jane@", str(hold.message_ids.mapped("body")))
        self.assertEqual(hold.resolution, "Settled.")

    def test_a_message_that_is_a_voucher_stays(self):
        self.env["account.move"].browse(self.hers.res_id).posted_before = True
        handler = type(self.env["finance.sync.handler.echo.find"])
        with patch.object(handler, "_keeps_payload", True):
            request = self.erase()
        self.assertTrue(self.hers.sudo().payload_enc)
        self.assertIn("the message is a voucher", request.report)

    def test_a_second_person_decides(self):
        request = self.request("erasure")
        request._job_work()
        self.assertEqual(request.state, "to_approve")
        self.assertTrue(self.hers.sudo().payload_enc)
        for user in (self.manager, self.auditor, self.env.ref("base.user_root")):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                request.with_user(user).action_approve()
        request.with_user(self.approver).action_refuse()
        request._job_work()
        self.assertTrue(self.hers.sudo().payload_enc)
        with self.assertRaisesRegex(UserError, "decided on already"):
            request.with_user(self.approver).action_approve()

    def test_again_does_no_harm(self):
        self.erase()
        again = self.erase()
        self.assertEqual(again.erased_count, 0)
