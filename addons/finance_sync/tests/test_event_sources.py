"""What the foundation's transitions record."""

import contextlib
import json
from datetime import date

from odoo import Command, fields
from odoo.addons.finance_sync import compat
from odoo.addons.finance_sync.core.errors import TransientError
from odoo.addons.finance_sync.core.secrets import generate_key
from odoo.exceptions import UserError

from .common import KEY, conf, make_user
from .test_event import EventCase


class SourceCase(EventCase):
    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.last = self.events.search([], limit=1).id or 0

    def recorded(self, prefix=""):
        """[(type without its first word, data)] since the test began, oldest first."""
        self.env.flush_all()
        found = self.events.search(
            [("id", ">", self.last), ("type", "=like", f"finance_sync.{prefix}%")],
            order="id",
        )
        return [
            (event.type.removeprefix("finance_sync."), json.loads(event.data))
            for event in found
        ]

    def types(self, prefix=""):
        return [name for name, _data in self.recorded(prefix)]


class TestConnections(SourceCase):
    def test_the_life_of_a_connection(self):
        connection = self.make_connection(key="other")
        self.assertEqual(
            self.types("connection"), ["connection.created", "connection.activated"]
        )
        connection.action_pause()
        name, data = self.recorded("connection")[-1]
        self.assertEqual(name, "connection.paused")
        self.assertIn("Paused by", data["reason"])
        connection.unlink()
        self.assertEqual(self.types("connection")[-1], "connection.deleted")

    def test_settings(self):
        self.connection.write({"name": "Renamed", "read_timeout": 7.0, "lane": "bulk"})
        self.assertEqual(
            self.recorded("connection"),
            [
                (
                    "connection.changed",
                    {
                        "fields": ["lane", "name", "read_timeout"],
                        "values": ["lane=bulk", "name=…", "read_timeout=7.0"],
                    },
                )
            ],
        )

    def test_nothing_changed(self):
        self.connection.write({"name": self.connection.name})
        self.assertFalse(self.recorded())

    def test_an_address_without_what_it_may_hold(self):
        draft = self.connection.copy({"key": "draft"})
        draft.base_url = "https://us:secret@api.example.com/v1?token=secret"
        events = self.events.search([("id", ">", self.last)])
        self.assertIn("api.example.com/v1", events[0].data + events[1].data)
        self.assertNotIn("secret@", str(events.mapped("data")))
        self.assertNotIn("token=", str(events.mapped("data")))

    def test_credentials_are_named_and_never_shown(self):
        connection = self.make_connection(key="test", environment="test")
        connection.with_user(self.manager).write(
            {"secret": "xyzzy plugh", "auth_user": "jane"}
        )
        recorded = self.recorded("credential")
        self.assertEqual({name for name, _data in recorded}, {"credential.set"})
        named = {name for _type, data in recorded for name in data["fields"]}
        self.assertEqual(named, {"secret", "auth_user"})
        everything = str(self.events.search([("id", ">", self.last)]).mapped("data"))
        self.assertNotIn("plugh", everything)
        self.assertNotIn("jane", everything)

    def test_credentials_go_with_the_address(self):
        draft = self.make_connection(
            key="draft", environment="test", base_url="http://127.0.0.1:1"
        )
        draft.secret = "open sesame"
        draft._as_approved().write({"base_url": "http://127.0.0.1:2"})
        self.assertEqual(
            self.recorded("credential"),
            [
                ("credential.set", {"fields": ["secret"]}),
                ("credential.removed", {"fields": ["secret"]}),
            ],
        )

    def test_rotation(self):
        self.env.flush_all()
        with conf(self.env, keys=f"{generate_key()},{KEY}"):
            self.env["finance.sync.connection"]._rotate_secrets()
            self.assertIn("credential.rotated", self.types("credential"))
            self.assertNotIn("credential.set", self.types("credential"))

    def test_changes_of_governed_settings(self):
        connection = self.connection.with_user(self.manager)
        connection.write({"rate_burst": 3})
        change = self.connection.pending_change_id
        change.with_user(self.approver).action_approve()
        self.assertEqual(
            self.recorded("connection"),
            [
                ("connection.change.requested", {"fields": ["rate_burst"]}),
                (
                    "connection.changed",
                    {"fields": ["rate_burst"], "values": ["rate_burst=3"]},
                ),
                (
                    "connection.change.approved",
                    {"fields": ["rate_burst"], "requested_by": self.manager.id},
                ),
            ],
        )
        approved = self.events.search(
            [("type", "=", "finance_sync.connection.change.approved")], limit=1
        )
        self.assertEqual(approved.actor_ref, self.approver.id)
        connection.write({"rate_burst": 4})
        self.connection.pending_change_id.with_user(self.approver).action_refuse()
        self.assertEqual(self.types()[-1], "connection.change.refused")


