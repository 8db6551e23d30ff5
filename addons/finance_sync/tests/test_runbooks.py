"""Each page of docs/runbooks followed once, by those it is written for."""

from datetime import timedelta

from odoo import fields
from odoo.addons.finance_sync import compat
from odoo.addons.finance_sync.core.secrets import generate_key
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EchoCase, conf


class RunbookCase(EchoCase):
    def run_all(self, exchanges):
        """What the job runner does with these, now: their times have come."""
        for exchange in exchanges:
            if exchange.state == "pending":
                self.env["finance.sync.connection.state"]._rows([self.connection.id])
                try:
                    self.run_job(exchange)
                except Exception as error:
                    if type(error).__name__ != "RetryableJobError":
                        raise

    def open_holds(self, code):
        return (
            self.env["finance.sync.hold"]
            .with_user(self.accountant)
            .search([("code", "=", code), ("state", "=", "open")])
        )

    def backlog(self):
        self.connection.invalidate_recordset()
        return self.connection.with_user(self.accountant).backlog_count

    def cool_down(self):
        """The breaker's cool-down and the jobs' times have passed."""
        self.env.cr.execute(
            "UPDATE finance_sync_connection_state"
            " SET opened_at = opened_at - 3600, probe_until = 0"
            " WHERE connection_id = %s",
            [self.connection.id],
        )
        self.env["finance.sync.connection.state"].invalidate_model()


@tagged("post_install", "-at_install")
class TestProviderDown(RunbookCase):
    def test_runbook(self):
        self.connection._as_approved().write(
            {"retry_max_attempts": 2, "breaker_threshold": 3}
        )
        waiting = self.env["finance.sync.exchange"]
        for _number in range(4):
            waiting |= self.enqueue(document=self.make_entry())
        self.provider.script.extend([503] * 100)
        for _turn in range(3):
            self.run_all(waiting)
        # How it shows, and that calls are kept away meanwhile.
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.breaker_state, "open")
        calls = len(self.provider.requests)
        self.run_all(waiting)
        self.assertEqual(len(self.provider.requests), calls)
        # Policy spent: a person is asked.
        for _turn in range(8):
            self.cool_down()
            self.run_all(waiting)
        self.assertTrue(self.open_holds("retries_spent"))
        # It is back: retry all that is on hold, the rest goes on by itself.
        self.provider.script.clear()
        for _turn in range(8):
            for hold in self.open_holds("retries_spent"):
                hold.action_retry()
            self.cool_down()
            self.run_all(waiting)
        self.assertEqual(set(waiting.mapped("state")), {"done"})
        self.assertFalse(self.open_holds("retries_spent"))
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.breaker_state, "closed")
        self.assertEqual(self.backlog(), 0)
        # Nothing lost, nothing twice.
        self.assertEqual(self.provider.count, 4)


@tagged("post_install", "-at_install")
class TestBacklogGrows(RunbookCase):
    def test_runbook(self):
        first = self.enqueue("echo.again")
        second = self.enqueue("echo.find")
        other = self.enqueue(document=self.make_entry())
        self.env["queue.job"].search([]).filtered(
            lambda job: job.model_name == first._name
        ).unlink()
        # Check 3: pending, and no job.
        self.assertEqual(self.backlog(), 3)
        self.assertFalse(any((first | second | other).mapped("job_state")))
        # Do 2: the janitor's action, run by hand.
        self.env.ref("finance_sync.cron_janitor").ir_actions_server_id.run()
        for exchange in (first, second, other):
            exchange.invalidate_recordset()
        self.assertTrue(first.job_state and other.job_state)
        self.assertFalse(second.job_state)
        # Check 4: what waits behind a held one of the same document.
        self.provider.script.append(422)
        self.run_job(first)
        self.run_job(other)
        self.assertEqual((first.state, other.state), ("held", "done"))
        self.assertEqual(self.backlog(), 1)
        # Do 3: work that hold; the next follows in order.
        self.open_holds("rejected").action_retry()
        self.run_job(first)
        self.run_job(second)
        self.assertEqual((first.state, second.state), ("done", "done"))
        self.assertEqual(self.backlog(), 0)


