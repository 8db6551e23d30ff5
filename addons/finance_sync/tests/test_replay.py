"""Dead letters: what a replay would do, and what it does."""

from unittest.mock import patch

from odoo import Command
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError, UserError

from ..models import replay_run
from .common import EchoCase, make_user


class ReplayCase(EchoCase):
    def configure(self, **values):
        """Settings that a second person would have to approve."""
        connection = self.connection._as_approved()
        connection.write(values)

    def held(self, count=1, operation="echo.find", step=422):
        """Messages that the other side refused."""
        exchanges = self.env["finance.sync.exchange"]
        for _number in range(count):
            self.provider.script.append(step)
            exchange = self.enqueue(operation, document=self.make_entry())
            self.run_job(exchange)
            exchanges |= exchange
        self.assertEqual(set(exchanges.mapped("state")), {"held"})
        return exchanges

    def preview(self, exchanges, user=None):
        action = exchanges.with_user(user or self.accountant).action_replay_many()
        run = self.env["finance.sync.replay"].browse(action["res_id"])
        return run.with_user(user or self.accountant)

    def step(self, run):
        """As the job runner does; the jobs that it makes, by what they run."""
        with trap_jobs() as trap:
            run._job_step()
        self.env.flush_all()
        return [job.method_name for job in trap.enqueued_jobs]

    def start(self, run):
        with trap_jobs() as trap:
            run.action_start()
        self.assertEqual([j.method_name for j in trap.enqueued_jobs], ["_job_step"])


class TestPreview(ReplayCase):
    def test_says_what_will_happen(self):
        refused = self.held(2)
        self.provider.script.append("drop")
        unknown = self.enqueue("echo.ask", document=self.make_entry())
        self.run_job(unknown)
        asked = self.held()
        self.hold(asked).with_user(self.accountant)._override("Agreed by phone.")
        run = self.preview(refused | unknown | asked)
        found = {(g.action, g.reason): (g.count, g.amount) for g in run.group_ids}
        self.assertEqual(
            found,
            {
                ("send_again", ""): (2, 240.0),
                ("blocked", "ask_person"): (1, 120.0),
                ("blocked", "override_asked"): (1, 120.0),
            },
        )
        self.assertEqual((run.total, run.startable, run.left_out), (4, 2, 2))
        blocked = run.group_ids.filtered(lambda g: g.reason == "ask_person")
        self.assertIn("Look there", blocked.reason_text)
        self.assertEqual(blocked.operation_label, "Echo ask")
        self.assertEqual(refused.mapped("state"), ["held", "held"])
        self.assertEqual(run.state, "preview")

    def test_asks_the_other_side_where_it_can(self):
        self.configure(retry_max_attempts=1)
        self.provider.script.append("drop")
        exchange = self.enqueue()
        self.run_job(exchange)
        (group,) = self.preview(exchange).group_ids
        self.assertEqual(group.action, "look_up")

    def test_a_paused_connection_is_told_of(self):
        exchanges = self.held(2)
        self.connection.action_pause()
        run = self.preview(exchanges)
        (group,) = run.group_ids
        self.assertEqual((group.action, group.connection_health), ("blocked", "bad"))
        with self.assertRaisesRegex(UserError, "None of these"):
            run.action_start()
        self.connection.action_activate()
        run.action_refresh()
        self.assertEqual(run.startable, 2)

    def test_an_earlier_message_goes_first(self):
        first = self.held()
        document = self.env["account.move"].browse(first.res_id)
        later = self.enqueue("echo.again", document=document)
        later.state = "held"
        (group,) = self.preview(later).group_ids
        self.assertEqual(group.reason, "earlier")
        run = self.preview(first | later)
        self.assertEqual(run.startable, 2)

    def test_by_filter(self):
        exchanges = self.held(2)
        other = self.held(operation="echo.again")
        wizard = self.env["finance.sync.replay.filter"].with_user(self.accountant)
        kind = self.env.ref("finance_sync.hold_type_rejected")
        for values, found in (
            ({"connection_id": self.connection.id}, exchanges | other),
            ({"operation": "echo.again"}, other),
            ({"operation": "echo.find", "type_id": kind.id}, exchanges),
            ({"amount_from": 120.0, "operation": "echo.again"}, other),
        ):
            chosen = wizard.create(values)
            self.assertEqual(chosen.count, len(found))
            run = self.env["finance.sync.replay"].browse(
                chosen.action_preview()["res_id"]
            )
            self.assertEqual(run.line_ids.exchange_id, found)
        with self.assertRaisesRegex(UserError, "Nothing"):
            wizard.create({"amount_from": 121.0}).action_preview()

    def test_all_of_a_connection(self):
        exchanges = self.held(3)
        connection = self.connection.with_user(self.accountant)
        self.assertEqual(connection.dead_letter_count, 3)
        action = connection.action_replay_dead_letters()
        run = self.env["finance.sync.replay"].browse(action["res_id"])
        self.assertEqual(run.line_ids.exchange_id, exchanges)

    def test_clerks_replay_nothing(self):
        exchange = self.held()
        with self.assertRaises(AccessError):
            self.preview(exchange, self.clerk)

    def test_only_whoever_started_it_or_a_manager(self):
        run = self.preview(self.held())
        other = make_user(
            self.env,
            "colleague",
            self.company_us,
            self.companies,
            "account.group_account_user",
        )
        with self.assertRaisesRegex(AccessError, "Somebody else"):
            run.with_user(other).action_start()
        with trap_jobs():
            run.with_user(self.manager).action_start()
        self.assertEqual(run.state, "running")

    def test_another_company_sees_nothing(self):
        run = self.preview(self.held())
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_user",
        )
        for name in ("replay", "replay.line", "replay.group"):
            model = (
                self.env[f"finance.sync.{name}"]
                .with_user(stranger)
                .with_context(allowed_company_ids=self.company_de.ids)
            )
            mine = {"replay": "id"}.get(name, "replay_id")
            self.assertFalse(model.search([(mine, "=", run.id)]))

    def test_a_thousand_cost_no_more_queries(self):
        self.env["finance.sync.exchange"].search([]).mapped("uuid")
        few, many = self.held(2), self.copies(self.held(), 300)
        counts = []
        for exchanges in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.preview(exchanges).group_ids.mapped("reason_text")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 5)

    def copies(self, exchange, count):
        return self.env["finance.sync.exchange"].create(
            [
                {
                    "operation": exchange.operation,
                    "connection_id": exchange.connection_id.id,
                    "company_id": exchange.company_id.id,
                    "currency_id": exchange.currency_id.id,
                    "idempotency_key": f"copy:{number}",
                    "document_uuid": f"copy-{number}",
                    "document_ref": f"COPY/{number}",
                    "payload_enc": exchange.sudo().payload_enc,
                    "state": "held",
                    "amount": 5.0,
                }
                for number in range(count)
            ]
        )


