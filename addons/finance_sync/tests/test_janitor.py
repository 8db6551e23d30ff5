from odoo.tools import file_open

from .common import EchoCase


class TestJanitor(EchoCase):
    def janitor(self):
        self.env["finance.sync.exchange"]._cron_janitor()

    def test_a_live_job_is_left_alone(self):
        exchange = self.enqueue()
        job = self.job_of(exchange)
        for state in ("pending", "enqueued", "started"):
            job.state = state
            self.janitor()
            self.assertEqual(self.job_of(exchange), job)

    def test_a_dead_job_is_replaced(self):
        """Also one that reached queue_job's own retry limit, which failed silently."""
        for state in ("failed", "cancelled", "done"):
            exchange = self.enqueue(document=self.make_entry())
            job = self.job_of(exchange)
            job.state = state
            self.janitor()
            self.assertNotEqual(self.job_of(exchange), job)
            self.assertEqual(self.job_of(exchange).state, "pending")

    def test_a_lost_job_is_replaced(self):
        exchange = self.enqueue()
        self.job_of(exchange).unlink()
        self.janitor()
        self.run_job(exchange)
        self.assertTrue(self.job_of(exchange))
        self.assertEqual(exchange.state, "done")

    def test_who_waits_for_an_earlier_one_needs_no_job(self):
        commit, void = self.enqueue("echo.again"), self.enqueue("echo.undo")
        self.job_of(commit).unlink()
        self.job_of(void).unlink()
        self.janitor()
        self.assertTrue(self.job_of(commit))
        self.assertFalse(self.job_of(void))

    def test_nothing_for_a_paused_connection(self):
        exchange = self.enqueue()
        self.job_of(exchange).unlink()
        self.connection.action_pause()
        self.janitor()
        self.assertFalse(self.job_of(exchange))
        self.connection.action_activate()
        self.assertTrue(self.job_of(exchange))

    def test_without_an_execution_user_its_owner_is_told(self):
        lost, fine = (
            self.enqueue(),
            self.enqueue(document=self.make_entry(self.company_de)),
        )
        self.job_of(lost).unlink()
        self.job_of(fine).unlink()
        self.connection.user_line_ids.filtered(
            lambda line: line.company_id == self.company_us
        ).unlink()
        self.janitor()
        self.assertFalse(self.job_of(lost))
        self.assertTrue(self.job_of(fine))
        self.assertEqual(self.connection.hold_ids.code, "configuration")

    def test_neutralize(self):
        exchange = self.enqueue()
        self.run_job(exchange)
        waiting = self.enqueue("echo.again")
        self.env.flush_all()
        with file_open("finance_sync/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        connection = self.connection
        self.assertEqual(connection.state, "paused")
        self.assertFalse(connection.has_secret or connection.auth_user)
        self.assertFalse(connection.database_fingerprint or connection.service_user_id)
        self.assertFalse((exchange | waiting).sudo().filtered("payload_enc"))
        self.assertFalse(self.attempts(exchange).sudo().answer_enc)
        self.assertEqual(self.job_of(waiting).state, "cancelled")
        self.run_job(waiting)
        self.assertEqual(len(self.provider.requests), 1)
