"""What becomes of a pair is in the event log: each change once, and no names."""

import json

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.tests.common import tagged

from .common import IntercompanyCase


@tagged("post_install", "-at_install")
class TestPairEvent(IntercompanyCase):
    def posted(self, **values):
        move = self.invoice(**values)
        self.post(move)
        return move, self.pair(move)

    def events(self, pair):
        self.env.flush_all()
        return self.env["finance.sync.event"].search(
            [
                ("subject", "=", pair.finance_sync_uuid),
                ("type", "like", "finance_sync.ap.pair."),
            ],
            order="id",
        )

    def told(self, pair):
        return [event.type.rpartition(".")[2] for event in self.events(pair)]

    def last(self, pair):
        return json.loads(self.events(pair)[-1].data)

    def check_nightly(self):
        with trap_jobs():
            self.env["finance.sync.ap.pair"]._cron_check()

    def test_handed_over_agreed_and_taken_back_are_told_once_each(self):
        move, pair = self.posted()
        self.assertEqual(self.told(pair), ["handed_over"])
        self.assertEqual(
            self.last(pair),
            {
                "number": move.name,
                "version": 1,
                "buyer": self.buyer.id,
                "currency": self.seller.currency_id.name,
                "amount": "115",
                "kind": "invoice",
            },
        )
        pair.buyer_move_id.with_user(self.accountant).action_post()
        self.assertEqual(self.last(pair)["buyer_amount"], "115")
        move.with_user(self.accountant).button_draft()
        chain = ["handed_over", "agreed", "taken_back"]
        self.assertEqual(self.told(pair), chain)
        # The same content again is no version, and both agree as before.
        self.post(move)
        self.assertEqual(self.told(pair), [*chain, "agreed"])
        for event in self.events(pair):
            self.assertEqual(
                (event.company_ref, event.connection_ref, event.correlation_id),
                (self.seller.id, self.between.id, move.finance_sync_correlation_id),
            )

    def test_a_check_that_finds_nothing_new_tells_nothing(self):
        _move, pair = self.posted()
        entry = pair.buyer_move_id
        entry.invoice_line_ids.price_unit = 51.0
        pair._check()
        self.assertEqual(self.told(pair), ["handed_over", "differs"])
        self.assertEqual(
            self.last(pair)["differences"],
            ["net 100.00, 102.00", "tax 15.00, 15.30", "total 115.00, 117.30"],
        )
        self.check_nightly()
        pair.with_context(lang="de_DE")._check()
        self.assertEqual(self.told(pair), ["handed_over", "differs"])
        # Another difference is news.
        entry.invoice_line_ids.price_unit = 52.0
        self.check_nightly()
        self.assertEqual(self.told(pair), ["handed_over", "differs", "differs"])
        entry.invoice_line_ids.price_unit = 50.0
        pair._check()  # as “Check Again” does, so that the hold is closed
        entry.with_user(self.accountant).action_post()
        self.check_nightly()
        self.assertEqual(self.told(pair)[-2:], ["differs", "agreed"])

    def test_a_cancelled_credit_note_is_handed_over_as_void_and_then_voided(self):
        move, pair = self.posted(move_type="out_refund")
        self.assertEqual(self.last(pair)["kind"], "credit_note")
        move.button_draft()
        self.run_jobs(move.button_cancel)
        kinds = [json.loads(event.data).get("kind") for event in self.events(pair)]
        self.assertEqual([kind for kind in kinds if kind], ["credit_note", "void"])
        self.assertEqual(self.told(pair)[-1], "voided")
        self.assertEqual(self.last(pair)["version"], 2)

    def test_no_name_of_a_company_or_person_is_in_it(self):
        move, pair = self.posted()
        pair.buyer_move_id.with_user(self.accountant).action_post()
        move.with_user(self.accountant).button_draft()
        text = " ".join(self.events(pair).mapped("data"))
        for name in (self.seller.name, self.buyer.name, self.accountant.name):
            self.assertNotIn(name, text)
