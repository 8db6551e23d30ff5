from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import UserError

from .common import EchoCase


class TestEnqueue(EchoCase):
    def test_job_runs_as_the_execution_user_in_its_lane(self):
        self.connection.lane = "bulk"
        exchange = self.enqueue()
        job = self.job_of(exchange)
        self.assertEqual(job.user_id, self.worker)
        self.assertEqual(job.company_id, self.company_us)
        self.assertEqual(job.channel, "root.finance_sync.bulk")
        self.assertEqual(job.max_retries, 0)
        self.assertEqual(exchange.initiator_id, self.env.user)
        self.assertFalse(job.args or job.kwargs)

    def test_jobs_can_be_trapped(self):
        with trap_jobs() as trap:
            exchange = self.enqueue()
            trap.assert_jobs_count(1, only=exchange._job_run)
            trap.perform_enqueued_jobs()
        self.assertEqual(exchange.state, "done")

    def test_documents_made_of_the_same_values_are_two(self):
        journal = self.document.journal_id
        vals = {"move_type": "entry", "journal_id": journal.id}
        documents = self.env["account.move"].create([vals] * 2)
        self.assertEqual(len(set(documents.mapped("finance_sync_uuid"))), 2)

    def test_an_accountant_causes_messages(self):
        exchange = (
            self.env["finance.sync.exchange"]
            .with_user(self.accountant)
            ._enqueue(
                self.document.with_user(self.accountant),
                "echo.find",
                self.connection.with_user(self.accountant),
                {"number": "INV/1"},
            )
        )
        self.assertEqual(exchange.initiator_id, self.accountant)
        self.assertFalse(exchange.env.su)
        self.assertEqual(self.job_of(exchange).user_id, self.worker)

    def test_company_and_currency_are_the_documents(self):
        document = self.make_entry(self.company_de)
        exchange = self.enqueue(document=document)
        self.assertEqual(exchange.company_id, self.company_de)
        self.assertEqual(exchange.currency_id.name, "EUR")

    def test_a_branch_uses_its_parents_execution_user(self):
        branch = self.env["res.company"].create(
            {"name": "Maple South", "parent_id": self.company_us.id}
        )
        document = self.make_entry(branch)
        self.worker.company_ids += branch
        self.assertEqual(
            self.job_of(self.enqueue(document=document)).user_id, self.worker
        )

    def test_without_an_execution_user_it_says_so(self):
        self.connection.user_line_ids.unlink()
        with self.assertRaisesRegex(UserError, "execution user"):
            self.enqueue()

    def test_revisions_count_per_document(self):
        other = self.make_entry()
        items = [
            {
                "document": document,
                "operation": "echo.again",
                "connection": self.connection,
                "request": {"n": number},
            }
            for number, document in enumerate(
                [self.document, other, self.document, other]
            )
        ]
        exchanges = self.env["finance.sync.exchange"]._enqueue_many(items)
        self.assertEqual(exchanges.mapped("revision"), [1, 1, 2, 2])
        self.assertEqual(self.enqueue("echo.again").revision, 3)

    def test_never_sent_is_superseded(self):
        sent, idle = self.enqueue("echo.find"), self.enqueue("echo.find")
        kept = self.enqueue("echo.again")
        self.run_job(sent)
        self.enqueue("echo.undo")
        states = (sent | idle | kept).mapped("state")
        self.assertEqual(states, ["done", "superseded", "pending"])
        self.assertIn("Nothing to do", self.run_job(idle))
        self.assertEqual(self.provider.count, 1)

    def test_attempted_is_never_superseded(self):
        self.provider.script.append("drop")
        sent = self.enqueue("echo.find")
        self.assert_waits(sent)
        void = self.enqueue("echo.undo")
        self.assertEqual(sent.state, "pending")
        self.run_job(void)
        self.assertEqual(void.state, "pending")
        self.run_job(sent)
        self.run_job(void)
        self.assertEqual((sent.state, void.state), ("done", "done"))

    def test_a_restored_database_never_reuses_a_key(self):
        """Database ids recur after a restore, so keys are made of UUIDs."""
        document = self.make_entry()
        before = self.enqueue(document=document)
        recurring = document.id
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM finance_sync_exchange WHERE id = %s", [before.id]
        )
        self.env.cr.execute("DELETE FROM account_move WHERE id = %s", [recurring])
        self.env.cr.execute(
            "SELECT setval('account_move_id_seq', %s, false)", [recurring]
        )
        key = before.idempotency_key
        self.env.invalidate_all()
        again = self.make_entry()
        self.assertEqual(again.id, recurring)
        after = self.enqueue(document=again)
        self.assertEqual(after.revision, 1)
        self.assertNotEqual(after.idempotency_key, key)
        self.assertIn(again.finance_sync_uuid, after.idempotency_key)

    def test_copies_are_documents_of_their_own(self):
        copy = self.document.copy()
        self.assertNotEqual(copy.finance_sync_uuid, self.document.finance_sync_uuid)
        self.assertNotEqual(
            copy.finance_sync_correlation_id,
            self.document.finance_sync_correlation_id,
        )

    def test_a_credit_note_inherits_the_flow(self):
        note = self.make_entry(reversed_entry_id=self.document.id)
        self.assertEqual(
            note.finance_sync_correlation_id,
            self.document.finance_sync_correlation_id,
        )
        self.assertNotEqual(note.finance_sync_uuid, self.document.finance_sync_uuid)

    def test_documents_from_before_get_a_uuid_lazily(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET finance_sync_uuid = NULL,"
            " finance_sync_correlation_id = NULL WHERE id = %s",
            [self.document.id],
        )
        self.document.invalidate_recordset()
        exchange = self.enqueue()
        self.assertEqual(exchange.document_uuid, self.document.finance_sync_uuid)
        self.assertTrue(exchange.correlation_id)

    def test_many_cost_little_more_than_one(self):
        """Queries per further exchange: only what queue_job takes for its job."""

        def cost(count):
            documents = [self.make_entry() for _turn in range(count)]
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["finance.sync.exchange"]._enqueue_many(
                [
                    {
                        "document": document,
                        "operation": "echo.find",
                        "connection": self.connection,
                        "request": {"n": 1},
                    }
                    for document in documents
                ]
            )
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(2)
        few, many = cost(10), cost(110)
        self.assertLess((many - few) / 100, 1.0)
