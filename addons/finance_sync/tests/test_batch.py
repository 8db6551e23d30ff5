from unittest.mock import patch

from odoo.addons.finance_sync.core.registry import Resolution
from odoo.addons.finance_sync.models.batch import Calls
from odoo.exceptions import UserError

from .common import EchoCase
from .provider import APPLY, EchoAdapter

CLOSED = "The period is closed."


class TestBatch(EchoCase):
    def lane(self, operation="echo.small"):
        return self.connection.id, operation, self.company_us.id

    def enqueue_many(self, count, operation="echo.small"):
        """Messages about so many documents, by one call as bulk actions do."""
        return self.env["finance.sync.exchange"]._enqueue_many(
            [
                {
                    "document": self.make_entry(),
                    "operation": operation,
                    "connection": self.connection,
                    "request": {"number": f"INV/{number}"},
                }
                for number in range(count)
            ]
        )

    def waiting_jobs(self, operation="echo.small"):
        """Of the lane, oldest first."""
        lane = ":".join(map(str, self.lane(operation)))
        return self.env["queue.job"].search(
            [
                ("identity_key", "=", f"finance_sync:drain:{lane}"),
                ("state", "=", "pending"),
            ],
            order="id",
        )

    def drain(self, operation="echo.small"):
        """Run the lane's only waiting job, as the job runner does."""
        job = self.waiting_jobs(operation)
        self.assertEqual(len(job), 1)
        self.assertEqual(job.user_id, self.worker)
        job.state = "started"
        self.env.flush_all()
        worker = self.env["finance.sync.exchange"].with_user(self.worker)
        worker = worker.with_context(allowed_company_ids=self.company_us.ids)
        said = worker._job_drain(*self.lane(operation))
        job.state = "done"
        return said

    def effects(self, exchanges):
        return [
            len(self.provider.effects.get(exchange.idempotency_key, ()))
            for exchange in exchanges
        ]

    def settings(self, **values):
        connection = self.connection._as_approved()
        connection.write(values)

    # -- One job, many exchanges

    def test_one_job_waits_for_many(self):
        exchanges = self.enqueue_many(3)
        exchanges |= self.enqueue_many(3)
        self.assertFalse(exchanges.filtered(self.job_of))
        self.assertEqual(len(self.waiting_jobs()), 1)
        self.assertEqual(set(exchanges.mapped("job_state")), {"Pending"})
        self.drain()
        self.assertEqual(exchanges.mapped("state"), ["done"] * 4 + ["pending"] * 2)
        self.drain()
        self.assertEqual(set(exchanges.mapped("state")), {"done"})
        self.assertEqual(self.effects(exchanges), [1] * 6)
        self.assertFalse(self.waiting_jobs())
        attempts = self.attempts(exchanges)
        self.assertEqual(set(attempts.mapped("state")), {"succeeded"})
        self.assertEqual(set(attempts.mapped("number")), {1})
        self.assertTrue(self.connection.last_success)
        for exchange in exchanges:
            document = self.env["account.move"].browse(exchange.res_id)
            self.assertEqual(document.ref, exchange.external_ref)

    def test_nothing_to_do(self):
        self.enqueue_many(1)
        self.drain()
        worker = self.env["finance.sync.exchange"].with_user(self.worker)
        worker._job_drain(*self.lane())
        self.assertEqual(self.provider.count, 1)

    def test_lanes_by_company(self):
        self.enqueue_many(2)
        other = self.enqueue("echo.small", self.make_entry(self.company_de))
        self.assertEqual(len(self.waiting_jobs()), 1)
        self.drain()
        self.assertEqual(other.state, "pending")
        self.assertEqual(other.job_state, "Pending")

    def test_inbound_messages(self):
        lines = self.connection.sudo().user_line_ids
        lines.filtered(lambda x: x.company_id == self.company_us).external_code = "us"
        seen = []
        for number in range(3):
            APPLY[number] = lambda exchange, answer: seen.append(answer["number"])
            self.env["finance.sync.connection"].with_user(self.service).receive(
                "echo", "echo.small_in", f"B-{number}", 1,
                {"number": number, "company": "us"},
            )  # fmt: skip
        self.drain("echo.small_in")
        self.assertEqual(seen, [0, 1, 2])
        self.assertFalse(self.provider.requests)

    def test_what_only_a_person_can_resolve_is_never_in_a_batch(self):
        operations = {**EchoAdapter.operations, "echo.small": Resolution.MANUAL}
        with patch.object(EchoAdapter, "operations", operations):
            exchanges = self.enqueue_many(2)
        self.assertFalse(self.waiting_jobs())
        self.assertEqual(len(exchanges.filtered(self.job_of)), 2)

    def test_a_lane_that_is_drained_no_more(self):
        exchanges = self.enqueue_many(2)
        handler = type(self.env["finance.sync.handler.echo.small"])
        with patch.object(handler, "_batch_size", 0):
            self.drain()
        self.assertFalse(self.waiting_jobs())
        self.assertEqual(len(exchanges.filtered(self.job_of)), 2)

    def test_one_after_the_other_about_one_document(self):
        document = self.make_entry()
        first, second = (self.enqueue("echo.small", document) for _turn in range(2))
        self.drain()
        self.assertEqual((first.state, second.state), ("done", "pending"))
        self.drain()
        self.assertEqual(second.state, "done")

    def test_paused(self):
        exchanges = self.enqueue_many(2)
        self.connection.action_pause()
        self.drain()
        self.assertEqual(set(exchanges.mapped("state")), {"pending"})
        self.connection.action_activate()
        self.drain()
        self.assertEqual(set(exchanges.mapped("state")), {"done"})

    # -- One bad exchange does not spoil the others

    def test_one_is_rejected(self):
        exchanges = self.enqueue_many(4)
        self.provider.script.extend([None, 422])
        self.drain()
        self.assertEqual(exchanges.mapped("state"), ["done", "held", "done", "done"])
        self.assertEqual(self.hold(exchanges[1]).code, "rejected")
        self.assertEqual(self.effects(exchanges), [1, 0, 1, 1])

    def test_one_cannot_be_booked(self):
        exchanges = self.enqueue_many(4)

        def refuse(exchange, answer):
            raise UserError(CLOSED)

        APPLY[exchanges[2].uuid] = refuse
        self.drain()
        self.assertEqual(exchanges.mapped("state"), ["done", "done", "held", "done"])
        self.assertIn(CLOSED, self.hold(exchanges[2]).summary)
        APPLY.clear()
        exchanges[2].with_user(self.accountant).action_retry()
        self.drain()
        self.assertEqual(exchanges[2].state, "done")
        self.assertEqual(self.effects(exchanges), [1] * 4)
        self.assertEqual(len(self.provider.requests), 4)

    def test_one_fails_for_a_while(self):
        """It gets a job of its own with a later ETA, and batches leave it alone."""
        exchanges = self.enqueue_many(4)
        self.provider.script.extend([None, 503])
        self.drain()
        late = exchanges[1]
        self.assertEqual(exchanges.mapped("state"), ["done", "pending", "done", "done"])
        self.assertTrue(self.job_of(late).eta)
        self.enqueue_many(1)
        self.drain()
        self.assertEqual(late.state, "pending")
        self.run_job(late)
        self.assertEqual(late.state, "done")

    def test_one_answer_is_lost(self):
        """Its own job looks it up; it is not sent again."""
        exchanges = self.enqueue_many(3)
        self.provider.script.extend([None, "drop"])
        self.drain()
        self.assertEqual(exchanges.mapped("state"), ["done", "pending", "done"])
        self.assertEqual(self.attempts(exchanges[1]).mapped("state"), ["unknown"])
        self.run_job(exchanges[1])
        self.assertEqual(exchanges[1].state, "done")
        self.assertEqual(self.effects(exchanges), [1, 1, 1])

    def test_a_mistake_of_ours_gets_each_a_job_of_its_own(self):
        exchanges = self.enqueue_many(2)

        def broken(self, batch):
            raise ValueError("a mistake of ours")

        with (
            patch.object(type(exchanges), "_go_on", broken),
            self.assertRaises(ValueError),
        ):
            self.drain()
        self.env.cr.postrollback.run()
        self.env.invalidate_all()
        self.assertEqual(len(exchanges.filtered(self.job_of)), 2)

    # -- Admission

    def test_an_outage_stops_the_calls(self):
        self.settings(breaker_threshold=2)
        exchanges = self.enqueue_many(4)
        self.provider.script.extend([503] * 4)
        self.drain()
        self.assertEqual(len(self.provider.requests), 2)
        self.assertEqual(self.connection.breaker_state, "open")
        # What was not called has no attempt, and waits with the lane.
        self.assertEqual(
            [len(self.attempts(exchange)) for exchange in exchanges], [1, 1, 0, 0]
        )
        self.drain()
        self.assertEqual(len(self.provider.requests), 2)
        self.assertTrue(self.waiting_jobs().eta)
        # New ones wait with them.
        self.enqueue_many(1)
        self.assertEqual(len(self.waiting_jobs()), 1)

    def test_one_probes_for_all(self):
        self.settings(breaker_threshold=1)
        exchanges = self.enqueue_many(3)
        self.provider.script.append(503)
        self.drain()
        self.env.cr.execute(
            "UPDATE finance_sync_connection_state SET opened_at = opened_at - 61"
            " WHERE connection_id = %s",
            [self.connection.id],
        )
        self.drain()
        self.assertEqual(len(self.provider.requests), 2)
        self.assertEqual(exchanges.mapped("state"), ["pending", "done", "pending"])
        self.drain()
        self.assertEqual(exchanges.mapped("state"), ["pending", "done", "done"])

    def test_throttled(self):
        exchanges = self.enqueue_many(4)
        self.provider.script.extend([None, 429])
        self.drain()
        self.assertEqual(len(self.provider.requests), 2)
        self.assertTrue(self.waiting_jobs().eta)
        self.assertEqual(len(self.attempts(exchanges[2])), 0)

    def test_calls_that_do_not_fit_are_left_to_the_next_job(self):
        exchanges = self.enqueue_many(3)
        with patch.object(Calls, "SECONDS", -1.0):
            self.drain()
        self.assertFalse(self.provider.requests)
        self.assertFalse(self.attempts(exchanges))
        self.drain()
        self.assertEqual(set(exchanges.mapped("state")), {"done"})

    def test_rate_limit(self):
        self.settings(rate_per_second=0.1, rate_burst=2)
        exchanges = self.enqueue_many(4)
        self.drain()
        self.assertEqual(
            exchanges.mapped("state"), ["done", "done", "pending", "pending"]
        )
        self.assertTrue(self.waiting_jobs().eta)

    def test_wrong_credentials_pause_the_connection_once(self):
        exchanges = self.enqueue_many(4)
        self.provider.script.extend([None, 401])
        self.drain()
        self.assertEqual(self.connection.state, "paused")
        self.assertEqual(len(self.provider.requests), 2)
        self.assertFalse(self.waiting_jobs())
        self.connection.with_user(self.manager).action_activate()
        self.drain()
        self.assertEqual(set(exchanges.mapped("state")), {"done"})

    # -- A batch that was cut off

    def test_calls_in_flight_are_left_alone(self):
        exchanges = self.enqueue_many(2)
        self.env["finance.sync.attempt"]._begin(
            {
                "exchange_uuid": exchanges[0].uuid,
                "connection_ref": self.connection.id,
                "company_ref": self.company_us.id,
                "operation": "echo.small",
                "number": 1,
            },
            60,
        )
        self.drain()
        self.assertEqual(exchanges.mapped("state"), ["pending", "done"])
        self.assertTrue(self.job_of(exchanges[0]).eta)
        self.assertFalse(self.waiting_jobs())

    def test_the_janitor_starts_a_lost_job(self):
        self.enqueue_many(2)
        self.waiting_jobs().unlink()
        self.env["finance.sync.exchange"]._cron_janitor()
        self.env["finance.sync.exchange"]._cron_janitor()
        self.drain()
        self.assertEqual(self.provider.count, 2)
