"""One invoice between our companies is one bill, the same on both sides, or held."""

from odoo import Command
from odoo.addons.finance_sync.tests.common import make_user, trust_bank
from odoo.addons.finance_sync_ap import compat
from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from .common import MARCH, IntercompanyCase


@tagged("post_install", "-at_install")
class TestHardCase10(IntercompanyCase):
    def analytic(self, company, name):
        plan = self.env["account.analytic.plan"].create({"name": f"{name} plan"})
        return self.env["account.analytic.account"].create(
            {"name": name, "plan_id": plan.id, "company_id": company.id}
        )

    def reverse_charge(self):
        """What the buyer owes and deducts itself on what the seller did not tax."""
        halves = [
            Command.create({"repartition_type": "base", "factor_percent": 100.0}),
            Command.create({"repartition_type": "tax", "factor_percent": 100.0}),
            Command.create({"repartition_type": "tax", "factor_percent": -100.0}),
        ]
        default = self.buyer.account_purchase_tax_id
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "company_id": self.buyer.id,
                "auto_apply": True,
                "country_id": self.seller.country_id.id,
            }
        )
        vals = {
            "name": "Reverse charge",
            "company_id": self.buyer.id,
            "country_id": default.country_id.id,
            "tax_group_id": default.tax_group_id.id,
            "type_tax_use": "purchase",
            "amount": 15.0,
            "invoice_repartition_line_ids": halves,
            "refund_repartition_line_ids": halves,
        }
        if compat.SERIES_19:
            vals["fiscal_position_ids"] = [Command.link(position.id)]
            vals["original_tax_ids"] = [Command.link(default.id)]
        tax = self.env["account.tax"].create(vals)
        if not compat.SERIES_19:
            position.tax_ids = [
                Command.create({"tax_src_id": default.id, "tax_dest_id": tax.id})
            ]
        return tax

    def pay(self, move):
        company = move.company_id
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", company.id)], limit=1
        )
        # On 19.0 payments have no entry without one.
        account = self.env["account.account"].with_company(company)
        ways = bank.inbound_payment_method_line_ids
        ways |= bank.outbound_payment_method_line_ids
        ways.payment_account_id = account.create(
            {
                "name": "On its way",
                "code": f"OUT{move.id}",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.accountant)
            .with_company(company)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"payment_date": MARCH, "journal_id": bank.id})
        )
        wizard.action_create_payments()

    def settled(self, move):
        terms = move.line_ids.filtered(
            lambda line: line.account_type in ("asset_receivable", "liability_payable")
        )
        return all(terms.mapped("reconciled"))

    def test_hard_case_10_one_mirrored_pair_whatever_happens_to_the_invoice(self):
        sold_for = self.analytic(self.seller, "Sold")
        bought_for = self.analytic(self.buyer, "Bought")
        self.env["account.analytic.distribution.model"].create(
            {
                "partner_id": self.seller.partner_id.id,
                "company_id": self.buyer.id,
                "analytic_distribution": {str(bought_for.id): 100},
            }
        )
        reverse = self.reverse_charge()
        mine = {"analytic_distribution": {str(sold_for.id): 100}}
        taxed = self.invoice((2.0, 50.0, mine), (1.0, 33.33, mine))
        untaxed = self.invoice((1.0, 70.0, {**mine, "tax_ids": [Command.clear()]}))
        invoices = taxed | untaxed
        # Bulk-posted, while the buyer's period is locked.
        self.lock(self.buyer, "2026-03-31")
        wizard = (
            self.env["validate.account.move"]
            .with_user(self.accountant)
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create({})
        )
        self.run_jobs(wizard.validate_move)
        pairs = self.pair(taxed) | self.pair(untaxed)
        self.assertEqual(len(pairs), 2)
        self.assertEqual(set(pairs.mapped("state")), {"delivered"})
        for pair in pairs:
            self.assertEqual(self.codes(pair.bill_id), ["ap_pair_period"])
            self.assertFalse(pair.buyer_move_id)
        # It is opened: they go on by themselves.
        self.run_jobs(lambda: self.lock(self.buyer, False))
        for pair in pairs:
            self.assertEqual(
                (self.codes(pair.bill_id), pair.bill_id.state), ([], "staged")
            )
        first, second = self.pair(taxed), self.pair(untaxed)
        draft = first.buyer_move_id
        self.assertEqual(draft.company_id, self.buyer)
        self.assertEqual(draft.amount_total, taxed.amount_total)
        lines = draft.invoice_line_ids
        self.assertEqual(lines.tax_ids, self.buyer.account_purchase_tax_id)
        self.assertEqual(set(lines.mapped("account_id.account_type")), {"expense"})
        for line in lines | second.buyer_move_id.invoice_line_ids:
            self.assertEqual(line.analytic_distribution, {str(bought_for.id): 100})
        self.assertEqual(second.buyer_move_id.invoice_line_ids.tax_ids, reverse)
        self.assertEqual(second.buyer_move_id.amount_total, 70.0)

        # Reset to draft: the buyer can neither post nor pay it meanwhile.
        taxed.with_user(self.accountant).button_draft()
        self.assertEqual(first.state, "taken_back")
        self.assertEqual(self.codes(first.bill_id), ["ap_pair_differs"])
        with self.assertRaises(UserError):
            draft.with_user(self.accountant).action_post()
        taxed.invoice_line_ids[0].price_unit = 55.0
        self.post(taxed)
        self.assertEqual(first.version, 2)
        self.assertEqual(self.codes(first.bill_id), [])
        bills = self.env["finance.sync.bill"].search(
            [("company_id", "=", self.buyer.id)]
        )
        self.assertEqual(bills, pairs.bill_id)
        entries = self.env["account.move"].search(
            [("company_id", "=", self.buyer.id), ("ref", "=", taxed.name)]
        )
        # The draft of the first version is no mirror any more.
        self.assertEqual(draft.state, "cancel")
        self.assertEqual(entries - draft, first.buyer_move_id)

        # Posted and paid by both: the same references, the same amounts, settled.
        for pair, move in ((first, taxed), (second, untaxed)):
            entry = pair.buyer_move_id
            trust_bank(entry.partner_bank_id)
            entry.with_user(self.accountant).action_post()
            self.assertEqual(pair.state, "agreed")
            self.assertEqual(entry.ref, move.name)
            self.assertEqual(entry.payment_reference, move.payment_reference)
            self.assertEqual(
                entry.finance_sync_correlation_id, move.finance_sync_correlation_id
            )
            self.assertEqual(
                (entry.amount_untaxed, entry.amount_tax, entry.amount_total),
                (move.amount_untaxed, move.amount_tax, move.amount_total),
            )
            self.pay(move)
            self.pay(entry)
            self.assertTrue(self.settled(move) and self.settled(entry))


