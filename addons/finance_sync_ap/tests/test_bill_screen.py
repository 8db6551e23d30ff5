"""The inbox and the screens beside which people decide."""

from datetime import timedelta

from odoo import fields
from odoo.addons.finance_sync.tests.common import make_user
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ..models.bill_screen import MOST_ROWS
from .common import ApCase

SHOWN = (
    "received_at",
    "age_days",
    "number",
    "partner_id",
    "due",
    "amount_total",
    "amount_company",
    "finance_sync_hold_count",
    "sla_due",
    "state",
    "approval_state",
    "move_id",
)


@tagged("post_install", "-at_install")
class TestBillScreen(ApCase):
    def of_another_company(self):
        user = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_user",
        )
        return self.env(
            user=user.id, context={"allowed_company_ids": self.company_de.ids}
        )

    # -- Bill, order, receipt

    def test_what_differs_is_beside_order_and_receipt(self):
        order = self.order(received=4.0)
        bill = self.deliver(self.content(order, price="12"))
        screen = bill.with_user(self.clerk)
        (row,) = screen.sudo()._match_rows()
        self.assertEqual(row["order"], order.name)
        self.assertEqual(row["price"], "12.00")
        self.assertEqual(row["order_price"], "10.00")
        self.assertTrue(row["received"].startswith("4 "))
        self.assertEqual(row["receipts"], order.picking_ids.filtered(
            lambda picking: picking.state == "done").mapped("name"))  # fmt: skip
        self.assertEqual(row["marked"]["price"], "hold")
        self.assertTrue(
            any(one["text"] == "10 agreed, 12 billed" for one in row["differs"])
        )
        self.assertIn(order.name, screen.match_table)
        self.assertIn("table-danger", screen.match_table)

    def test_a_line_that_agrees_says_so(self):
        bill = self.deliver(self.content(self.order()))
        (row,) = bill._match_rows()
        self.assertFalse(row["differs"])
        self.assertEqual(row["agrees"], "Agrees")
        self.assertNotIn("table-danger", bill.match_table)

    def test_what_vendors_write_is_shown_as_text(self):
        content = self.content(self.order())
        content["BG-25"][0]["BT-153"] = "<img src=x onerror=alert(1)>"
        content["BT-1"] = "<b>7</b>"
        bill = self.deliver(content)
        self.assertNotIn("<img", bill.match_table)
        self.assertIn("&lt;img", bill.match_table)
        again = self.deliver(dict(content, **{"BT-2": "2026-03-05"}))
        self.assertTrue(again.similar_table)
        self.assertNotIn("<b>7", again.similar_table)

    def test_of_many_lines_those_that_differ_come_first(self):
        bill = self.deliver(self.content(self.order(quantity=5.0), quantity="10"))
        self.env["finance.sync.bill.line"].create(
            [{"bill_id": bill.id, "name": f"Line {n}"} for n in range(MOST_ROWS + 5)]
        )
        bill.deviation_ids[0].line_id = bill.line_ids[-1]
        bill.invalidate_recordset()
        self.assertEqual(bill.match_table.count("text-end text-nowrap"), MOST_ROWS)
        self.assertIn(f"Line {MOST_ROWS + 4}", bill.match_table)

    # -- The same bill?

    def test_a_duplicate_is_beside_what_is_here_already(self):
        first = self.deliver(self.content(self.order()))
        second = self.deliver(self.content(None, BT_2="2026-03-09"))
        self.assertEqual(self.codes(second), ["ap_duplicate"])
        screen = second.with_user(self.clerk)
        self.assertEqual(screen.candidate_id, first)
        self.assertEqual(screen.similar_count, 1)
        self.assertIn("03/02/2026", screen.similar_table)
        self.assertIn("03/09/2026", screen.similar_table)
        self.assertEqual(screen.action_open_candidate()["res_id"], first.id)
        self.assertEqual(first.similar_count, 0)

    def test_a_bill_that_was_entered_by_hand_is_beside_it_as_well(self):
        by_hand = (
            self.env["account.move"]
            .with_company(self.company_us)
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.vendor.id,
                    "ref": "R-2026-0007",
                    "invoice_date": "2026-02-27",
                    "invoice_line_ids": [(0, 0, {"name": "Paper", "price_unit": 90})],
                }
            )
        )
        bill = self.deliver(self.content(self.order()))
        self.assertEqual(self.codes(bill), ["ap_duplicate"])
        self.assertEqual(bill.similar_count, 1)
        self.assertFalse(bill.candidate_id)
        self.assertIn(by_hand.display_name, bill.with_user(self.clerk).similar_table)

    # -- Letting pass

    def test_a_resolver_lets_pass_what_may_be(self):
        bill = self.deliver(self.content(self.order(), price="12"))
        action = bill.with_user(self.accountant).action_let_pass()
        self.assertEqual(action["res_model"], "finance.sync.hold.override")
        with self.assertRaises(AccessError):
            bill.with_user(self.clerk).action_let_pass()
        other = self.deliver(self.content(self.order(), BT_1="R-8", BT_112="1.00"))
        self.assertIn("ap_content", self.codes(other))
        with self.assertRaises(UserError):
            other.with_user(self.accountant).action_let_pass()

    # -- Nothing of it is changed from outside

    def test_what_was_received_is_not_written_by_calls(self):
        bill = self.deliver(self.content(self.order()))
        for name, value in (
            ("number", "R-9"),
            ("date", "2026-04-01"),
            ("amount_total", 1.0),
            ("amount_company", 1.0),
            ("posted_at", fields.Datetime.now()),
            ("sla_due", False),
            ("approval_state", "approved"),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                bill.with_user(self.clerk).write({name: value})

    # -- The inbox

    def test_settle_by_follows_the_holds(self):
        bill = self.deliver(self.content(self.order(), price="12"))
        hold = bill.finance_sync_hold_ids
        self.assertEqual(bill.sla_due, hold.due)
        later = hold.due + timedelta(days=3)
        hold.due = later
        self.assertEqual(bill.sla_due, later)
        found = self.env["finance.sync.bill"].with_user(self.clerk)
        domain = [("id", "=", bill.id), ("sla_due", "!=", False)]
        self.assertEqual(found.search(domain), bill)
        hold._close("resolved", "Done")
        self.assertFalse(bill.sla_due)
        self.assertFalse(found.search(domain))

    def test_amounts_are_also_in_company_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "company_id": self.company_us.id,
                "name": "2026-01-01",
                "rate": 0.5,
            }
        )
        bill = self.deliver(self.content(None, BT_5="EUR"))
        self.assertAlmostEqual(bill.amount_company, 2 * bill.amount_total)
        credit = self.deliver(self.content(None, BT_1="C-1", BT_3="381"))
        self.assertAlmostEqual(credit.amount_company, -credit.amount_total)

    def test_a_longer_inbox_takes_no_more_queries(self):
        bill = self.deliver(self.content(self.order()))
        self.env.cr.execute(
            "INSERT INTO finance_sync_bill (connection_id, company_id, external_id,"
            " version, number, state, kind, received_at, date, currency_id,"
            " partner_id, amount_total, finance_sync_uuid, approval_state)"
            " SELECT connection_id, company_id, 'many-' || n, 1, 'M-' || n, 'held',"
            " kind, received_at - n * interval '1 minute', date, currency_id,"
            " partner_id, n, gen_random_uuid()::text, 'none'"
            " FROM finance_sync_bill, generate_series(1, 10000) n WHERE id = %s",
            [bill.id],
        )
        # The first one fills caches.
        _first, short, long = (self.queries_of_a_page(size) for size in (2, 2, 80))
        self.assertEqual(short, long)

    def queries_of_a_page(self, limit):
        self.env.invalidate_all()
        bills = self.env["finance.sync.bill"].with_user(self.clerk)
        specification = {name: {} for name in SHOWN}
        specification["partner_id"] = {"fields": {"display_name": {}}}
        before = self.env.cr.sql_log_count
        page = bills.web_search_read(
            [("state", "=", "held")], specification, limit=limit
        )
        self.assertEqual(len(page["records"]), limit)
        return self.env.cr.sql_log_count - before

    # -- All of it

    def test_every_screen_of_bills_opens_for_everybody_who_has_it(self):
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "=like", "finance.sync.b%"), ("target", "!=", "new")]
        )
        self.assertGreater(len(actions), 8)
        readers = (self.clerk, self.accountant, self.approver, self.auditor)
        for action in actions:
            for user in readers:
                records = self.env[action.res_model].with_user(user)
                if (
                    not self.env["ir.model.access"]
                    .with_user(user)
                    .check(action.res_model, "read", raise_exception=False)
                ):
                    continue
                with self.subTest(action=action.name, user=user.login):
                    views = [(view, kind) for view, kind in action.views]
                    found = records.get_views([*views, (False, "search")])
                    for kind in found["views"]:
                        self.assertTrue(found["views"][kind]["arch"])

    def test_another_company_opens_no_screen_of_it(self):
        bill = self.deliver(self.content(self.order(), price="12"))
        self.env.flush_all()
        theirs = self.of_another_company()
        mine = bill.with_env(theirs)
        for name in ("match_table", "similar_table", "amount_company"):
            with self.subTest(name), self.assertRaises(AccessError):
                mine.read([name])
        for call in (mine.action_let_pass, mine.action_process):
            with self.subTest(call.__name__), self.assertRaises(AccessError):
                call()
