from datetime import date

from odoo.addons.finance_sync.core.shadow import Comparison
from odoo.exceptions import AccessError, UserError

from . import provider
from .common import EchoCase

BASELINE = date(2026, 7, 1)
REFUSED = "No such vendor."


class TestBaseline(EchoCase):
    def setUp(self):
        super().setUp()
        self.connection.baseline_date = BASELINE
        # It has been active: a second person approves the date.
        self.connection.pending_change_id.with_user(self.approver).action_approve()

    def test_the_baseline_of_an_active_connection_is_approved(self):
        self.assertEqual(self.connection.baseline_date, BASELINE)
        self.connection.with_user(self.manager).baseline_date = date(2026, 8, 1)
        self.assertEqual(self.connection.baseline_date, BASELINE)
        self.assertTrue(self.connection.pending_change_id)

    def test_documents_from_before_are_never_sent(self):
        old = self.make_entry(date="2026-06-30")
        new = self.make_entry(date="2026-07-01")
        self.assertFalse(self.enqueue(document=old))
        self.assertTrue(self.enqueue(document=new))
        self.assertFalse(old.finance_sync_exchange_count)

    def test_many_at_once_send_the_newer_ones(self):
        documents = [self.make_entry(date=f"2026-{m:02}-15") for m in (5, 6, 7, 8)]
        exchanges = self.env["finance.sync.exchange"]._enqueue_many(
            [
                {
                    "document": document,
                    "operation": "echo.find",
                    "connection": self.connection,
                    "request": {},
                }
                for document in documents
            ]
        )
        self.assertEqual(exchanges.mapped("res_id"), [d.id for d in documents[2:]])

    def test_what_the_other_system_knows_can_still_be_voided(self):
        document = self.make_entry(date="2026-07-02")
        self.run_job(self.enqueue(document=document))
        document.date = "2026-06-02"
        self.assertTrue(self.enqueue("echo.undo", document=document))

    def test_missing_documents_are_asked_for_from_the_baseline_on(self):
        domain = self.connection._baseline_domain("date")
        old = self.make_entry(date="2026-06-30")
        new = self.make_entry(date="2026-07-01")
        found = self.env["account.move"].search(
            [("id", "in", (old | new).ids), *domain]
        )
        self.assertEqual(found, new)


class TestShadow(EchoCase):
    def setUp(self):
        super().setUp()
        self.connection.mode = "shadow"

    def result(self):
        return self.env["finance.sync.shadow.result"].search(
            [("connection_id", "=", self.connection.id)]
        )

    def receive(self, **payload):
        return self.env["finance.sync.exchange"].create(
            {
                "direction": "in",
                "operation": "echo.in",
                "connection_id": self.connection.id,
                "company_id": self.company_us.id,
                "idempotency_key": "in:echo:1",
                "external_id": "M-1",
                "payload_enc": self.env["finance.sync.exchange"]
                ._prepare_vals(
                    {
                        "document": self.document,
                        "connection": self.connection,
                        "operation": "echo.in",
                        "request": payload,
                    },
                    "x",
                    1,
                )
                .get("payload_enc"),
            }
        )

    def test_nothing_is_sent(self):
        exchange = self.enqueue()
        self.run_job(exchange)
        self.assertEqual(exchange.state, "done")
        self.assertEqual(self.provider.requests, [])
        self.assertEqual(self.result().outcome, "skipped")
        self.assertEqual(self.result().exchange_id, exchange)

    def test_a_read_is_asked_and_not_booked(self):
        self.document.ref = "before"
        self.run_job(self.enqueue("echo.read"))
        self.assertEqual(self.provider.count, 1)
        self.assertEqual(self.document.ref, "before")

    def test_a_message_is_tried_and_rolled_back(self):
        self.document.ref = "before"

        def book(exchange, answer):
            self.document.ref = "booked"
            self.env.cr.postcommit.add(lambda: self.fail("It was rolled back."))

        provider.APPLY["INV/9"] = book
        exchange = self.receive(number="INV/9")
        self.run_job(exchange)
        self.assertEqual(self.document.ref, "before")
        self.assertEqual(self.result().outcome, "match")
        self.assertEqual(exchange.state, "done")
        self.env.cr.postcommit.run()

    def test_a_message_that_could_not_be_booked_is_told(self):
        def refuse(exchange, answer):
            raise UserError(REFUSED)

        provider.APPLY["INV/9"] = refuse
        self.run_job(self.receive(number="INV/9"))
        self.assertEqual(self.result().outcome, "failed")
        self.assertEqual(self.result().note, REFUSED)
        self.assertFalse(self.env["finance.sync.hold"].search(
            [("connection_id", "=", self.connection.id)]))  # fmt: skip

    def test_an_outage_is_no_difference(self):
        self.provider.script.append(503)
        exchange = self.enqueue("echo.read")
        self.assert_waits(exchange)
        self.assertFalse(self.result())

    def test_the_newest_comparison_of_a_document_counts(self):
        results = self.env["finance.sync.shadow.result"]
        for actual in (2, 1):
            results._record(
                self.connection, "t.q", self.document, [Comparison("Tax", 1, actual)]
            )
        self.assertEqual(self.result().outcome, "match")
        self.assertEqual((self.result().compared, self.result().matched), (1, 1))

    def test_many_at_once_are_compared_as_well(self):
        exchanges = self.env["finance.sync.exchange"]
        for _n in range(3):
            exchanges |= self.enqueue("echo.small", self.make_entry())
        self.env.flush_all()
        worker = exchanges.browse().with_user(self.worker)
        worker = worker.with_context(allowed_company_ids=self.company_us.ids)
        worker._job_drain(self.connection.id, "echo.small", self.company_us.id)
        self.assertEqual(set(exchanges.mapped("state")), {"done"})
        self.assertEqual(self.provider.requests, [])
        self.assertEqual(self.result().mapped("outcome"), ["skipped"] * 3)

    def test_shadow_needs_no_fallback(self):
        other = self.make_connection(
            key="other", base_url=self.provider.url, secret="x"
        )
        draft = self.connection.copy(
            {"key": "draft", "user_line_ids": False, "mode": "shadow"}
        )
        with self.assertRaises(UserError):
            draft.write(
                {
                    "outage_policy": "fallback",
                    "fallback_connection_id": other.id,
                    "mode": "shadow",
                }
            )

    def test_shadow_is_not_left_by_hand(self):
        with self.assertRaisesRegex(UserError, "cut-over"):
            self.connection.with_user(self.manager).mode = "live"
        with self.assertRaises(UserError):
            self.connection.with_user(self.manager).with_context(
                finance_sync_signed_off=True
            ).mode = "live"


