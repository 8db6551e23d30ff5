"""Figures of received bills."""

from datetime import timedelta

from odoo import fields
from odoo.addons.finance_sync.tests.common import make_user
from odoo.tests.common import tagged

from .. import compat
from .bank_case import BankCase

MODEL = "finance.sync.bill.report"


@tagged("post_install", "-at_install")
class TestBillReport(BankCase):
    def row(self, bill, user=None):
        self.env.flush_all()
        report = self.env[MODEL].with_user(user or self.clerk)
        report.invalidate_model()
        return report.search([("bill_id", "=", bill.id)])

    def posted(self, **changes):
        bill = self.deliver(self.content(self.order(), **changes))
        bill.with_user(self.clerk).action_stage()
        bill.with_user(self.clerk).action_post_bill()
        self.assertEqual(bill.state, "posted")
        return bill

    def test_touchless_and_cycle_time(self):
        smooth = self.posted()
        smooth.received_at = fields.Datetime.now() - timedelta(days=2)
        row = self.row(smooth)
        self.assertEqual(row.touchless, 100.0)
        self.assertAlmostEqual(row.cycle_days, 2.0, places=2)
        self.assertFalse(row.age_bucket)
        order = self.order()
        held = self.deliver(self.content(order, price="12", BT_1="R-8"))
        self.assertEqual(self.row(held).hold_count, 1)
        order.order_line.price_unit = 12.0
        held.with_user(self.clerk).action_process()
        held.with_user(self.clerk).action_stage()
        held.with_user(self.clerk).action_post_bill()
        self.assertEqual(self.row(held).touchless, 0.0)
        waiting = self.deliver(self.content(self.order(), BT_1="R-9"))
        found = self.env[MODEL]._read_group(
            [("bill_id", "in", (smooth | held | waiting).ids)],
            [],
            ["touchless:avg"],
        )
        # Of two that are posted; what is not does not count.
        self.assertEqual(found, [(50.0,)])

    def test_goods_that_come_later_are_nobodys_work(self):
        order = self.order(received=4.0)
        bill = self.deliver(self.content(order))
        self.assertEqual(bill.state, "waiting")
        self.receive_goods(order, 6.0)
        bill._job_process()
        bill.with_user(self.clerk).action_stage()
        bill.with_user(self.clerk).action_post_bill()
        self.assertEqual(self.row(bill).touchless, 100.0)

    def test_posted_is_when_it_was_first(self):
        bill = self.posted()
        first = fields.Datetime.now() - timedelta(days=1)
        bill.posted_at = first
        bill.move_id.button_draft()
        bill.move_id.action_post()
        self.assertEqual(bill.posted_at, first)

    def test_age_and_lateness(self):
        bill = self.deliver(self.content(self.order(), price="12", BT_9="2026-03-30"))
        bill.received_at = fields.Datetime.now() - timedelta(days=5)
        bill.finance_sync_hold_ids.due = fields.Datetime.now() - timedelta(hours=1)
        row = self.row(bill)
        self.assertEqual(row.age_bucket, "03")
        self.assertEqual(row.due_bucket, "0_late" if self.past(bill.due) else "2_later")
        self.assertTrue(row.late)
        self.assertEqual(row.action_open_bill()["res_id"], bill.id)
        bill.finance_sync_hold_ids._close("resolved", "Done")
        self.assertFalse(self.row(bill).late)

    def past(self, day):
        return day < fields.Date.today()

    # -- Duplicates

    def test_duplicates_that_were_stopped_in_money(self):
        self.deliver(self.content(self.order()))
        again = self.deliver(self.content(None, BT_2="2026-03-09"))
        row = self.row(again)
        self.assertEqual(row.duplicate_count, 1)
        self.assertAlmostEqual(row.duplicate_amount, again.amount_total)
        again._void("It was the same")
        self.assertAlmostEqual(self.row(again).duplicate_amount, again.amount_total)

    def test_a_look_alike_counts_once_it_is_given_up(self):
        self.deliver(self.content(self.order()))
        alike = self.deliver(self.content(self.order(), BT_1="R-2026-0007-A"))
        self.assertEqual(self.codes(alike), ["ap_similar"])
        self.assertFalse(self.row(alike).duplicate_count)
        alike._void("It was the same")
        self.assertEqual(self.row(alike).duplicate_count, 1)

    def test_a_look_alike_that_passes_was_no_duplicate(self):
        self.deliver(self.content(self.order()))
        alike = self.deliver(self.content(self.order(), BT_1="R-2026-0007-A"))
        hold = alike.finance_sync_hold_ids
        hold.with_user(self.accountant)._override("Two deliveries on one day")
        alike._void("Withdrawn by the vendor")
        self.assertFalse(self.row(alike).duplicate_count)

    # -- Cash discount

    def test_a_discount_that_was_taken(self):
        bill = self.with_discount()
        row = self.row(bill)
        self.assertAlmostEqual(row.discount_offered, self.two_percent(bill))
        self.assertFalse(row.discount_captured)
        self.pay(bill, bill.date)
        row = self.row(bill)
        self.assertAlmostEqual(row.discount_captured, self.two_percent(bill))

    def test_a_discount_that_was_missed(self):
        bill = self.with_discount()
        self.pay(bill, bill.date + timedelta(days=20))
        row = self.row(bill)
        self.assertAlmostEqual(row.discount_offered, self.two_percent(bill))
        self.assertFalse(row.discount_captured)

    def two_percent(self, bill):
        return round(bill.amount_total * 0.02, 2)

    def with_discount(self):
        self.vendor.with_company(
            self.company_us
        ).property_supplier_payment_term_id = self.env["account.payment.term"].create(
            {
                "name": "2% in 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": 100, "nb_days": 30})
                ],
            }
        )
        account = (
            self.env["account.account"]
            .with_company(self.company_us)
            .create(
                {"name": "Cash discounts", "code": "449900", "account_type": "income"}
            )
        )
        self.company_us.account_journal_early_pay_discount_gain_account_id = account
        return self.posted()

    def pay(self, bill, date):
        self.confirm_account(bill)
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move",
            active_ids=bill.move_id.ids,
            allowed_company_ids=self.company_us.ids,
        )
        wizard.create(
            {"payment_date": date, "journal_id": self.bank().id}
        ).action_create_payments()
        self.assertIn(bill.move_id.payment_state, ("paid", "in_payment"))

    def confirm_account(self, bill):
        for bank in self.vendor.bank_ids:
            self.confirm(bank)

    def bank(self):
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company_us.id)], limit=1
        )
        if compat.SERIES_19:
            account = (
                self.env["account.account"]
                .with_company(self.company_us)
                .create(
                    {
                        "name": "Outstanding",
                        "code": "101499",
                        "account_type": "asset_current",
                        "reconcile": True,
                    }
                )
            )
            journal.outbound_payment_method_line_ids.payment_account_id = account
        return journal

    # -- Whose

    def test_money_of_several_currencies_has_no_sum(self):
        self.company_de.currency_id = self.env.ref("base.EUR")
        us = self.deliver(self.content(self.order()))
        de = self.deliver(self.content(None, BT_5="EUR", BT_31=None), company="DE")
        self.assertEqual(de.company_id, self.company_de)
        self.env.flush_all()
        report = self.env[MODEL].with_user(self.accountant)
        domain = [("bill_id", "in", (us | de).ids)]
        both = report._read_group(domain, [], ["amount_company:sum", "hold_count:sum"])
        self.assertFalse(both[0][0])
        self.assertTrue(both[0][1])
        each = dict(report._read_group(domain, ["company_id"], ["amount_company:sum"]))
        self.assertAlmostEqual(each[self.company_us], us.amount_total)
        self.assertAlmostEqual(each[self.company_de], de.amount_total)

    def test_another_company_sees_nothing(self):
        bill = self.deliver(self.content(self.order()))
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_user",
        )
        self.assertTrue(self.row(bill))
        theirs = self.env[MODEL].with_user(stranger)
        theirs = theirs.with_context(allowed_company_ids=self.company_de.ids)
        self.assertFalse(theirs.search([("bill_id", "=", bill.id)]))
        self.assertEqual(
            theirs._read_group([("bill_id", "=", bill.id)], [], ["__count"]), [(0,)]
        )

    def test_the_figures_of_many_bills_are_one_query(self):
        bill = self.deliver(self.content(self.order()))
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO finance_sync_bill (connection_id, company_id, external_id,"
            " version, number, state, kind, received_at, amount_company)"
            " SELECT connection_id, company_id, 'many-' || n, 1, 'M-' || n, 'held',"
            " kind, received_at - n * interval '1 minute', 1.0"
            " FROM finance_sync_bill, generate_series(1, 10000) n WHERE id = %s",
            [bill.id],
        )
        report = self.env[MODEL].with_user(self.accountant)
        before = self.env.cr.sql_log_count
        groups = report._read_group(
            [("company_id", "=", self.company_us.id)],
            ["state", "age_bucket"],
            ["amount_company:sum", "__count"],
        )
        self.assertLess(self.env.cr.sql_log_count - before, 10)
        self.assertGreaterEqual(sum(group[-1] for group in groups), 10000)