class TestRun(ReplayCase):
    def test_replays_and_says_what_became_of_it(self):
        exchanges = self.held(3)
        run = self.preview(exchanges)
        self.start(run)
        # Their jobs wait already, here as they were refused before they ended.
        self.assertEqual(self.step(run), ["_job_step"])
        self.assertEqual((run.running_count, run.todo_count), (3, 0))
        self.provider.script.append(422)
        for exchange in exchanges:
            self.run_job(exchange)
        run.invalidate_recordset()
        self.step(run)
        run.invalidate_recordset()
        self.assertEqual(run.state, "done")
        self.assertEqual((run.done_count, run.held_count), (2, 1))
        self.assertEqual(run.progress, 100.0)
        (group,) = run.group_ids
        self.assertEqual((group.done_count, group.held_count), (2, 1))
        self.assertEqual(self.provider.count, 2)
        told = self.env["mail.message"].search(
            [("model", "=", run._name), ("res_id", "=", run.id)]
        )
        self.assertIn("2 done, 1 held again", told.body)

    def test_nothing_takes_effect_twice(self):
        """What arrived without being heard of is found there, not sent again."""
        self.configure(retry_max_attempts=1)
        self.provider.script.append("drop")
        exchange = self.enqueue()
        self.run_job(exchange)
        self.assertEqual(self.provider.count, 1)
        run = self.preview(exchange)
        self.start(run)
        self.step(run)
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(self.provider.count, 1)

    def test_a_few_at_a_time(self):
        exchanges = self.held(5)
        run = self.preview(exchanges)
        self.start(run)
        with patch.multiple(replay_run, STEP=2, WINDOW=3):
            for expected in ((3, 2), (2, 3), (2, 3)):
                self.step(run)
                run.invalidate_recordset()
                self.assertEqual((run.todo_count, run.running_count), expected)

    def test_a_crowd_is_not_added_to(self):
        exchanges = self.held(2)
        self.enqueue(document=self.make_entry())
        run = self.preview(exchanges)
        self.start(run)
        with patch.object(replay_run, "CROWD", 1):
            self.assertEqual(self.step(run), ["_job_step"])
        self.assertIn("Many messages", run.waits_for)
        self.assertEqual(exchanges.mapped("state"), ["held", "held"])

    def test_an_open_breaker_lets_one_through(self):
        exchanges = self.held(3)
        self.configure(breaker_threshold=1)
        self.provider.script.append(503)
        self.assert_waits(self.enqueue(document=self.make_entry()))
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.breaker_state, "open")
        run = self.preview(exchanges)
        self.start(run)
        # One waits already: the one that opened it.
        self.assertEqual(self.step(run), ["_job_step"])
        self.assertIn("does not answer", run.waits_for)

    def test_a_pause_holds_up_no_other_connection(self):
        first = self.held(2)
        paused = self.connection
        self.connection = self.make_connection(
            key="echo-2",
            name="Echo 2",
            base_url=self.provider.url,
            auth_user="us",
            secret="open sesame",
        )
        second = self.held(2)
        run = self.preview(first | second)
        self.start(run)
        paused.action_pause()
        self.step(run)
        self.assertEqual(first.mapped("state"), ["held", "held"])
        self.assertEqual(second.mapped("state"), ["pending", "pending"])
        self.assertIn("Echo", run.waits_for)

    def test_stop(self):
        exchanges = self.held(2)
        run = self.preview(exchanges)
        self.start(run)
        run.action_stop()
        self.assertEqual(self.step(run), [])
        self.assertEqual(exchanges.mapped("state"), ["held", "held"])
        self.assertEqual(run.state, "stopped")

    def test_what_was_cancelled_meanwhile_is_left_out(self):
        exchanges = self.held(2)
        run = self.preview(exchanges)
        self.start(run)
        exchanges[0].with_user(self.manager).action_cancel()
        self.step(run)
        lines = {line.exchange_id: line for line in run.line_ids}
        self.assertEqual(lines[exchanges[0]].state, "skipped")
        self.assertEqual(lines[exchanges[1]].state, "running")

    def test_holds_are_retried_in_bulk(self):
        exchanges = self.held(2)
        holds = exchanges.hold_ids.with_user(self.accountant)
        action = holds.action_retry_many()
        self.assertEqual(action["res_model"], "finance.sync.replay")
        self.assertTrue(holds[0].action_retry_many())
        self.assertEqual(holds[0].exchange_id.state, "pending")


