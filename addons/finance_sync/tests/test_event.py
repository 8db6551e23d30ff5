"""The event log: what is recorded, and that it stays."""

from odoo import models
from odoo.addons.finance_sync.core.catalogue import CatalogueError
from odoo.exceptions import AccessError
from odoo.tools import mute_logger
from psycopg2.errors import InsufficientPrivilege

from .common import EchoCase

UNMASKED = "finance_sync.payload.unmasked"


class EventCase(EchoCase):
    def setUp(self):
        super().setUp()
        self.events = self.env["finance.sync.event"]

    def record(self, *args, **kwargs):
        uuid = self.events._record(*args, **kwargs)
        return self.events.search([("uuid", "=", uuid)])


class TestEvent(EventCase):
    def test_what_it_is_about(self):
        exchange = self.enqueue()
        event = self.record(UNMASKED, exchange)
        self.assertEqual(event.subject, exchange.uuid)
        self.assertEqual(event.subject_model, "finance.sync.exchange")
        self.assertEqual(event.subject_ref, exchange.name)
        self.assertEqual(event.company_ref, self.company_us.id)
        self.assertEqual(event.connection_ref, self.connection.id)
        self.assertEqual(
            event.correlation_id, self.document.finance_sync_correlation_id
        )
        self.assertEqual(event.actor_ref, self.env.uid)
        self.assertEqual(event.data, "{}")

    def test_several_companies_are_no_company(self):
        event = self.record("finance_sync.connection.activated", self.connection)
        self.assertFalse(event.company_ref)
        self.assertEqual(event.connection_ref, self.connection.id)

    def test_no_name_of_a_person(self):
        partner = self.env["res.partner"].create({"name": "Jane Doe"})
        event = self.record(UNMASKED, partner)
        self.assertEqual(event.subject_ref, f"res.partner,{partner.id}")

    def test_details_name_users_as_they_are_called_today(self):
        event = self.record(
            "finance_sync.connection.change.approved",
            self.connection,
            data={"fields": ["name"], "requested_by": self.manager.id},
        )
        self.assertIn(f"User who asked for it: {self.manager.name}", event.details)
        self.assertNotIn(self.manager.name, event.data)
        self.manager.name = "Married Since"
        event.invalidate_recordset()
        self.assertIn("Married Since", event.details)

    def test_many_at_the_price_of_one(self):
        exchanges = self.enqueue() | self.enqueue("echo.find")
        items = [{"type": UNMASKED, "record": x} for x in exchanges] * 50
        self.events._record_many(items[:2])  # what is cached for good
        self.env.flush_all()
        with self.assertQueryCount(1):
            uuids = self.events._record_many(items)
        found = self.events.search([("uuid", "in", uuids)], order="id")
        self.assertEqual(found.mapped("uuid"), uuids)

    def test_only_what_the_catalogue_knows(self):
        for name, data in (
            ("finance_sync.no.such", {}),
            (UNMASKED, {"payload": "all of it"}),
            ("finance_sync.exchange.done", {}),
            ("finance_sync.exchange.done", {"operation": 5}),
        ):
            with self.subTest(name=name), self.assertRaises(CatalogueError):
                self.events._record(name, self.connection, data=data)

    def test_the_time_is_the_databases(self):
        self.env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        (before,) = self.env.cr.fetchone()
        event = self.record(UNMASKED, self.connection)
        self.env.cr.execute(
            "SELECT occurred_at BETWEEN %s AND clock_timestamp() AT TIME ZONE 'UTC'"
            " FROM finance_sync_event WHERE id = %s",
            [before, event.id],
        )
        self.assertTrue(self.env.cr.fetchone()[0])


class TestAppendOnly(EventCase):
    def setUp(self):
        super().setUp()
        self.event = self.record(UNMASKED, self.connection)

    def test_the_orm_refuses(self):
        for user in (self.env.user, self.manager, self.env.ref("base.user_admin")):
            event = self.event.with_user(user)
            for act in (
                lambda e=event: e.write({"data": "{}"}),
                lambda e=event: e.unlink(),
                lambda e=event: e.create({"uuid": "forged", "type": UNMASKED}),
                lambda e=event: e.sudo().write({"type": "forged"}),
            ):
                with self.assertRaises(AccessError):
                    act()

    def test_the_database_refuses(self):
        for statement in (
            "UPDATE finance_sync_event SET data = '{}'",
            "UPDATE finance_sync_event SET data = '{}' WHERE id = 0",
            "DELETE FROM finance_sync_event",
            "TRUNCATE finance_sync_event",
        ):
            with (
                self.subTest(statement=statement),
                mute_logger("odoo.sql_db"),
                self.assertRaises(InsufficientPrivilege),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_the_ways_round_the_orms_own_methods(self):
        """The base class's ``write`` ends in SQL, which the database refuses."""
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(InsufficientPrivilege),
            self.env.cr.savepoint(),
        ):
            models.BaseModel.write(self.event, {"data": '{"forged": true}'})
            self.event.flush_recordset()

    def test_number_and_time_cannot_be_chosen(self):
        self.env.cr.execute(
            "INSERT INTO finance_sync_event (id, uuid, type, occurred_at)"
            " VALUES (1, 'mine', 'x', '2001-01-01') RETURNING id, occurred_at"
        )
        event_id, occurred_at = self.env.cr.fetchone()
        self.assertGreater(event_id, self.event.id)
        self.assertGreater(occurred_at.year, 2001)
