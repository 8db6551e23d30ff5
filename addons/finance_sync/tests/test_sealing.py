"""Events are put into seals, without holding up who writes them."""

from odoo.addons.finance_sync.core import chain as chains
from odoo.exceptions import AccessError
from odoo.tools import mute_logger
from psycopg2.errors import InsufficientPrivilege

from .chain_case import ChainCase
from .test_event import UNMASKED


class TestSealing(ChainCase):
    def test_python_and_postgresql_agree(self):
        """Names, data and control characters that JSON has to escape."""
        awkward = 'a"b\\c\n\t\r\x01\x1f\x7f/é€😀<>&'
        self.env.cr.execute(
            "INSERT INTO finance_sync_event"
            " (uuid, type, company_ref, subject, subject_ref, correlation_id, data)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            ["u-1", awkward, self.number, awkward, None, "", f'{{"a":"{awkward}"}}'],
        )
        self.seals._seal()
        self.assertFalse(self.breaks())

    def test_one_chain_per_company_and_one_for_the_rest(self):
        self.record_many(3)
        self.record_many(2, self.company_de)
        self.events._record("finance_sync.connection.activated", self.connection)
        self.assertEqual(self.seals._seal(), 6)
        for number, count in ((self.number, 3), (self.company_de.id, 2), (0, 1)):
            head = self.seals.search([("chain", "=", number)], limit=1)
            self.assertEqual(head.event_count, count)
        self.assertFalse(self.chains._ensure()._verify())

    def test_links(self):
        self.sealed(6, at_once=2)
        mine = self.seals.search([("chain", "=", self.number)], order="number")
        self.assertEqual(mine.mapped("number"), list(range(1, len(mine) + 1)))
        self.assertEqual(mine[1:].mapped("previous"), mine[:-1].mapped("hash"))
        self.assertEqual(mine[0].previous, chains.NO_SEAL)
        self.assertEqual(mine[-1].total, sum(mine.mapped("event_count")))

    def test_what_a_statement_recorded_stays_together(self):
        self.events._record_many(
            [{"type": UNMASKED, "company": self.company_us}] * 5
            + [{"type": UNMASKED, "company": self.company_de}] * 2
        )
        self.record_many(1)
        self.assertEqual(self.seals._seal(at_once=2), 8)
        mine = self.seals.search([("chain", "=", self.number)], limit=2)
        self.assertEqual(mine.mapped("event_count"), [1, 5])
        self.assertFalse(self.chains._ensure()._verify())

    def test_nothing_to_seal(self):
        before = self.seals.search_count([])
        self.assertEqual(self.seals._seal(), 0)
        self.assertEqual(self.seals.search_count([]), before)

    def test_seals_stay(self):
        self.sealed()
        for statement in (
            "UPDATE finance_sync_seal SET hash = ''",
            "DELETE FROM finance_sync_seal",
            "TRUNCATE finance_sync_seal",
            "UPDATE finance_sync_anchor SET content = ''",
            "DELETE FROM finance_sync_anchor",
            "TRUNCATE finance_sync_anchor",
        ):
            with (
                self.subTest(statement=statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(InsufficientPrivilege),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
        for model in ("finance.sync.seal", "finance.sync.anchor"):
            rows = self.env[model].search([], limit=1)
            for act in (lambda r=rows: r.write({}), lambda r=rows: r.unlink()):
                with self.assertRaises(AccessError):
                    act()
            with self.assertRaises(AccessError):
                self.env[model].create({})
