"""Dashboards and the daily digest: one's own companies, one's own work."""

import html
from datetime import date, timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tests.common import HttpCase
from odoo.tools.misc import format_datetime

from .common import make_user
from .sample_rows import RowsCase


@tagged("post_install", "-at_install")
class TestDashboard(RowsCase):
    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.env["finance.sync.metric.tick"]._roll_up()

    def board(self, name, user, companies=None, days=28):
        last = fields.Date.today()
        boards = self.env["finance.sync.dashboard"].with_user(user)
        companies = companies or user.company_ids
        boards = boards.with_context(allowed_company_ids=companies.ids, tz="UTC")
        first = last - timedelta(days=days - 1)
        return boards.board(name, str(first), str(last))

    def tile(self, board, key):
        return next(tile for tile in board["tiles"] if tile["key"] == key)

    def chart(self, board, key):
        return next(chart for chart in board["charts"] if chart["key"] == key)

    def test_a_board_shows_the_own_companies_only(self):
        stranger = self.stranger("account.group_account_user")
        self.env["finance.sync.hold"]._raise(
            "rejected", company=self.company_de, summary="Refused.", amount=7.0
        )
        mine = self.board("process", self.accountant, self.company_us)
        theirs = self.board("process", stranger)
        both = self.board("process", self.accountant)
        counts = [int(self.tile(b, "holds")["value"]) for b in (mine, theirs, both)]
        self.assertEqual(counts[0] + counts[1], counts[2])
        self.assertEqual(counts[1], 1)
        self.assertIn("7.00", self.tile(theirs, "hold_amount")["value"])
        support = self.board("support", stranger)
        names = [row["cells"][0] for row in support["tables"][0]["rows"]]
        self.assertNotIn(self.connection.name, names)
        self.assertEqual(self.tile(support, "calls")["value"], "0")

    def test_every_way_further_leads_to_what_was_counted(self):
        board = self.board("process", self.accountant)
        for key in ("holds", "held"):
            tile = self.tile(board, key)
            action = tile["action"]
            found = (
                self.env[action["res_model"]]
                .with_user(self.accountant)
                .search_count(action["domain"])
            )
            self.assertEqual(str(found), tile["value"])
        for name in ("process", "support"):
            board = self.board(name, self.accountant)
            for chart in board["charts"]:
                for number, action in enumerate(chart.get("actions") or []):
                    with self.subTest(chart=chart["key"], number=number):
                        model = self.env[action["res_model"]].with_user(self.accountant)
                        total = sum(set_["data"][number] for set_ in chart["datasets"])
                        found = model.search_count(action["domain"])
                        if chart["key"].startswith("holds_by"):
                            self.assertEqual(found, total)

    def test_series_are_as_long_as_their_labels(self):
        for name in ("process", "support"):
            for days in (1, 7, 28, 91, 364):
                for chart in self.board(name, self.accountant, days=days)["charts"]:
                    with self.subTest(board=name, days=days, chart=chart["key"]):
                        for set_ in chart["datasets"]:
                            self.assertEqual(len(set_["data"]), len(chart["labels"]))

    def test_counts_of_a_time_are_of_that_time(self):
        hours = self.env["finance.sync.metric.hour"]
        today = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        vals = {
            "kind": "exchange",
            "connection_ref": self.connection.id,
            "company_ref": self.company_us.id,
            "operation": "board.test",
            "outcome": "done",
            "prior": "pending",
            "bucket": 1,
            "seconds": 1.0,
        }
        hours.create(
            [
                {**vals, "hour": today, "again": False, "events": 9},
                {**vals, "hour": today, "again": True, "events": 1},
                {
                    **vals,
                    "hour": today - timedelta(days=40),
                    "again": True,
                    "events": 50,
                },
            ]
        )
        week = self.board("process", self.accountant, days=7)
        self.assertEqual(self.tile(week, "touchless")["value"], "90.0 %")
        quarter = self.board("process", self.accountant, days=91)
        self.assertEqual(self.tile(quarter, "touchless")["value"], "15.0 %")
        done = self.chart(week, "finished")["datasets"][0]["data"]
        self.assertEqual(sum(done), 10)
        done = self.chart(quarter, "finished")["datasets"][0]["data"]
        self.assertEqual(sum(done), 60)

    def test_points_are_days_or_weeks(self):
        boards = self.env["finance.sync.dashboard"]
        span = boards._span("2026-01-01", "2026-03-31")
        self.assertEqual((span.step, span.points()[0]), ("week", date(2025, 12, 29)))
        for day in (date(2026, 2, 2), date(2026, 2, 8)):
            self.assertEqual(span.point(day), date(2026, 2, 2))
        month = boards._span("2026-02-01", "2026-02-28")
        self.assertEqual((month.step, len(month.points())), ("day", 28))
        self.assertEqual(month.before().first, date(2026, 1, 4))

    def test_days_are_checked(self):
        boards = self.env["finance.sync.dashboard"].with_user(self.accountant)
        for first, last in (
            ("2026-02-01", "2026-01-01"),
            ("2020-01-01", "2026-01-01"),
            ("", "2026-01-01"),
            ("soon", "2026-01-01"),
        ):
            with self.subTest(first=first), self.assertRaises(UserError):
                boards.board("process", first, last)
        with self.assertRaises(UserError):
            boards.board("other", "2026-01-01", "2026-01-02")

    def test_others_see_no_board(self):
        portal = make_user(
            self.env, "portal", self.company_us, self.company_us, "base.group_portal"
        )
        for user in (self.clerk, self.service, portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.board("process", user)


@tagged("post_install", "-at_install")
class TestDigest(RowsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hold.sudo().user_id = cls.accountant
        cls.template = cls.env.ref("finance_sync.mail_template_digest")

    def send(self):
        """The mails that the cron makes, by who gets them."""
        mails = self.env["mail.mail"]
        before = mails.search([])
        self.env["res.users"]._cron_finance_sync_digest()
        return {mail.recipient_ids: mail for mail in mails.search([]) - before}

    def render(self, user):
        rendered = self.template._generate_template(user.ids, ["subject", "body_html"])
        return rendered[user.id]["body_html"]

    @freeze_time("2026-02-03 15:00:00")
    def test_it_goes_to_those_with_something_to_do_once_a_day(self):
        self.hold.sudo().due = "2026-02-02 10:00:00"
        sent = self.send()
        self.assertIn(self.accountant.partner_id, sent)
        mail = sent[self.accountant.partner_id]
        self.assertIn("List-Unsubscribe", mail.headers)
        self.assertNotIn(self.clerk.partner_id, sent)
        self.assertNotIn(self.accountant.partner_id, self.send())

    @freeze_time("2026-02-03 06:30:00")
    def test_it_comes_in_the_morning_of_the_reader(self):
        self.accountant.tz = "America/New_York"
        self.assertNotIn(self.accountant.partner_id, self.send())
        self.accountant.tz = "Europe/Berlin"
        self.assertIn(self.accountant.partner_id, self.send())

    @freeze_time("2026-02-03 15:00:00")
    def test_who_does_not_want_it_does_not_get_it(self):
        self.accountant.with_user(self.accountant).finance_sync_digest = "none"
        self.assertNotIn(self.accountant.partner_id, self.send())

    def test_it_tells_what_is_the_readers_in_its_time_zone(self):
        self.accountant.tz = "Asia/Tokyo"
        self.hold.sudo().due = "2026-02-02 22:30:00"
        body = html.unescape(str(self.render(self.accountant)))
        self.assertIn("INV/1", body)
        self.assertIn("10.00", body)
        due = format_datetime(self.env, self.hold.due, tz="Asia/Tokyo")
        self.assertIn(due, body)
        self.assertNotEqual(due, format_datetime(self.env, self.hold.due, tz="UTC"))
        self.assertNotIn("INV/1", str(self.render(self.manager)))

    def test_managers_are_told_of_connections_and_holds_of_nobody(self):
        self.hold.sudo().user_id = False
        self.env["finance.sync.connection"].browse(self.connection.id).sudo().write(
            {"state": "paused"}
        )
        digest = self.manager._finance_sync_digest()
        self.assertGreaterEqual(digest["unassigned"], 1)
        self.assertIn("Echo", [one["name"] for one in digest["connections"]])
        self.assertTrue(digest["todo"])
        self.assertIn("Echo", str(self.render(self.manager)))
        self.assertFalse(self.accountant._finance_sync_digest()["connections"])

    def test_approvers_are_told_what_waits_for_them(self):
        self.assertGreaterEqual(self.approver._finance_sync_digest()["approvals"], 1)
        self.assertEqual(self.accountant._finance_sync_digest()["approvals"], 0)

    def test_holds_of_another_company_are_not_told(self):
        stranger = self.stranger("account.group_account_user")
        self.env.flush_all()
        # It was theirs before they changed the company.
        self.env.cr.execute(
            "UPDATE finance_sync_hold SET user_id = %s WHERE id = %s",
            [stranger.id, self.hold.id],
        )
        self.env.invalidate_all()
        self.assertEqual(stranger._finance_sync_digest()["hold_count"], 0)


@tagged("post_install", "-at_install")
class TestDigestStop(HttpCase):
    def test_the_link_asks_and_the_button_stops(self):
        user = self.env.ref("base.user_admin")
        url = user._finance_sync_digest_stop_url()
        path = "/" + url.split("/", 3)[3]
        self.assertEqual(self.url_open(path).status_code, 200)
        self.assertEqual(user.finance_sync_digest, "daily")
        answer = self.url_open(path, data={"List-Unsubscribe": "One-Click"})
        self.assertEqual(answer.status_code, 200)
        user.invalidate_recordset()
        self.assertEqual(user.finance_sync_digest, "none")

    def test_a_guessed_link_does_nothing(self):
        user = self.env.ref("base.user_admin")
        for query in (
            f"user={user.id}&token=guessed",
            f"user={user.id}",
            "user=x&token=y",
            "",
        ):
            answer = self.url_open(
                f"/finance_sync/digest/stop?{query}", data={"confirm": "1"}
            )
            self.assertEqual(answer.status_code, 404)
        user.invalidate_recordset()
        self.assertEqual(user.finance_sync_digest, "daily")
