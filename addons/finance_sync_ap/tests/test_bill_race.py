"""What happens to a bill at the same moment, on real cursors and committed data."""

import threading
from unittest.mock import patch

from odoo.addons.finance_sync.tests.transactions import MINUTE, TransactionsCase
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import UserError
from odoo.tools import mute_logger
from psycopg2 import OperationalError

VAT = "DE500000015"
IBAN = "DE02120300000000202051"
AT_ONCE = 4
MOST_RUNS = 5


class RaceCase(TransactionsCase):
    def prepare(self, env):
        vendor = env["res.partner"].create({"name": "Papier Races", "vat": VAT})
        self.vendor_id = vendor.id
        company = env.ref("base.user_admin").company_id
        self.currency = company.currency_id.name
        return super().prepare(env)

    def clean(self):
        with self.committed() as env:
            bills = self.bills(env)
            # Bills and entries are history, which the ORM does not delete.
            env.cr.execute(
                "DELETE FROM mail_message WHERE (model, res_id) IN ("
                " SELECT 'finance.sync.bill', unnest(%(bills)s::int[])"
                " UNION SELECT 'account.move', unnest(%(moves)s::int[])"
                " UNION SELECT 'res.partner', %(vendor)s);"
                "DELETE FROM finance_sync_bill WHERE id = ANY(%(bills)s::int[]);"
                "DELETE FROM account_move WHERE id = ANY(%(moves)s::int[])",
                {
                    "bills": bills.ids,
                    "moves": bills.move_id.ids,
                    "vendor": self.vendor_id,
                },
            )
            env.invalidate_all()
        result = super().clean()
        with self.committed() as env:
            vendor = env["res.partner"].browse(self.vendor_id)
            vendor.with_context(active_test=False).bank_ids.unlink()
            vendor.unlink()
        return result

    def bills(self, env):
        return env["finance.sync.bill"].search(
            [("connection_id", "=", self.connection_id)]
        )

    def content(self, **changes):
        return {
            "BT-1": "RACE-1",
            "BT-2": "2026-03-02",
            "BT-3": "380",
            "BT-5": self.currency,
            "BT-31": VAT,
            "BT-106": "100.00",
            "BT-109": "100.00",
            "BT-110": "0.00",
            "BT-112": "100.00",
            "BT-115": "100.00",
            "BG-23": [{"BT-116": "100.00", "BT-117": "0.00", "BT-118": "Z"}],
            "BG-25": [
                {
                    "BT-126": "1",
                    "BT-129": "10",
                    "BT-130": "C62",
                    "BT-131": "100.00",
                    "BT-146": "10.00",
                    "BT-151": "Z",
                    "BT-153": "Paper",
                }
            ],
            **{key.replace("_", "-"): value for key, value in changes.items()},
        }

    def take_in(self, external_id="B-1", version=1, **changes):
        """A message that waits to be booked; the exchange's id."""
        with self.committed() as env:
            connection = env["finance.sync.connection"].browse(self.connection_id)
            payload = {"bill": self.content(**changes)}
            found = connection._take_in(
                "ap.invoice", external_id, str(version), payload
            )
            return found["id"]