@tagged("post_install", "-at_install")
class TestIntercompany(IntercompanyCase):
    def posted(self, *lines, **values):
        move = self.invoice(*lines, **values)
        self.post(move)
        return move, self.pair(move)

    def test_the_same_content_again_is_no_version(self):
        move, pair = self.posted()
        entry = pair.buyer_move_id
        entry.with_user(self.accountant).action_post()
        move.button_draft()
        self.assertEqual(pair.state, "taken_back")
        self.post(move)
        self.assertEqual((pair.version, pair.state), (1, "agreed"))
        self.assertEqual(len(self.exchanges()), 1)
        self.assertEqual(pair.buyer_move_id, entry)

    def test_a_job_that_runs_twice_hands_over_once(self):
        _move, pair = self.posted()
        pair.version = 0  # as after a transaction that was lost
        pair._job_hand_over()
        self.assertEqual((pair.version, len(self.exchanges())), (1, 1))

    def test_a_change_after_the_buyer_has_posted_is_held_until_it_takes_it_back(self):
        move, pair = self.posted()
        entry = pair.buyer_move_id
        entry.with_user(self.accountant).action_post()
        move.button_draft()
        move.invoice_line_ids.price_unit = 60.0
        self.post(move)
        self.assertEqual(pair.state, "differs")
        self.assertIn("120", pair.difference)
        self.assertEqual(self.codes(pair.bill_id), ["ap_late", "ap_pair_differs"])
        self.assertEqual(entry.finance_sync_payment_block, "hold")
        self.assertEqual(entry.state, "posted")
        entry.with_user(self.accountant).button_draft()
        late = self.exchanges().filtered(lambda one: one.state == "held")
        late.with_user(self.accountant).action_retry()
        self.receive_all()
        self.assertEqual(pair.buyer_move_id.amount_untaxed, 120.0)
        self.assertEqual((entry.state, pair.state), ("cancel", "delivered"))

    def test_a_cancelled_invoice_voids_the_bill_and_its_draft(self):
        move, pair = self.posted()
        entry = pair.buyer_move_id
        move.button_draft()
        self.run_jobs(move.button_cancel)
        self.assertEqual((pair.state, pair.bill_id.state), ("voided", "voided"))
        self.assertEqual(entry.state, "cancel")
        with self.assertRaises(UserError):
            move.unlink()

    def test_a_credit_note_is_one_there_as_well(self):
        _move, pair = self.posted(move_type="out_refund")
        self.assertEqual(pair.bill_id.kind, "credit_note")
        self.assertEqual(pair.buyer_move_id.move_type, "in_refund")
        self.assertEqual(pair.buyer_move_id.amount_total, 115.0)

    def test_the_buyers_mapping_comes_before_its_defaults(self):
        mapped = self.env["account.tax"].create(
            {
                "name": "Mapped",
                "amount": 15.0,
                "type_tax_use": "purchase",
                "company_id": self.buyer.id,
                "country_id": self.buyer.account_purchase_tax_id.country_id.id,
                "tax_group_id": self.buyer.account_purchase_tax_id.tax_group_id.id,
            }
        )
        sold_with = self.seller.account_sale_tax_id
        self.map("tax_code", sold_with.name, tax_id=mapped.id)
        _move, pair = self.posted((1.0, 10.0, {"tax_ids": sold_with.ids}))
        self.assertEqual(pair.buyer_move_id.invoice_line_ids.tax_ids, mapped)

    def map(self, kind, code, **target):
        mapping = (
            self.env["finance.sync.mapping"]
            .with_user(self.manager)
            .create(
                {
                    "kind": kind,
                    "company_id": self.buyer.id,
                    "connection_id": self.between.id,
                    "line_ids": [Command.create({"external_code": code, **target})],
                }
            )
        )
        mapping.action_submit()
        mapping.with_user(self.approver).action_approve()

    def test_where_no_tax_comes_to_the_sellers_amounts_nothing_is_drafted(self):
        sold_with = self.seller.account_sale_tax_id.copy({"amount": 7.0})
        move, pair = self.posted((1.0, 10.0, {"tax_ids": sold_with.ids}))
        self.assertFalse(pair.buyer_move_id)
        self.assertEqual(self.codes(pair.bill_id), ["ap_pair_draft"])
        self.assertIn("7", pair.bill_id.finance_sync_hold_ids.summary)
        self.buyer.account_purchase_tax_id.copy({"amount": 7.0})
        pair.bill_id.with_user(self.clerk).action_process()
        self.assertEqual(self.codes(pair.bill_id), [])
        self.assertEqual(pair.buyer_move_id.amount_total, move.amount_total)

    def test_a_locked_period_is_passed_with_a_reason(self):
        self.lock(self.buyer, "2026-03-31")
        _move, pair = self.posted()
        hold = pair.bill_id.finance_sync_hold_ids
        hold.with_user(self.accountant)._override("Agreed with the group's controller")
        pair.bill_id.with_user(self.clerk).action_process()
        self.assertEqual(str(pair.buyer_move_id.date), "2026-04-30")

    def test_the_buyer_cannot_post_other_amounts(self):
        _move, pair = self.posted()
        entry = pair.buyer_move_id
        entry.invoice_line_ids.price_unit = 51.0
        with self.assertRaisesRegex(UserError, "Untaxed"):
            entry.with_user(self.accountant).action_post()
        pair._check()
        self.assertEqual((pair.state, pair.buyer_amount), ("differs", 117.3))

    def test_the_nightly_check_sees_what_went_behind_our_back(self):
        _move, pair = self.posted()
        entry = pair.buyer_move_id
        entry.with_user(self.accountant).action_post()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET amount_total = 1, write_date = now() + '1 minute'"
            " WHERE id = %s",
            [entry.id],
        )
        self.env.invalidate_all()
        self.env["finance.sync.ap.pair"]._cron_check()
        self.assertEqual(pair.state, "differs")
        self.assertEqual(self.codes(pair.bill_id), ["ap_pair_differs"])

    def test_others_invoices_and_those_that_nobody_serves_are_left_alone(self):
        other = self.invoice(partner_id=self.vendor.id)
        self.post(other)
        self.assertFalse(self.pair(other))
        self.between.with_context(finance_sync_approved=True).company_ids = self.seller
        late = self.invoice()
        self.post(late)
        self.assertFalse(self.pair(late))
        with self.assertRaisesRegex(UserError, "Our Own Companies"):
            late.with_user(self.clerk).action_finance_sync_hand_over()
        self.between.with_context(
            finance_sync_approved=True
        ).company_ids = self.companies
        self.run_jobs(late.with_user(self.clerk).action_finance_sync_hand_over)
        self.assertEqual(self.pair(late).bill_id.number, late.name)

    def test_without_an_execution_user_the_invoice_is_posted_and_held(self):
        self.between.user_line_ids.filtered(
            lambda line: line.company_id == self.seller
        ).with_context(finance_sync_approved=True).unlink()
        move, pair = self.posted()
        self.assertEqual((move.state, pair.state), ("posted", "waiting"))
        self.assertEqual(self.codes(pair), ["ap_pair_out"])

    def test_many_are_handed_over_by_one_job(self):
        moves = self.invoice() | self.invoice() | self.invoice()
        with trap_jobs() as trap:
            moves.with_user(self.accountant).action_post()
        jobs = [job for job in trap.enqueued_jobs if "hand_over" in job.func_string]
        self.assertEqual(len(jobs), 1)
        self.assertEqual(jobs[0].recordset.env.user, self.worker)
        self.env.cr.postcommit.clear()
        with trap_jobs() as trap:
            jobs[0].perform()
            self.assertFalse(trap.enqueued_jobs)
            # Their bills are received by jobs that start when it is committed.
            self.env.cr.postcommit.run()
        names = [job.func_string for job in trap.enqueued_jobs]
        # One drain takes them all.
        self.assertEqual(len([name for name in names if "_job_drain" in name]), 1)

    def test_nothing_comes_in_from_outside_over_this_connection(self):
        receiver = self.env["finance.sync.connection"].with_user(self.service)
        with self.assertRaisesRegex(UserError, "from outside"):
            receiver.receive("between", "ap.invoice", "x", 1, {"pair": "x"})

    def test_both_companies_see_the_pair_and_nobody_writes_it(self):
        _move, pair = self.posted()
        for company in (self.seller, self.buyer):
            user = make_user(
                self.env,
                f"clerk-of-{company.id}",
                company,
                company,
                "account.group_account_invoice",
            )
            mine = pair.with_user(user).with_context(allowed_company_ids=company.ids)
            self.assertEqual(mine.search([]), pair)
            self.assertTrue(mine.read(["number", "amount", "buyer_amount", "state"]))
            with self.assertRaises(AccessError):
                mine.write({"state": "agreed"})
        with self.assertRaises(AccessError):
            pair.with_user(self.auditor).action_check()
