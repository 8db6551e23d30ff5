"""What verification finds when somebody has tampered by SQL."""

import json

from odoo import fields
from odoo.addons.finance_sync.core import chain as chains

from .chain_case import ChainCase


class TestTampering(ChainCase):
    def test_intact(self):
        self.sealed()
        self.record_many(1)
        self.assertFalse(self.breaks())

    def test_changed_event(self):
        event = self.sealed()[3]
        for column, value in (
            ("data", '{"forged":true}'),
            ("actor_ref", 1000),
            ("occurred_at", fields.Datetime.now()),
            ("type", "forged"),
            ("company_ref", self.company_de.id),
            ("subject", "other"),
        ):
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self.tamper(
                    f"UPDATE finance_sync_event SET {column} = %s WHERE id = %s",
                    value,
                    event.id,
                )
                self.assert_first("event_changed", event.id)
                savepoint.rollback()
        self.assertFalse(self.breaks())

    def test_deleted_event(self):
        event = self.sealed()[2]
        self.tamper("DELETE FROM finance_sync_event WHERE id = %s", event.id)
        self.assert_first("event_missing", event.id)

    def test_deleted_before_it_was_sealed(self):
        event = self.record_many(1)
        self.tamper("DELETE FROM finance_sync_event WHERE id = %s", event.id)
        self.assert_first("event_lost", event.id)
        self.seals._seal()
        self.assert_first("event_missing", event.id)

    def test_changed_before_it_was_sealed(self):
        event = self.record_many(1)
        self.tamper(
            "UPDATE finance_sync_event SET data = %s WHERE id = %s", "{}  ", event.id
        )
        self.assert_first("event_lost", event.id)
        self.seals._seal()
        self.assert_first("event_changed", event.id)

    def test_taken_from_the_list_before_it_was_sealed(self):
        event = self.record_many(1)
        self.env.cr.execute(
            "DELETE FROM finance_sync_unsealed WHERE first_event = %s", [event.id]
        )
        self.assert_first("event_inserted", event.id)

    def test_inserted_event(self):
        event = self.sealed()[2]
        self.tamper(
            "INSERT INTO finance_sync_event"
            " (id, uuid, type, version, occurred_at, company_ref, data)"
            " SELECT -id, 'forged', type, version, occurred_at, company_ref, data"
            " FROM finance_sync_event WHERE id = %s",
            event.id,
        )
        self.assert_first("event_inserted", -event.id)

    def test_reordered_events(self):
        first, second = self.sealed()[:2]
        swap = "UPDATE finance_sync_event SET id = %s WHERE id = %s"
        self.tamper(swap, -1, first.id)
        self.tamper(swap, first.id, second.id)
        self.tamper(swap, second.id, -1)
        self.assert_first("event_changed", first.id)

    def test_reordered_seals(self):
        self.sealed()
        for low, high in ((1, 2), (2, 3)):
            self.tamper(
                "UPDATE finance_sync_seal SET number = %s - number"
                " WHERE chain = %s AND number = %s",
                0,
                self.number,
                low,
            )
            self.tamper(
                "UPDATE finance_sync_seal SET number = %s"
                " WHERE chain = %s AND number = %s",
                low,
                self.number,
                high,
            )
            self.tamper(
                "UPDATE finance_sync_seal SET number = %s"
                " WHERE chain = %s AND number = %s",
                high,
                self.number,
                -low,
            )
            self.assertEqual(self.assert_first("seal_changed").seal, 1)

    def test_changed_seal(self):
        self.sealed()
        for column, value in (
            ("sealed_at", fields.Datetime.now()),
            ("hash", "f" * 64),
            ("digest", "f" * 64),
            ("previous", "f" * 64),
            ("event_count", 3),
            ("total", 30),
            ("leaves", b"short"),
        ):
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self.tamper(
                    f"UPDATE finance_sync_seal SET {column} = %s"
                    " WHERE chain = %s AND number = 2",
                    value,
                    self.number,
                )
                self.assertEqual(self.assert_first("seal_changed").seal, 2)
                savepoint.rollback()

    def test_deleted_seal(self):
        self.sealed()
        self.tamper(
            "DELETE FROM finance_sync_seal WHERE chain = %s AND number = 2",
            self.number,
        )
        self.assertEqual(self.assert_first("seal_missing").seal, 3)

    def test_a_chain_made_anew_is_another_one(self):
        """Whoever owns everything can hash everything again, but for the anchors."""
        anchor = self.anchored()
        body = json.loads(anchor.content)["body"]
        self.tamper(
            "UPDATE finance_sync_event SET actor_ref = 1000 WHERE actor_ref > 0"
        )
        self.tamper("DELETE FROM finance_sync_seal")
        self.env.cr.execute(
            "SELECT {} FROM finance_sync_event".format(", ".join(chains.Event._fields))
        )
        events = [chains.Event._make(row) for row in self.env.cr.fetchall()]
        for event in events:
            self.env.cr.execute(
                "INSERT INTO finance_sync_unsealed VALUES (%s, %s, %s, 1, %s)"
                " ON CONFLICT (chain, first_event) DO UPDATE"
                " SET leaves = EXCLUDED.leaves, last_event = EXCLUDED.last_event,"
                " event_count = 1",
                [chains.chain_of(event), event.id, event.id, chains.pack([event])],
            )
        self.seals._seal(at_once=2)
        self.assertFalse(self.breaks())
        self.assert_first("rewritten", bodies=[body])

    def test_deleted_tail(self):
        """Without an anchor it goes unnoticed, and the docs say so."""
        events = self.sealed()
        body = json.loads(self.anchored().content)["body"]
        head = self.seals.search([("chain", "=", self.number)], limit=1)
        number, first = head.number, head.first_event
        self.tamper(
            "DELETE FROM finance_sync_seal WHERE chain = %s AND number = %s",
            self.number,
            number,
        )
        self.tamper(
            "DELETE FROM finance_sync_event WHERE company_ref = %s AND id >= %s",
            self.number,
            first,
        )
        self.tamper("DELETE FROM finance_sync_unsealed WHERE chain = %s", self.number)
        self.assertTrue(events)
        self.assertFalse(self.breaks())
        self.assertEqual(self.assert_first("tail_missing", bodies=[body]).seal, number)

    def anchored(self):
        self.sealed(4)
        return self.env["finance.sync.anchor"]._export()
