"""What the tests of the chain share."""

from psycopg2.sql import SQL, Identifier

from .test_event import UNMASKED, EventCase

TABLES = ("finance_sync_event", "finance_sync_seal", "finance_sync_anchor")


class ChainCase(EventCase):
    def setUp(self):
        super().setUp()
        self.seals = self.env["finance.sync.seal"]
        self.chains = self.env["finance.sync.chain"]
        self.number = self.company_us.id
        self.seals._seal()

    def record_many(self, count, company=None):
        company = company or self.company_us
        # Each by a statement of its own, or they would share a seal.
        uuids = [
            self.events._record(UNMASKED, company=company) for _number in range(count)
        ]
        return self.events.search([("uuid", "in", uuids)], order="id")

    def sealed(self, count=6, at_once=2):
        """So many events in seals of ``at_once`` each."""
        events = self.record_many(count)
        self.assertEqual(self.seals._seal(at_once=at_once), count)
        return events

    def chain(self, number=None):
        number = self.number if number is None else number
        return self.chains._ensure().filtered(lambda c: c.chain == number)

    def breaks(self, bodies=()):
        self.env.invalidate_all()
        _verifier, breaks = self.chain()._breaks(list(bodies))
        return breaks

    def tamper(self, statement, *values):
        """What whoever owns the tables can do, the triggers notwithstanding."""
        for table in TABLES:
            self._triggers(table, "DISABLE")
        self.env.cr.execute(statement, values)
        for table in TABLES:
            self._triggers(table, "ENABLE")

    def _triggers(self, table, state):
        statement = SQL("ALTER TABLE {} {} TRIGGER USER")
        self.env.cr.execute(statement.format(Identifier(table), SQL(state)))

    def assert_first(self, code, event=None, bodies=()):
        breaks = self.breaks(bodies)
        self.assertTrue(breaks, "Nothing was found.")
        self.assertEqual(breaks[0].code, code, breaks)
        if event is not None:
            self.assertEqual(breaks[0].event, event)
        return breaks[0]