class TestReceiving(RaceCase):
    def run_late(self, exchange_id, meanwhile):
        """Book a message with a view from before ``meanwhile()``; whether it waits."""
        with self.committed(self.admin_id) as late, mute_logger("odoo.sql_db"):
            late.cr.execute("SELECT 1")
            meanwhile()
            try:
                late["finance.sync.exchange"].browse(exchange_id)._job_run()
            except (RetryableJobError, OperationalError):
                late.cr.rollback()
                return True
        return False

    def test_two_versions_that_are_booked_at_once_are_one_bill(self):
        first, second = self.take_in(version=1), self.take_in(version=2)
        waits = self.run_late(second, lambda: self.run_job(first))
        self.assertTrue(waits, "what it did not see, it cannot have replaced")
        self.assertEqual(self.look(second, "state"), ("pending",))
        self.run_job(second)
        with self.committed() as env:
            bill = self.bills(env)
            self.assertEqual((len(bill), bill.version), (1, 2))
        self.assertEqual(self.look(second, "state"), ("done",))

    def test_one_bill_by_two_ways_at_once_is_here_once(self):
        first, second = self.take_in("B-1"), self.take_in("B-2", BT_1="race/01")
        self.assertTrue(self.run_late(second, lambda: self.run_job(first)))
        self.run_job(second)
        with self.committed() as env:
            one, other = self.bills(env).sorted("id")
            self.assertNotIn("ap_duplicate", one.finance_sync_hold_ids.mapped("code"))
            self.assertEqual(other.finance_sync_hold_ids.code, "ap_duplicate")
            self.assertEqual(other.similar_ids, one)

    def test_the_same_new_account_on_two_bills_is_one_account(self):
        exchange = self.take_in(BT_84=IBAN)
        self.assertTrue(self.run_late(exchange, self.enter_account))
        self.assertEqual(self.look(exchange, "state"), ("pending",))
        self.run_job(exchange)
        with self.committed() as env:
            bank = env["res.partner"].browse(self.vendor_id).bank_ids
            self.assertEqual(len(bank), 1)
            self.assertEqual(self.bills(env).partner_bank_id, bank)
        self.assertEqual(self.look(exchange, "state"), ("done",))

    def enter_account(self):
        """Past our own watch: what it notices stays in the database for good."""
        model = self.registry["res.partner.bank"]

        def unnoticed(banks, kind, before=None):
            return None

        with (
            patch.object(model, "_finance_sync_changed", unnoticed),
            self.committed() as env,
        ):
            env["res.partner.bank"].create(
                {"acc_number": IBAN, "partner_id": self.vendor_id}
            )


class TestPosting(RaceCase):
    def setUp(self):
        super().setUp()
        self.run_job(self.take_in())
        with self.committed() as env:
            bill = self.bills(env)
            bill.finance_sync_hold_ids._close("resolved", "It has no order.")
            bill.state = "matched"
            bill._stage()
            self.bill_id, self.draft_id = bill.id, bill.move_id.id
        self.posted = threading.local()
        model = self.registry["account.move"]
        post = model._post

        def counted(moves, soft=True):
            result = post(moves, soft)
            self.posted.count += 1
            return result

        self.patch(model, "_post", counted)

    def post_at_once(self, *ways):
        """How often each of them posted it, as committed; all begin before any ends."""
        begun = threading.Barrier(len(ways))

        def run(turn):
            for attempt in range(MOST_RUNS):
                self.posted.count = 0
                try:
                    with self.committed(self.admin_id) as env:
                        env.cr.execute("SELECT 1")
                        if not attempt:
                            begun.wait(MINUTE)
                        ways[turn](env)
                except OperationalError:
                    # As the job runner does, and the web server.
                    continue
                except UserError:
                    return 0
                return self.posted.count
            return self.fail(f"not done after {MOST_RUNS} runs")

        with mute_logger("odoo.sql_db"):
            return self.race(len(ways), run)

    def by_job(self, env):
        env["finance.sync.bill"].browse(self.bill_id)._job_post()

    def by_button(self, env):
        env["account.move"].browse(self.draft_id).action_post()

    def assert_posted_once(self, counts):
        self.assertEqual(sorted(counts), [0] * (len(counts) - 1) + [1])
        with self.committed() as env:
            bill = env["finance.sync.bill"].browse(self.bill_id)
            self.assertEqual((bill.state, bill.move_id.state), ("posted", "posted"))
            self.assertEqual(bill.move_id.id, self.draft_id)
            self.assertFalse(bill.finance_sync_hold_ids)
            entries = [("partner_id", "=", self.vendor_id), ("state", "=", "posted")]
            self.assertEqual(env["account.move"].search_count(entries), 1)

    def test_jobs_that_post_a_bill_at_once_make_one_posting(self):
        self.assert_posted_once(self.post_at_once(*[self.by_job] * AT_ONCE))

    def test_a_job_and_a_person_who_post_at_once_make_one_posting(self):
        self.assert_posted_once(
            self.post_at_once(self.by_job, self.by_button, self.by_button)
        )
