"""Payloads go after the agreed time; evidence, vouchers and open work stay."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.finance_sync.models import retention
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EchoCase


@tagged("post_install", "-at_install")
class TestRetention(EchoCase):
    def setUp(self):
        super().setUp()
        self.runs = self.env["finance.sync.retention.run"]

    def finished(self, days, operation="echo.find", count=1):
        """Exchanges that were done so many days ago, attempts and answers included."""
        exchanges = self.env["finance.sync.exchange"]
        for _number in range(count):
            exchange = self.enqueue(operation, self.make_entry())
            self.run_job(exchange)
            exchanges |= exchange
        exchanges.write({"done_at": fields.Datetime.now() - timedelta(days=days)})
        return exchanges

    def work(self):
        """The cron, and each job that it leads to. Returns the runs."""
        before = self.runs.search([])
        self.env["finance.sync.exchange"]._cron_retention()
        runs = self.runs.search([]) - before
        for run in runs:
            for _turn in range(50):
                if run.state == "done":
                    break
                run._job_step()
            self.assertEqual(run.state, "done")
        return runs

    def has_payload(self, exchange):
        exchange.invalidate_recordset()
        return bool(exchange.sudo().payload_enc)

    def test_old_payloads_go_and_evidence_stays(self):
        old, new = self.finished(400), self.finished(300)
        digest = old.request_hash
        run = self.work()
        self.assertFalse(self.has_payload(old))
        self.assertTrue(self.has_payload(new))
        self.assertFalse(self.attempts(old).sudo().answer_enc)
        self.assertTrue(self.attempts(new).sudo().answer_enc)
        self.assertEqual((old.request_hash, old.state), (digest, "done"))
        self.assertEqual(len(self.attempts(old)), 1)
        self.assertEqual((run.payloads, run.answers, run.decisions), (1, 1, 0))

    def test_its_event_counts(self):
        self.finished(400, count=3)
        self.work()
        event = self.env["finance.sync.event"].search(
            [("type", "=", "finance_sync.retention.run")]
        )
        self.assertEqual(event.connection_ref, self.connection.id)
        data = json.loads(event.data)
        self.assertEqual((data["payloads"], data["answers"]), (3, 3))

    def test_recorded_answers_go_too(self):
        decisions = self.env["finance.sync.decision"]
        self.connection._decide(
            "echo.read",
            {"n": 1},
            document_uuid=None,
            company=self.company_us,
            call=lambda adapter: {"n": 2},
        )
        decision = decisions.search([("connection_ref", "=", self.connection.id)])
        self.work()
        self.assertTrue(decision.sudo().answer_enc)
        decision.created_at = fields.Datetime.now() - timedelta(days=400)
        self.env.flush_all()
        run = self.work()
        decision.invalidate_recordset()
        self.assertFalse(decision.sudo().answer_enc)
        self.assertEqual(run.decisions, 1)

    def test_in_chunks_and_to_the_end(self):
        old = self.finished(400, count=5)
        with patch.object(retention, "CHUNK", 2):
            self.env["finance.sync.exchange"]._cron_retention()
            run = self.runs.search([], limit=1)
            run._job_step()
            self.assertEqual((run.payloads, run.state), (2, "running"))
            for _turn in range(3):
                run._job_step()
        self.assertEqual((run.payloads, run.state), (5, "done"))
        self.assertFalse(any(map(self.has_payload, old)))

    def test_one_run_at_a_time_and_a_job_of_its_own(self):
        self.finished(400)
        self.env["finance.sync.exchange"]._cron_retention()
        self.env["finance.sync.exchange"]._cron_retention()
        run = self.runs.search([("connection_id", "=", self.connection.id)])
        self.assertEqual(len(run), 1)
        job = self.env["queue.job"].search([("model_name", "=", run._name)])
        self.assertEqual((len(job), job.method_name), (1, "_job_step"))
        self.assertIn("bulk", job.channel)

    def test_what_is_open_is_never_touched(self):
        exchange = self.finished(400)
        self.env["finance.sync.hold"]._raise(
            "payload_conflict", exchange=exchange, summary="Which one counts?"
        )
        waiting = self.enqueue("echo.again")
        waiting.done_at = fields.Datetime.now() - timedelta(days=400)
        self.assertFalse(self.work())
        self.assertTrue(self.has_payload(exchange) and self.has_payload(waiting))

    def test_vouchers_stay_as_long_as_the_law_wants(self):
        voucher, old = self.finished(400), self.finished(400, "echo.again")
        handler = type(self.env["finance.sync.handler.echo.find"])
        with patch.object(handler, "_keeps_payload", True):
            run = self.work()
            self.assertTrue(self.has_payload(voucher))
            self.assertFalse(self.has_payload(old))
            self.assertEqual((run.payloads, run.kept), (1, 1))
            self.company_us.finance_sync_statutory_years = 0
            voucher.done_at = fields.Datetime.now() - timedelta(days=800)
            self.work()
            self.assertFalse(self.has_payload(voucher))

    # -- Enabled on sight

    def preview(self, days, user=None):
        return (
            self.env["finance.sync.retention.preview"]
            .with_user(user or self.manager)
            .create({"connection_id": self.connection.id, "days": days})
        )

    def test_other_days_stop_it_until_somebody_has_looked(self):
        recent = self.finished(40)
        self.connection.with_user(self.manager).write({"retention_days": 30})
        self.assertFalse(self.connection.retention_enabled)
        self.assertFalse(self.work())
        self.assertTrue(self.has_payload(recent))
        with self.assertRaisesRegex(UserError, "would be erased"):
            self.connection.with_user(self.manager).write({"retention_enabled": True})
        preview = self.preview(30)
        self.assertEqual((preview.payloads, preview.open), (1, 0))
        preview.action_enable()
        self.work()
        self.assertFalse(self.has_payload(recent))

    def test_the_preview_counts_what_would_go(self):
        self.finished(400, count=2)
        self.enqueue("echo.again")
        preview = self.preview(365)
        self.assertEqual((preview.payloads, preview.kept, preview.open), (2, 0, 1))
        preview.days = 500
        self.assertEqual(preview.payloads, 0)
        preview.days = 0
        self.assertEqual(preview.payloads, 0)

    def test_who_enables(self):
        for user in (self.accountant, self.approver, self.auditor):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                self.preview(1, user)
        self.preview(365).action_disable()
        self.finished(400)
        self.assertFalse(self.work())

    def test_zero_days_keep_for_ever(self):
        self.finished(4000)
        self.preview(0).action_enable()
        self.assertFalse(self.work())