class TestWaiting(ReplayCase):
    def test_what_waited_for_a_hold_goes_on(self):
        exchanges = self.held(3)
        holds = self.env["finance.sync.hold"]
        hold = holds._raise(
            "contract", connection=self.connection, subject="code-X", summary="X"
        )
        other = holds._raise(
            "contract", connection=self.connection, subject="code-Y", summary="Y"
        )
        hold._add_waiting(exchanges)
        other._add_waiting(exchanges[0])
        self.assertEqual(hold.waiting_count, 3)
        with trap_jobs() as trap:
            hold._close("resolved", "It is mapped now.")
        (job,) = trap.enqueued_jobs
        run = job.recordset
        self.assertEqual(run.sudo().line_ids.exchange_id, exchanges[1:])
        self.step(run)
        self.assertEqual(exchanges.mapped("state"), ["held", "pending", "pending"])

    def test_a_success_closes_what_its_type_says(self):
        exchange = self.held()
        document = self.env["account.move"].browse(exchange.res_id)
        holds = self.env["finance.sync.hold"]
        conflict = holds._raise("payload_conflict", exchange=exchange, summary="Other")
        about = holds._raise("contract", document=document, summary="Bad answer")
        about.type_id.auto_close = "document"
        refused = self.hold(exchange) - conflict
        exchange.with_user(self.accountant).action_retry()
        self.run_job(exchange)
        self.assertEqual(refused.state, "resolved")
        self.assertEqual(about.state, "resolved")
        self.assertIn(exchange.name, about.resolution)
        self.assertEqual(conflict.state, "open")

    def test_another_operation_may_not_count(self):
        exchange = self.held()
        kind = self.hold(exchange).type_id
        kind.auto_operation = "echo.again"
        exchange.with_user(self.accountant).action_retry()
        self.run_job(exchange)
        self.assertEqual(self.hold(exchange).state, "open")


class TestCancel(ReplayCase):
    def cancel(self, exchanges, user=None):
        wizard = self.env["finance.sync.exchange.cancel"]
        return wizard.with_user(user or self.manager).create(
            {"exchange_ids": [Command.set(exchanges.ids)], "reason": "Entered twice"}
        )

    def test_with_a_reason(self):
        exchanges = self.held(2)
        holds = exchanges.hold_ids
        self.cancel(exchanges).action_cancel()
        self.assertEqual(set(exchanges.mapped("state")), {"cancelled"})
        self.assertIn("Entered twice", holds[0].resolution)

    def test_what_may_be_there_is_kept(self):
        self.configure(retry_max_attempts=1)
        self.provider.script.append("drop")
        unknown = self.enqueue()
        self.run_job(unknown)
        refused = self.held()
        wizard = self.cancel(refused | unknown)
        self.assertEqual((wizard.count, wizard.cancellable), (2, 1))
        self.assertIn(unknown.name, wizard.kept_text)
        wizard.action_cancel()
        self.assertEqual(unknown.state, "held")
        with self.assertRaisesRegex(UserError, "may have reached"):
            self.cancel(unknown).action_cancel()

    def test_managers_only(self):
        with self.assertRaises(AccessError):
            self.cancel(self.held(), self.accountant)
