"""Sealing beside writers, on real cursors. What is recorded here stays."""

from odoo.addons.finance_sync.core.chain import unpack

from .transactions import TransactionsCase

UNMASKED = "finance_sync.payload.unmasked"


class TestSealing(TransactionsCase):
    def setUp(self):
        super().setUp()
        self.seal()

    def seal(self, **kwargs):
        with self.committed() as env:
            return env["finance.sync.seal"]._seal(**kwargs)

    def record(self, env, count=1):
        company = env["res.company"].browse(self.company_id)
        return [
            env["finance.sync.event"]._record(UNMASKED, company=company)
            for _number in range(count)
        ]

    def places(self, uuids):
        """{uuid: numbers of the seals that cover it}"""
        places = {uuid: [] for uuid in uuids}
        with self.committed() as env:
            found = env["finance.sync.event"].search([("uuid", "in", uuids)])
            names = {event.id: event.uuid for event in found}
            for seal in env["finance.sync.seal"]._read_seals(self.company_id):
                for event_id, _hash in unpack(seal.leaves):
                    if event_id in names:
                        places[names[event_id]].append(seal.number)
        return places

    def assert_intact(self):
        with self.committed() as env:
            chain = env["finance.sync.chain"]._ensure()
            self.assertFalse(chain._verify())

    def test_who_commits_late_is_sealed_late(self):
        """Its number is drawn early: whoever looks above the last one misses it."""
        with self.committed() as late:
            (early_number,) = self.record(late)
            with self.committed() as env:
                (early_commit,) = self.record(env)
            self.assertEqual(self.seal(), 1)
        self.assertEqual(self.seal(), 1)
        places = self.places([early_number, early_commit])
        self.assertEqual(len(places[early_number]), 1)
        self.assertEqual(places[early_number][0], places[early_commit][0] + 1)
        self.assert_intact()

    def test_what_is_rolled_back_is_not_there(self):
        with self.assertRaises(ZeroDivisionError), self.committed() as env:
            self.record(env)
            raise ZeroDivisionError
        self.assertEqual(self.seal(), 0)
        self.assert_intact()

    def test_writers_do_not_wait_for_a_sealer(self):
        with self.committed() as env:
            self.record(env)
        with self.committed() as sealer:
            sealer.cr.execute(
                "SELECT finance_sync_seal_chain(%s, 10)", [self.company_id]
            )
            self.assertEqual(sealer.cr.fetchone()[0], 1)
            with self.committed() as writer:
                writer.cr.execute("SET LOCAL lock_timeout = '1s'")
                self.record(writer)
            # Nor does a second sealer: there is nothing to be done for it.
            self.assertEqual(self.seal(), 0)
        self.assertEqual(self.seal(), 1)
        self.assert_intact()

    def test_many_writers_and_sealers(self):
        def work(turn):
            if turn % 3 == 0:
                return [self.seal(at_once=3) for _round in range(5)]
            uuids = []
            for _round in range(5):
                with self.committed() as env:
                    uuids += self.record(env, 2)
            return uuids

        results = self.race(9, work)
        uuids = [
            uuid for turn, found in enumerate(results) if turn % 3 for uuid in found
        ]
        self.seal(at_once=3)
        places = self.places(uuids)
        self.assertEqual(len(uuids), 60)
        self.assertEqual({len(numbers) for numbers in places.values()}, {1})
        self.assert_intact()
