from datetime import timedelta

from odoo import fields
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job
from odoo.exceptions import UserError

from .common import EchoCase
from .provider import APPLY

CLOSED = "The period is closed."


class TestRun(EchoCase):
    def wait_over(self, exchange):
        """The lease of the open attempt is over, by the database's clock."""
        self.env.cr.execute(
            "UPDATE finance_sync_attempt SET lease_until = lease_until"
            " - interval '1 hour' WHERE exchange_uuid = %s",
            [exchange.uuid],
        )

    def kill(self, exchange):
        """What a worker leaves behind that is killed in its call, after the effect."""
        self.provider.effects[exchange.idempotency_key] = [{}]
        self.env["finance.sync.attempt"]._begin(
            {
                "exchange_uuid": exchange.uuid,
                "connection_ref": self.connection.id,
                "company_ref": self.company_us.id,
                "operation": exchange.operation,
                "number": 1,
            },
            60,
        )

    def test_done(self):
        exchange = self.enqueue()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(exchange.external_ref, "R-1")
        self.assertEqual(self.document.ref, "R-1")
        attempt = self.attempts(exchange)
        self.assertEqual(attempt.mapped("state"), ["succeeded"])
        self.assertEqual(attempt.company_ref, self.company_us.id)
        self.assertTrue(self.connection.last_success)
        key = exchange.idempotency_key
        self.assertEqual(self.provider.effects, {key: [{"number": "INV/1"}]})

    def test_a_second_run_does_nothing(self):
        exchange = self.enqueue()
        self.run_job(exchange)
        self.assertIn("Nothing to do", self.run_job(exchange))
        self.assertEqual(self.provider.count, 1)

    def test_applies_as_the_execution_user_in_one_company(self):
        seen = []
        exchange = self.enqueue()
        APPLY[exchange.uuid] = lambda x, answer: seen.append(
            (x.env.user, x.env.su, x.env.companies)
        )
        self.run_job(exchange)
        self.assertEqual(seen, [(self.worker, False, self.company_us)])

    # -- Errors

    def test_transient_waits_as_told(self):
        self.provider.script.append(429)
        exchange = self.enqueue()
        seconds = self.assert_waits(exchange)
        self.assertGreaterEqual(seconds, 7)
        self.assertEqual(exchange.state, "pending")
        self.assertEqual(self.attempts(exchange).mapped("state"), ["failed"])

    def test_queue_jobs_own_limit_is_never_reached(self):
        self.connection._as_approved().write(
            {"retry_max_attempts": 30, "breaker_threshold": 50}
        )
        self.provider.script.extend([429] * 12)
        exchange = self.enqueue()
        job = Job.load(self.env, self.job_of(exchange).uuid)
        for _turn in range(12):
            try:
                job.perform()
            except RetryableJobError:
                continue
            self.fail("The job did not ask to be run again.")
        self.assertEqual(job.retry, 0)
        self.assertEqual(job.max_retries, 0)
        job.perform()
        self.assertEqual(exchange.state, "done")

    def test_spent_retries_become_a_hold(self):
        self.connection._as_approved().write({"retry_max_attempts": 2})
        self.provider.script.extend([429, 429])
        exchange = self.enqueue()
        self.assert_waits(exchange)
        self.run_job(exchange)
        self.assertEqual(exchange.state, "held")
        hold = self.hold(exchange)
        self.assertEqual(hold.code, "retries_spent")
        self.assertEqual(hold.user_id, self.accountant)
        self.assertEqual(hold.amount, 120.0)
        exchange.with_user(self.accountant).action_retry()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(hold.state, "resolved")

    def test_rejected_becomes_a_hold(self):
        self.provider.script.append(422)
        exchange = self.enqueue()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "held")
        self.assertEqual(self.hold(exchange).code, "rejected")
        self.assertEqual(self.connection.breaker_state, "closed")

    def test_configuration_pauses_the_connection_and_tells_its_owner(self):
        self.provider.script.append(401)
        exchange = self.enqueue()
        other = self.enqueue(document=self.make_entry())
        self.run_job(exchange)
        self.assertEqual(self.connection.state, "paused")
        hold = self.connection.hold_ids
        self.assertEqual(hold.code, "configuration")
        self.assertEqual(hold.activity_ids.user_id, self.accountant)
        self.assertEqual(exchange.state, "pending")
        self.run_job(other)
        self.assertEqual(len(self.provider.requests), 1)
        self.connection.with_user(self.manager).action_activate()
        self.assertEqual(hold.state, "resolved")
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")

    def test_unusable_answer_becomes_a_hold_and_is_looked_up_on_retry(self):
        self.provider.script.append("html")
        exchange = self.enqueue()
        self.run_job(exchange)
        self.assertEqual(self.hold(exchange).code, "contract")
        self.assertEqual(self.attempts(exchange).mapped("state"), ["unknown"])
        exchange.action_retry()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(self.provider.count, 1)

    def test_adapter_that_fails_is_a_broken_contract(self):
        exchange = self.enqueue()

        def broken(self, adapter, key, request):
            return {}["secret"]

        self.patch(type(exchange._handler()), "_adapter_call", broken)
        with self.assertLogs("odoo.addons.finance_sync", "WARNING") as logs:
            self.run_job(exchange)
        self.assertEqual(self.hold(exchange).code, "contract")
        self.assertNotIn("secret", "".join(logs.output))

    # -- Unknown outcomes, law 3

    def test_unknown_is_looked_up(self):
        self.provider.script.append("drop")
        exchange = self.enqueue("echo.find")
        self.assert_waits(exchange)
        self.assertEqual(self.attempts(exchange).mapped("state"), ["unknown"])
        self.assertEqual(exchange.progress, "unknown")
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(self.provider.count, 1)
        self.assertEqual(
            self.attempts(exchange).mapped("state"), ["resolved", "succeeded"]
        )

    def test_unknown_that_never_arrived_is_sent(self):
        exchange = self.enqueue("echo.find")
        self.kill(exchange)
        self.provider.effects.clear()
        self.wait_over(exchange)
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(self.provider.count, 1)
        self.assertEqual(
            [method for method, _path in self.provider.requests], ["GET", "POST"]
        )

    def test_lookup_that_fails_is_repeated_and_nothing_sent(self):
        exchange = self.enqueue("echo.find")
        self.kill(exchange)
        self.wait_over(exchange)
        self.provider.script.append(503)
        self.assert_waits(exchange)
        self.assertEqual(self.attempts(exchange).mapped("state"), ["unknown", "failed"])
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(
            [method for method, _path in self.provider.requests], ["GET", "GET"]
        )

    def test_unknown_is_sent_again_where_the_provider_dedupes(self):
        self.provider.dedupe = True
        self.provider.script.append("drop")
        exchange = self.enqueue("echo.again")
        self.assert_waits(exchange)
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(self.provider.count, 1)

    def test_unknown_is_asked_of_a_person(self):
        self.provider.script.append("drop")
        exchange = self.enqueue("echo.ask")
        self.run_job(exchange)
        hold = self.hold(exchange)
        self.assertEqual(hold.code, "outcome_unknown")
        self.assertFalse(hold.overridable)
        with self.assertRaises(UserError):
            exchange.with_user(self.accountant).action_cancel()
        hold.with_user(self.accountant).action_mark_done()
        self.assertEqual(exchange.state, "done")
        self.assertEqual(hold.state, "resolved")
        self.assertEqual(self.provider.count, 1)

    def test_a_person_may_have_it_sent_again(self):
        self.provider.script.append("drop")
        exchange = self.enqueue("echo.ask")
        self.run_job(exchange)
        self.hold(exchange).with_user(self.accountant).action_retry()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")

    def test_a_read_is_repeated(self):
        self.provider.script.append("drop")
        exchange = self.enqueue("echo.read")
        self.assert_waits(exchange)
        self.assertEqual(self.attempts(exchange).mapped("state"), ["failed"])
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")

    def test_a_call_in_flight_is_left_alone(self):
        exchange = self.enqueue()
        self.kill(exchange)
        seconds = self.assert_waits(exchange)
        self.assertGreater(seconds, 50)
        self.assertFalse(self.provider.requests)

    def test_killed_worker(self):
        for operation in ("echo.find", "echo.again"):
            self.provider.dedupe = True
            exchange = self.enqueue(operation, document=self.make_entry())
            self.kill(exchange)
            self.wait_over(exchange)
            self.run_job(exchange)
            self.assertEqual(exchange.state, "done")
        self.assertEqual(self.provider.count, 2)

    # -- Applying

    def test_failed_apply_is_repeated_from_the_stored_answer(self):
        exchange = self.enqueue()

        def refuse(exchange, answer):
            self.document.ref = "half booked"
            raise UserError(CLOSED)

        APPLY[exchange.uuid] = refuse
        self.run_job(exchange)
        self.assertEqual(exchange.state, "held")
        hold = self.hold(exchange)
        self.assertEqual(hold.code, "apply_failed")
        self.assertIn(CLOSED, hold.summary)
        self.assertFalse(self.document.ref)
        with self.assertRaises(UserError):
            exchange.action_cancel()
        APPLY.clear()
        hold.with_user(self.accountant).action_retry()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(self.document.ref, "R-1")
        self.assertEqual(self.provider.count, 1)
        self.assertEqual(len(self.provider.requests), 1)

    def test_replay_sends_nothing(self):
        exchange = self.enqueue()
        self.run_job(exchange)
        self.document.ref = False
        exchange.with_user(self.accountant).action_replay()
        self.assertEqual(self.document.ref, "R-1")
        self.assertEqual(len(self.provider.requests), 1)

    def test_job_that_fails_leaves_a_hold_after_its_rollback(self):
        exchange = self.enqueue()

        def broken(self, handler, answer):
            raise ValueError("a mistake of ours")

        self.patch(type(exchange), "_finish", broken)
        with self.assertRaises(ValueError):
            self.run_job(exchange)
        self.assertFalse(self.hold(exchange))
        self.env.cr.postrollback.run()
        self.env.invalidate_all()
        self.assertEqual(self.hold(exchange).code, "apply_failed")
        self.assertEqual(exchange.state, "held")

    # -- Order, law 4

    def test_a_void_never_overtakes_a_commit(self):
        self.provider.script.append(503)
        commit = self.enqueue("echo.again")
        self.assert_waits(commit)
        void = self.enqueue("echo.undo")
        self.assertEqual((commit.revision, void.revision), (1, 2))
        self.run_job(void)
        self.assertEqual(void.state, "pending")
        self.assertEqual(len(self.provider.requests), 1)
        self.job_of(void).button_cancelled()
        self.run_job(commit)
        self.assertEqual(commit.state, "done")
        woken = self.job_of(void)
        self.assertEqual(woken.state, "pending")
        self.assertEqual(woken.user_id, self.worker)
        self.run_job(void)
        self.assertEqual(void.state, "done")

    def test_a_held_message_blocks_those_behind_it(self):
        self.provider.script.append(422)
        commit, void = self.enqueue("echo.again"), self.enqueue("echo.undo")
        self.run_job(commit)
        self.run_job(void)
        self.assertEqual((commit.state, void.state), ("held", "pending"))
        commit.with_user(self.accountant).action_cancel()
        self.assertEqual(commit.state, "cancelled")
        self.run_job(void)
        self.assertEqual(void.state, "done")

    def test_other_documents_do_not_wait(self):
        self.provider.script.append(422)
        self.run_job(self.enqueue())
        other = self.enqueue(document=self.make_entry())
        self.run_job(other)
        self.assertEqual(other.state, "done")

    # -- Admission

    def test_rate_limit_becomes_an_eta(self):
        self.connection._as_approved().write({"rate_per_second": 0.1, "rate_burst": 1})
        self.run_job(self.enqueue())
        second = self.enqueue(document=self.make_entry())
        seconds = self.assert_waits(second)
        self.assertGreater(seconds, 5)
        self.assertFalse(self.attempts(second))
        self.assertEqual(self.provider.count, 1)

    def test_breaker_opens_probes_and_closes(self):
        self.connection._as_approved().write({"breaker_threshold": 2})
        self.provider.script.extend([503, 503])
        exchange = self.enqueue("echo.again")
        for _turn in range(2):
            self.assert_waits(exchange)
        self.assertEqual(self.connection.breaker_state, "open")
        seconds = self.assert_waits(exchange)
        self.assertGreater(seconds, 30)
        self.assertEqual(len(self.provider.requests), 2)
        self.env.cr.execute(
            "UPDATE finance_sync_connection_state SET opened_at = opened_at - 61"
            " WHERE connection_id = %s",
            [self.connection.id],
        )
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.breaker_state, "closed")

    def test_cancelled_job_is_seen_on_the_exchange(self):
        exchange = self.enqueue()
        self.job_of(exchange).eta = fields.Datetime.now() + timedelta(hours=1)
        exchange.invalidate_recordset()
        self.assertTrue(exchange.job_eta)
        exchange.with_user(self.accountant).action_retry()
        exchange.invalidate_recordset()
        self.assertFalse(exchange.job_eta)