class TestExchanges(SourceCase):
    def test_done(self):
        exchange = self.enqueue()
        self.run_job(exchange)
        recorded = [row for row in self.recorded("exchange")]
        self.assertEqual([name for name, _ in recorded], ["exchange.done"])
        self.assertEqual(recorded[0][1]["operation"], exchange.operation)
        event = self.events.search([("type", "=", "finance_sync.exchange.done")])[:1]
        self.assertEqual(event.subject, exchange.uuid)
        self.assertEqual(event.actor_ref, self.worker.id)
        self.assertEqual(event.correlation_id, exchange.correlation_id)

    def test_cancelled_and_retried(self):
        exchange = self.enqueue()
        exchange.with_user(self.accountant).action_retry()
        exchange.with_user(self.accountant).action_cancel()
        self.assertEqual(
            self.types("exchange"), ["exchange.retried", "exchange.cancelled"]
        )

    def test_a_person_marks_it_done(self):
        exchange = self.enqueue()
        exchange.state = "held"
        exchange.with_user(self.accountant).action_mark_done()
        self.assertEqual(
            self.types("exchange"),
            ["exchange.held", "exchange.done", "exchange.marked_done"],
        )

    def test_replayed(self):
        exchange = self.enqueue()
        self.run_job(exchange)
        exchange.with_user(self.accountant).action_replay()
        self.assertEqual(self.types("exchange"), ["exchange.done", "exchange.replayed"])

    def test_a_refused_action_is_no_event(self):
        exchange = self.enqueue()
        with self.assertRaises(UserError):
            exchange.with_user(self.accountant).action_replay()
        self.assertFalse(self.recorded("exchange"))

    def test_many_by_one_statement(self):
        exchanges = self.env["finance.sync.exchange"].browse()
        for _number in range(5):
            exchanges |= self.enqueue(document=self.make_entry())
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        exchanges.write({"state": "done", "done_at": fields.Datetime.now()})
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 10)
        self.assertEqual(self.types("exchange"), ["exchange.done"] * 5)

    def test_a_look_at_a_payload(self):
        exchange = self.enqueue()
        exchange.with_user(self.manager).with_context(
            finance_sync_unmask=exchange.ids
        ).read(["payload_masked"])
        event = self.events.search([("type", "=", "finance_sync.payload.unmasked")])[:1]
        self.assertEqual(event.subject, exchange.uuid)
        self.assertEqual(event.actor_ref, self.manager.id)

    def decide(self, call):
        return self.connection._decide(
            "echo.read",
            {"n": 1},
            document_uuid=self.document.finance_sync_uuid,
            company=self.company_us,
            call=call,
        )

    def test_decisions(self):
        self.decide(lambda adapter: {"ok": True})
        (row,) = self.recorded("decision")
        self.assertEqual(row[1]["state"], "ok")
        self.assertEqual(row[1]["operation"], "echo.read")

    def test_failed_decisions(self):
        def fail(_adapter):
            raise TransientError("Away.")

        # Not by assertRaises, which would roll back what own cursors committed.
        with contextlib.suppress(TransientError):
            self.decide(fail)
        (row,) = self.recorded("decision")
        self.assertEqual(row[1]["state"], "failed")
        self.assertEqual(row[1]["error"], "transient")


class TestDuties(SourceCase):
    def test_given_and_taken_on_the_user(self):
        group = self.env.ref("finance_sync.group_auditor")
        self.clerk.write({compat.GROUPS_FIELD: [Command.link(group.id)]})
        self.assertEqual(
            self.recorded("group"),
            [
                (
                    "group.changed",
                    {"user": self.clerk.id, "added": ["auditor"], "removed": []},
                )
            ],
        )
        self.clerk.write({compat.GROUPS_FIELD: [Command.unlink(group.id)]})
        self.assertEqual(self.recorded("group")[-1][1]["removed"], ["auditor"])
        event = self.events.search([("type", "=", "finance_sync.group.changed")])[:1]
        self.assertNotIn(
            self.clerk.name, str(event.read(["subject", "subject_ref", "data"]))
        )
        self.assertIn(self.clerk.name, event.with_user(self.auditor).about)
        self.assertFalse(event.company_ref)

    def test_given_on_the_group(self):
        group = self.env.ref("finance_sync.group_approver")
        group.write({compat.MEMBERS_FIELD: [Command.link(self.clerk.id)]})
        self.assertEqual(self.recorded("group")[-1][1]["added"], ["approver"])

    def test_given_by_another_group(self):
        group = self.env["res.groups"].create(
            {"name": "Night Shift", compat.MEMBERS_FIELD: [Command.link(self.clerk.id)]}
        )
        self.assertFalse(self.recorded("group"))
        group.write(
            {
                "implied_ids": [
                    Command.link(self.env.ref("finance_sync.group_approver").id)
                ]
            }
        )
        self.assertEqual(self.recorded("group")[-1][1]["added"], ["approver"])

    def test_a_new_user(self):
        make_user(
            self.env,
            "newcomer",
            self.company_us,
            self.company_us,
            "finance_sync.group_manager",
        )
        self.assertEqual(
            self.recorded("group")[-1][1]["added"], ["resolver", "manager"]
        )

    def test_other_groups_are_no_duty(self):
        group = self.env.ref("base.group_partner_manager")
        self.clerk.write({compat.GROUPS_FIELD: [Command.link(group.id)]})
        self.assertFalse(self.recorded("group"))