class TestCutover(EchoCase):
    def setUp(self):
        super().setUp()
        self.connection.action_pause()
        self.connection._as_approved().baseline_date = BASELINE
        self.cutover = (
            self.env["finance.sync.cutover"]
            .with_user(self.manager)
            .create(
                {
                    "connection_id": self.connection.id,
                    "business_owner_id": self.accountant.id,
                    "threshold": 90,
                    "minimum": 10,
                }
            )
        )
        self.cutover.action_start()
        self.cutover.invalidate_recordset()

    def compare(self, same, different):
        results = self.env["finance.sync.shadow.result"]
        for number in range(same + different):
            results._record(
                self.connection,
                "t.q",
                self.make_entry(date="2026-07-05"),
                [Comparison("Tax", 1, 1 if number < same else 2)],
            )
        self.cutover.invalidate_recordset()

    def tick(self):
        self.cutover.check_ids.with_user(self.accountant).write({"done": True})

    def test_both_sign_and_it_goes_live(self):
        self.compare(9, 1)
        self.tick()
        self.assertEqual(self.cutover.match_rate, 90)
        self.cutover.with_user(self.accountant).action_sign()
        self.cutover.with_user(self.approver).action_approve()
        self.assertEqual(self.cutover.state, "live")
        self.assertEqual(self.connection.mode, "live")
        self.assertEqual(self.cutover.kept_rate, 90)
        self.assertIn("90.00 %", self.connection.message_ids[0].body)
        self.assertEqual(self.cutover.check_ids.done_by, self.accountant)

    def test_every_obstacle_is_told(self):
        self.assertIn("0 documents", self.cutover.obstacles)
        self.assertIn("6 points", self.cutover.obstacles)
        self.compare(8, 2)
        self.assertIn("80.00 %", self.cutover.obstacles)
        with self.assertRaisesRegex(UserError, "80.00"):
            self.cutover.with_user(self.accountant).action_sign()

    def test_different_people_sign(self):
        self.compare(10, 0)
        self.tick()
        with self.assertRaises(AccessError):
            self.cutover.with_user(self.manager).action_sign()
        with self.assertRaisesRegex(UserError, "first"):
            self.cutover.with_user(self.approver).action_approve()
        self.cutover.business_owner_id = self.approver
        self.cutover.with_user(self.approver).action_sign()
        with self.assertRaisesRegex(UserError, "Somebody else"):
            self.cutover.with_user(self.approver).action_approve()
        with self.assertRaises(AccessError):
            self.cutover.with_user(self.accountant).action_approve()
        with self.assertRaises(AccessError):
            self.env["finance.sync.cutover"].browse(self.cutover.id).action_approve()

    def test_nobody_forges_a_signature(self):
        for values in ({"state": "live"}, {"approved_by": self.approver.id}):
            with self.assertRaises(AccessError):
                self.cutover.with_user(self.manager).write(values)
            with self.assertRaises(AccessError):
                self.env["finance.sync.cutover"].with_user(self.manager).create(
                    {
                        "connection_id": self.connection.id,
                        "business_owner_id": self.manager.id,
                        **values,
                    }
                )
        check = self.cutover.check_ids[0].with_user(self.manager)
        check.write({"done": True, "done_by": self.approver.id})
        self.assertEqual(check.done_by, self.manager)

    def test_what_is_signed_stays_as_it_was(self):
        self.compare(10, 0)
        self.tick()
        self.cutover.with_user(self.accountant).action_sign()
        with self.assertRaises(UserError):
            self.cutover.check_ids[0].with_user(self.manager).done = False
        with self.assertRaises(UserError):
            self.cutover.with_user(self.manager).threshold = 1
        self.compare(0, 9)
        with self.assertRaises(UserError):
            self.cutover.with_user(self.approver).action_approve()
        self.cutover.with_user(self.accountant).action_reopen()
        self.assertEqual(self.cutover.state, "running")
