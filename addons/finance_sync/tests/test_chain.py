"""Sealing, and what verification finds when somebody has tampered by SQL."""

import base64
import json
import tempfile
from pathlib import Path

from odoo import fields
from odoo.addons.finance_sync.core import chain as chains
from odoo.addons.finance_sync.models import chain as chain_model
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger
from psycopg2.errors import InsufficientPrivilege

from .common import conf
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
            self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        self.env.cr.execute(statement, values)
        for table in TABLES:
            self.env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    def assert_first(self, code, event=None, bodies=()):
        breaks = self.breaks(bodies)
        self.assertTrue(breaks, "Nothing was found.")
        self.assertEqual(breaks[0].code, code, breaks)
        if event is not None:
            self.assertEqual(breaks[0].event, event)
        return breaks[0]


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


class TestVerify(ChainCase):
    def test_the_result_is_kept_and_recorded(self):
        self.sealed()
        chain = self.chain()
        self.assertEqual(chain.state, "unverified")
        answer = chain.with_user(self.auditor).action_verify()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertEqual(chain.state, "intact")
        self.assertEqual(chain.verified_events, chain.event_count)
        event = self.events.search([("type", "=", "finance_sync.chain.verified")])
        self.assertIn(chain.id, [int(e.subject.split(",")[1]) for e in event])

    def test_a_broken_chain_raises_one_hold(self):
        event = self.sealed()[0]
        self.tamper("DELETE FROM finance_sync_event WHERE id = %s", event.id)
        self.chains._cron_verify()
        self.assertEqual(self.chain().state, "broken")
        hold = self.env["finance.sync.hold"].search([("code", "=", "chain_broken")])
        self.assertEqual(hold.company_id, self.company_us)
        self.assertIn(f"event {event.id}", hold.summary)
        hold._close("resolved", "Looked into.")
        self.chains._cron_verify()
        self.assertEqual(
            self.env["finance.sync.hold"].search_count([("code", "=", "chain_broken")]),
            1,
        )

    def test_who_may_verify(self):
        for user in (self.clerk, self.accountant, self.approver):
            with self.assertRaises(AccessError):
                self.chain().with_user(user).action_verify()

    def test_screens_show_the_head(self):
        self.sealed(5, at_once=2)
        self.record_many(2)
        chain = self.chain()
        head = self.seals.search([("chain", "=", self.number)], limit=1)
        self.assertEqual(chain.head_number, head.number)
        self.assertEqual(chain.head_hash, head.hash)
        self.assertEqual(chain.unsealed_count, 2)
        self.assertEqual(chain.display_name, self.company_us.name)
        chain.with_user(self.auditor).action_seal()
        self.assertEqual(chain.unsealed_count, 0)

    def test_long_chains_are_verified_by_a_job(self):
        self.sealed()
        chain = self.chain()
        self.patch(chain_model, "SMALL", 1)
        with trap_jobs() as trap:
            answer = chain.with_user(self.auditor).action_verify()
            self.assertEqual(answer["params"]["type"], "info")
            self.assertEqual(chain.state, "unverified")
            trap.assert_jobs_count(1, only=chain._job_verify)
            trap.perform_enqueued_jobs()
        self.assertEqual(chain.state, "intact")


class TestAnchor(ChainCase):
    def setUp(self):
        super().setUp()
        self.anchors = self.env["finance.sync.anchor"]
        self.sealed()

    def verify(self, content, user=None):
        wizard = (
            self.env["finance.sync.anchor.verify"]
            .with_user(user or self.auditor)
            .create({"upload": base64.b64encode(content.encode())})
        )
        wizard.action_verify()
        return wizard

    def test_it_names_every_head(self):
        self.record_many(1, self.company_de)
        anchor = self.anchors._export()
        heads = self.chains._heads()
        self.assertEqual(
            anchor._heads(), {chain: head[:2] for chain, head in heads.items()}
        )
        self.assertEqual(self.chain().anchored_number, heads[self.number][0])
        self.assertFalse(self.chains._ensure()._verify())

    def test_download(self):
        action = self.anchors.with_user(self.auditor).action_export()
        attachment = self.env["ir.attachment"].browse(
            int(action["url"].split("/")[-1].split("?")[0])
        )
        anchor = self.anchors.search([], limit=1)
        self.assertEqual(attachment.raw.decode(), anchor.content)
        self.assertTrue(attachment.with_user(self.auditor).read(["raw"]))
        with self.assertRaises(AccessError):
            attachment.with_user(self.clerk).read(["raw"])

    def test_one_kept_outside_verifies(self):
        content = self.anchors._export().content
        self.record_many(3)
        self.seals._seal()
        self.assertEqual(self.verify(content).state, "intact")

    def test_one_kept_outside_finds_what_was_cut_off(self):
        content = self.anchors._export().content
        self.tamper("DELETE FROM finance_sync_anchor")
        self.tamper("DELETE FROM finance_sync_seal WHERE chain = %s", self.number)
        self.tamper(
            "DELETE FROM finance_sync_event WHERE company_ref = %s", self.number
        )
        wizard = self.verify(content)
        self.assertEqual(wizard.state, "broken")
        self.assertIn("ends before", wizard.result)

    def test_a_forged_one_is_refused(self):
        document = json.loads(self.anchors._export().content)
        document["body"]["chains"] = []
        for content in (json.dumps(document), "no json", "[]", "{}", '{"body": 1}'):
            with self.subTest(content=content[:20]), self.assertRaises(UserError):
                self.verify(content)

    def test_one_of_another_database_is_refused(self):
        content = self.anchors._export().content
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        with self.assertRaises(UserError):
            self.verify(content)

    def test_a_forged_row_breaks_the_chain(self):
        anchor = self.anchors._export()
        self.tamper(
            "UPDATE finance_sync_anchor SET content = replace(content, %s, %s)",
            '"format": 1',
            '"format": 2',
        )
        self.env.invalidate_all()
        self.assertTrue(anchor.content)
        broken = self.chain()._verify()
        self.assertEqual(broken[self.chain()][0].code, "bad_anchor")

    def test_a_missing_key_says_how_to_make_one(self):
        with conf(self.env, signing_key=""):
            with self.assertRaisesRegex(UserError, "Make a key with"):
                self.anchors.with_user(self.auditor).action_export()
            self.anchors._cron_export()
        hold = self.env["finance.sync.hold"].search([("code", "=", "anchor_failed")])
        self.assertEqual(hold.state, "open")
        self.anchors._cron_export()
        self.assertEqual(hold.state, "resolved")

    def test_a_copy_is_put_where_odoo_conf_says(self):
        with tempfile.TemporaryDirectory() as folder:
            with conf(self.env, anchor_directory=folder):
                anchor = self.anchors._export()
            self.assertEqual(Path(anchor.path).read_text(), anchor.content)
        with (
            conf(self.env, anchor_directory=folder),
            self.assertRaisesRegex(UserError, "anchor_directory"),
        ):
            self.anchors.with_user(self.auditor).action_export()

    def test_who_may_export(self):
        for user in (self.clerk, self.accountant, self.approver):
            with self.assertRaises(AccessError):
                self.anchors.with_user(user).action_export()