class TestLockDates(SourceCase):
    def test_a_moved_lock_date(self):
        self.company_us.fiscalyear_lock_date = date(2024, 12, 31)
        self.company_us.fiscalyear_lock_date = date(2024, 12, 31)
        self.assertEqual(
            self.recorded("lock_date"),
            [
                (
                    "lock_date.changed",
                    {"lock": "fiscalyear_lock_date", "after": "2024-12-31"},
                )
            ],
        )
        event = self.events.search([("type", "=", "finance_sync.lock_date.changed")])[
            :1
        ]
        self.assertEqual(event.company_ref, self.company_us.id)


class TestLineage(SourceCase):
    def test_the_whole_story(self):
        exchange = self.enqueue()
        self.run_job(exchange)
        self.env["finance.sync.hold"]._raise(
            "rejected", exchange=exchange, summary="Refused."
        )
        self.decision = self.connection._decide(
            "echo.read",
            {"n": 1},
            document_uuid=self.document.finance_sync_uuid,
            company=self.company_us,
            call=lambda adapter: {"ok": True},
        )
        self.env.flush_all()
        for source in (
            self.document.with_user(self.accountant).action_finance_sync_open_lineage,
            exchange.with_user(self.accountant).action_open_lineage,
        ):
            rows = self.env["finance.sync.lineage"].search(source()["domain"])
            kinds = set(rows.mapped("kind"))
            self.assertEqual(
                kinds, {"event", "exchange", "attempt", "hold", "decision"}
            )
        for row in rows:
            self.assertTrue(row.title)
            action = row.action_open()
            self.assertTrue(self.env[action["res_model"]].browse(action["res_id"]))
        self.assertEqual(rows.mapped("at"), sorted(rows.mapped("at")))

    def test_another_company_sees_nothing_of_it(self):
        exchange = self.enqueue()
        rows = self.env["finance.sync.lineage"].with_user(self.auditor)
        domain = [("correlation_id", "=", exchange.correlation_id)]
        of_us = rows.with_context(allowed_company_ids=self.company_us.ids)
        of_de = rows.with_context(allowed_company_ids=self.company_de.ids)
        self.assertTrue(of_us.search(domain))
        self.assertFalse(of_de.search(domain))

    def test_no_flow_is_said_plainly(self):
        with self.assertRaises(UserError):
            self.env["finance.sync.lineage"]._action([False])

    def test_an_event_opens_what_it_is_about(self):
        exchange = self.enqueue()
        self.run_job(exchange)
        event = self.events.search([("subject", "=", exchange.uuid)], limit=1)
        action = event.action_open_subject()
        self.assertEqual(action["res_id"], exchange.id)
        user = self.events.search([("subject_model", "=", "res.users")], limit=1)
        self.assertEqual(user.action_open_subject()["res_model"], "res.users")


class TestSeenBy(SourceCase):
    def test_a_connection_of_others_is_not_seen(self):
        """It serves one company, yet an event of it may name none."""
        stranger = make_user(
            self.env,
            "elsewhere",
            self.company_de,
            self.company_de,
            "finance_sync.group_auditor",
        )
        connection = self.make_connection(
            key="mine", company_ids=[Command.set(self.company_us.ids)]
        )
        self.env.cr.execute(
            "INSERT INTO finance_sync_event (uuid, type, connection_ref)"
            " VALUES ('of-us', 'finance_sync.connection.activated', %s)",
            [connection.id],
        )
        both = self.record("finance_sync.connection.activated", self.connection)
        seen = self.events.with_user(stranger).with_context(
            allowed_company_ids=self.company_de.ids
        )
        self.assertFalse(seen.search([("uuid", "=", "of-us")]))
        self.assertEqual(seen.search([("uuid", "=", both.uuid)]).title, both.title)
        mine = self.events.with_user(self.auditor).with_context(
            allowed_company_ids=self.company_us.ids
        )
        self.assertTrue(mine.search([("uuid", "=", "of-us")]))
        self.assertEqual(mine.search([("uuid", "=", "of-us")]).connection_id.id,
                         connection.id)  # fmt: skip