@tagged("post_install", "-at_install")
class TestChainBroken(RunbookCase):
    def tamper(self, statement, *values):
        """What whoever owns the table can do, its triggers notwithstanding."""
        self.env.cr.execute("ALTER TABLE finance_sync_event DISABLE TRIGGER USER")
        self.env.cr.execute(statement, values)
        self.env.cr.execute("ALTER TABLE finance_sync_event ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def test_runbook(self):
        exchange = self.enqueue()
        events = self.env["finance.sync.event"]
        uuid = events._record("finance_sync.payload.unmasked", exchange)
        event = events.search([("uuid", "=", uuid)])
        self.env["finance.sync.seal"]._seal()
        chain = self.env["finance.sync.chain"]._ensure()
        chain = chain.filtered(lambda row: row.chain == self.company_us.id)
        self.assertFalse(chain._verify())
        self.tamper(
            "UPDATE finance_sync_event SET actor_ref = 999999 WHERE id = %s", event.id
        )
        # How it shows: the first broken link is named, and a hold opens.
        self.assertTrue(chain._verify())
        self.assertEqual(chain.state, "broken")
        self.assertIn(str(event.id), chain.message)
        hold = self.env["finance.sync.hold"].search(
            [("code", "=", "chain_broken"), ("state", "=", "open")]
        )
        self.assertTrue(hold)
        # Check 1: again, and the others.
        others = self.env["finance.sync.chain"]._ensure() - chain
        self.assertFalse(others._verify())
        # Over when: what comes later is sealed, and the same link is named, no other.
        said = chain.message
        events._record("finance_sync.payload.unmasked", exchange)
        self.env["finance.sync.seal"]._seal()
        chain._verify()
        self.assertEqual(chain.message, said)


@tagged("post_install", "-at_install")
class TestKeyLost(RunbookCase):
    def setUp(self):
        super().setUp()
        self.lost = compat.conf_section()["keys"]
        self.fresh = generate_key()
        self.exchange = self.enqueue()

    def test_runbook_key_found(self):
        with conf(self.env, keys=self.fresh):
            self.run_all(self.exchange)
            self.assertEqual(self.connection.state, "paused")
            self.assertIn("no longer among", self.open_holds("configuration").summary)
            self.assertEqual(self.exchange.state, "pending")
        # Do 1 and 2: behind the newest one, then activate.
        with conf(self.env, keys=f"{self.fresh},{self.lost}"):
            self.connection.with_user(self.manager).action_activate()
            self.run_all(self.exchange)
            self.assertEqual(self.exchange.state, "done")
            # Do 3: rotate, then the old key may go.
            rotation = self.rotate()
            self.assertEqual(rotation.unreadable, 0)
        with conf(self.env, keys=self.fresh):
            self.env.invalidate_all()
            self.assertEqual(self.connection._secret(), "open sesame")

    def test_runbook_key_gone(self):
        with conf(self.env, keys=self.fresh):
            self.run_all(self.exchange)
            connection = self.connection.with_user(self.manager)
            # Do 2: new credentials, asked for by one and agreed to by another.
            wizard = self.env["finance.sync.credential.change.request"]
            wizard = wizard.with_user(self.manager).create(
                {"connection_id": connection.id, "auth_user": "us", "secret": "again"}
            )
            wizard.action_test()
            wizard.change_id.with_user(self.approver).action_approve()
            connection.action_activate()
            # Do 3: what cannot be read is cancelled, and its document sent again.
            self.exchange.with_user(self.accountant).action_cancel()
            again = self.enqueue()
            self.run_all(again)
            self.assertEqual((again.state, self.exchange.state), ("done", "cancelled"))
            self.assertGreater(again.revision, self.exchange.revision)
            # Over when: what is unreadable is what the note names.
            self.assertEqual(self.rotate().unreadable, 1)
            # Evidence stays.
            self.assertTrue(self.exchange.request_hash)
        self.assertEqual(self.provider.count, 1)

    def rotate(self):
        rotations = self.env["finance.sync.key.rotation"].with_user(self.manager)
        rotation = rotations.browse(rotations.action_start()["res_id"]).sudo()
        for _turn in range(100):
            if rotation.state == "done":
                break
            rotation._job_step()
        self.assertEqual(rotation.state, "done")
        return rotation


@tagged("post_install", "-at_install")
class TestDuplicateSuspected(RunbookCase):
    def test_runbook(self):
        exchange = self.enqueue()
        self.provider.script.append("drop")
        self.run_all(exchange)
        # Check 2 and 3: one key, called, and the outcome was not known.
        self.assertEqual(self.attempts(exchange).mapped("state"), ["unknown"])
        self.run_all(exchange)
        self.assertEqual(exchange.state, "done")
        operations = self.attempts(exchange).mapped("operation")
        self.assertEqual(operations, ["echo.find", "echo.find.lookup"])
        self.assertEqual(list(self.provider.effects), [exchange.idempotency_key])
        # Over when: one entry there, one exchange here, the reference agrees.
        self.assertEqual(self.provider.count, 1)
        self.assertEqual(exchange.external_ref, f"R-{exchange.idempotency_key}")

    def test_runbook_other_content(self):
        receive = self.env["finance.sync.connection"].with_user(self.service).receive
        first = receive("echo", "echo.in", "M-1", "1", {"number": "1"})
        other = receive("echo", "echo.in", "M-1", "1", {"number": "2"})
        self.assertEqual((first["uuid"], "conflict"), (other["uuid"], other["state"]))
        hold = self.open_holds("payload_conflict")
        # Do 3: a new version from the sender, then resolve.
        again = receive("echo", "echo.in", "M-1", "2", {"number": "2"})
        self.assertNotEqual(again["uuid"], first["uuid"])
        hold.action_resolve()
        self.assertFalse(self.open_holds("payload_conflict"))


@tagged("post_install", "-at_install")
class TestRestoreFromBackup(RunbookCase):
    def test_runbook(self):
        self.provider.dedupe = True
        sent, waiting = self.enqueue("echo.again"), self.enqueue(
            "echo.again", self.make_entry()
        )  # fmt: skip
        # It was sent after the backup: there it is, here nothing is known of it.
        self.provider.effect(sent.idempotency_key, '{"number": "INV/1"}')
        self.env["ir.config_parameter"].set_param("database.uuid", "restored")
        self.run_all(sent | waiting)
        self.assertFalse(self.provider.requests)
        hold = self.open_holds("not_this_database")
        self.assertTrue(hold)
        self.assertEqual(self.backlog(), 2)
        # Do 5: a manager's decision.
        with self.assertRaises(AccessError):
            self.connection.with_user(self.accountant).action_activate()
        self.connection.with_user(self.manager).action_activate()
        self.assertFalse(self.open_holds("not_this_database"))
        self.run_all(sent | waiting)
        # Under the same key: recognised, not done twice.
        self.assertEqual((sent | waiting).mapped("state"), ["done", "done"])
        self.assertEqual(self.provider.count, 2)
        self.assertEqual(self.backlog(), 0)

    def test_runbook_on_a_server_that_is_not_production(self):
        exchange = self.enqueue()
        with conf(self.env, environment="", database=""):
            self.run_all(exchange)
            self.assertFalse(self.provider.requests)
            with self.assertRaisesRegex(UserError, "environment = production"):
                self.connection.with_user(self.manager).action_activate()


@tagged("post_install", "-at_install")
class TestMonthEnd(RunbookCase):
    def test_runbook(self):
        today = fields.Date.context_today(self.document)
        last_day = today.replace(day=1) - timedelta(days=1)
        held = self.enqueue(document=self.make_entry(date=last_day))
        self.provider.script.append(422)
        self.run_all(held)
        hold = self.open_holds("rejected")
        hold.sudo().period = last_day
        # Check 2, as the lock dates' screen counts it.
        wizard = self.lock(last_day)
        self.assertEqual((wizard.hold_count, self.backlog()), (1, 0))
        # Do 1: worked off.
        hold.action_retry()
        self.run_all(held)
        self.assertEqual(held.state, "done")
        wizard = self.lock(last_day)
        self.assertEqual(wizard.hold_count, 0)
        # Do 3: locked; nothing is posted into the period any more.
        self.env["account.move"].browse(held.res_id).button_cancel()
        wizard.action_apply()
        self.assertEqual(self.company_us.fiscalyear_lock_date, last_day)

    def lock(self, day):
        wizards = self.env["finance.sync.lock.date"].with_user(self.worker)
        wizard = wizards.with_context(allowed_company_ids=self.company_us.ids).create(
            {}
        )
        wizard.fiscalyear_lock_date = day
        return wizard
