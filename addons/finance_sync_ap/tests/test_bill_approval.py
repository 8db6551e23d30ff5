"""Who approves a bill, and what ends an approval."""

from datetime import date, timedelta

from odoo import fields
from odoo.addons.finance_sync.tests.common import make_user
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged
from psycopg2.errors import InsufficientPrivilege

from .bank_case import BankCase


@tagged("post_install", "-at_install")
class TestBillApproval(BankCase):
    def setUp(self):
        super().setUp()
        self.company_us.finance_sync_ap_approval = "odoo"
        self.limit(self.approver, 1000.0)

    def limit(self, user, amount):
        return self.env["finance.sync.bill.approver"].create(
            {
                "company_id": self.company_us.id,
                "user_id": user.id,
                "amount_limit": amount,
            }
        )

    def delegate(self, giver, taker, since=0, until=0):
        today = fields.Date.context_today(self.env.user)
        return self.env["finance.sync.bill.delegation"].create(
            {
                "company_id": self.company_us.id,
                "giver_id": giver.id,
                "user_id": taker.id,
                "date_from": today + timedelta(days=since),
                "date_to": today + timedelta(days=until),
            }
        )

    def staged(self, **changes):
        bill = self.deliver(self.content(self.order(), **changes))
        bill.with_user(self.clerk).action_stage()
        return bill

    def approve(self, bill, user=None):
        bill.with_user(user or self.approver).action_approve()

    def kinds(self, bill):
        return bill.approval_ids.sorted("id").mapped("kind")

    def test_a_bill_is_posted_and_paid_once_it_is_approved(self):
        bill = self.staged()
        self.assertEqual(bill.approval_state, "open")
        bill.with_user(self.clerk).action_post_bill()
        self.assertEqual(self.codes(bill), ["ap_post"])
        with self.assertRaisesRegex(UserError, "is not approved"):
            bill.move_id.action_post()
        self.assertIn("approval", bill.move_id.finance_sync_payment_block)
        bill.with_user(self.clerk).action_request_approval()
        self.approve(bill)
        self.assertEqual(bill.approval_state, "approved")
        self.assertEqual(self.kinds(bill), ["requested", "approved"])
        before = bill.move_id._finance_sync_content()
        bill.with_user(self.clerk).action_post_bill()
        self.assertEqual(bill.state, "posted")
        self.assertEqual(bill.move_id._finance_sync_content(), before)
        self.assertEqual(bill.approval_state, "approved")
        self.assertFalse(bill.move_id.finance_sync_payment_block)

    def test_who_prepared_or_asked_does_not_approve(self):
        bill = self.staged()
        both = make_user(
            self.env,
            "both",
            self.company_us,
            self.companies,
            "account.group_account_invoice",
            "finance_sync.group_approver",
        )
        self.limit(both, 1000.0)
        bill.with_user(both).action_request_approval()
        with self.assertRaisesRegex(UserError, "You had a part"):
            self.approve(bill, both)
        other = self.deliver(
            self.content(self.order(), BT_1="R-8", BT_2="2026-08-02"),
        )
        other.with_user(both).action_stage()
        with self.assertRaisesRegex(UserError, "You had a part"):
            self.approve(other, both)

    def test_only_approvers_with_authority_and_never_the_superuser(self):
        bill = self.staged()
        for user in (self.clerk, self.accountant, self.manager, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.approve(bill, user)
        with self.assertRaises(AccessError):
            bill.with_user(1).action_approve()
        with self.assertRaisesRegex(UserError, "no authority"):
            self.approve(bill, self.second)

    def test_a_limit_counts_with_tax(self):
        bill = self.staged()
        limit = self.limit(self.second, bill.amount_total - 0.01)
        with self.assertRaisesRegex(UserError, "no authority"):
            self.approve(bill, self.second)
        limit.amount_limit = bill.amount_total
        self.approve(bill, self.second)

    def test_hard_case_7_a_change_of_a_line_by_rpc_revokes(self):
        bill = self.staged()
        self.approve(bill)
        line = bill.move_id.invoice_line_ids[:1]
        line.with_user(self.accountant).with_context(skip_validation_check=True).write(
            {"name": "Something else"}
        )
        self.assertEqual(bill.approval_state, "open")
        self.assertEqual(self.kinds(bill), ["approved", "revoked"])
        self.assertEqual(bill.approval_ids.sorted("id")[-1].user_id, self.accountant)
        bill.with_user(self.clerk).action_post_bill()
        self.assertEqual(bill.move_id.state, "draft")
        with self.assertRaisesRegex(UserError, "is not approved"):
            bill.move_id.with_context(skip_validation_check=True).action_post()

    def test_changing_it_back_does_not_bring_the_approval_back(self):
        bill = self.staged()
        self.approve(bill)
        line = bill.move_id.invoice_line_ids[:1]
        name = line.name
        line.name = "Something else"
        line.name = name
        self.assertEqual(bill.approval_state, "open")
        self.approve(bill, self.approver)
        self.assertEqual(bill.approval_state, "approved")

    def test_each_part_of_the_draft_counts(self):
        accounts = self.env["account.account"].with_company(self.company_us)
        account = accounts.search(
            [
                *accounts._check_company_domain(self.company_us),
                ("account_type", "=", "expense"),
            ],
            limit=2,
        )

        def other_account(move):
            line = move.invoice_line_ids[:1]
            line.account_id = (account - line.account_id)[:1]

        ways = {
            "account": other_account,
            "price": lambda m: m.invoice_line_ids[:1].write({"price_unit": 11.0}),
            "tax": lambda m: m.invoice_line_ids[:1].write({"tax_ids": [(5, 0, 0)]}),
            "reference": lambda m: m.write({"ref": "Other"}),
            "due date": lambda m: m.write(
                {"invoice_payment_term_id": False, "invoice_date_due": "2027-01-01"}
            ),
            "new line": lambda m: m.write(
                {
                    "invoice_line_ids": [
                        (0, 0, {"name": "More", "price_unit": 5.0, "tax_ids": []})
                    ]
                }
            ),
            "lost line": lambda m: m.write(
                {"invoice_line_ids": [(2, m.invoice_line_ids[:1].id)]}
            ),
            "account to pay to": lambda m: m.write(
                {"partner_bank_id": self.account().id}
            ),
        }
        for number, (name, way) in enumerate(ways.items()):
            with self.subTest(name):
                bill = self.staged(BT_1=f"A-{number}", BT_2=f"2026-0{number + 1}-02")
                self.approve(bill)
                way(bill.move_id)
                self.assertFalse(bill._is_approved())
                self.assertEqual(bill.approval_state, "open")

    def test_lines_as_valuation_adds_them_are_no_way_in(self):
        bill = self.staged()
        self.approve(bill)
        account = bill.move_id.invoice_line_ids.account_id
        line = {"display_type": "cogs", "account_id": account.id, "tax_ids": []}
        bill.move_id.write(
            {
                "line_ids": [
                    (0, 0, {**line, "name": "In", "balance": 7.0}),
                    (0, 0, {**line, "name": "Out", "balance": -7.0}),
                ]
            }
        )
        self.assertEqual(bill.approval_state, "open")
        with self.assertRaisesRegex(UserError, "is not approved"):
            bill.move_id.action_post()

    def test_what_is_changed_behind_the_orm_counts_as_well(self):
        bill = self.staged()
        self.approve(bill)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET price_unit = 99 WHERE id = %s",
            [bill.move_id.invoice_line_ids[:1].id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "is not approved"):
            bill.move_id.action_post()

    def test_a_newer_version_revokes(self):
        content = self.content(self.order())
        bill = self.deliver(content, "B-1")
        bill.with_user(self.clerk).action_stage()
        self.approve(bill)
        self.deliver({**content, "BT-1": "R-9"}, "B-1", version=2)
        self.assertEqual(bill.approval_state, "open")

    def test_hard_case_7_a_delegate_with_dates(self):
        delegate = self.second
        bill = self.staged()
        for since, until in ((-9, -1), (1, 9)):
            self.delegate(self.approver, delegate, since, until)
            with self.assertRaisesRegex(UserError, "no authority"):
                self.approve(bill, delegate)
        self.delegate(self.approver, delegate, -1, 0)
        self.approve(bill, delegate)
        evidence = bill.approval_ids
        self.assertEqual(evidence.user_id, delegate)
        self.assertEqual(evidence.giver_id, self.approver)

    def test_hard_case_7_a_delegation_that_ends_between_two_approvals(self):
        self.company_us.finance_sync_ap_two_from = 50.0
        self.limit(self.second, 1000.0)
        third = make_user(
            self.env,
            "third",
            self.company_us,
            self.companies,
            "base.group_user",
            "finance_sync.group_approver",
        )
        bill = self.staged()
        self.approve(bill, self.second)
        self.assertEqual(bill.approval_state, "open")
        delegation = self.delegate(self.approver, third)
        delegation.date_from = delegation.date_to = date(2026, 1, 1)
        with self.assertRaisesRegex(UserError, "no authority"):
            self.approve(bill, third)
        self.approve(bill, self.second)
        self.assertEqual(bill.approval_state, "open", "the same person twice is one")
        self.approve(bill, self.approver)
        self.assertEqual(bill.approval_state, "approved")

    def test_hard_case_7_a_delegate_who_made_the_draft(self):
        both = make_user(
            self.env,
            "both",
            self.company_us,
            self.companies,
            "account.group_account_invoice",
            "finance_sync.group_approver",
        )
        self.delegate(self.approver, both)
        bill = self.deliver(self.content(self.order()))
        bill.with_user(both).action_stage()
        with self.assertRaisesRegex(UserError, "You had a part"):
            self.approve(bill, both)

    def test_nobody_decides_for_who_made_the_draft(self):
        both = make_user(
            self.env,
            "both",
            self.company_us,
            self.companies,
            "account.group_account_invoice",
            "finance_sync.group_approver",
        )
        self.limit(both, 1000.0)
        self.delegate(both, self.second)
        bill = self.deliver(self.content(self.order()))
        bill.with_user(both).action_stage()
        with self.assertRaisesRegex(UserError, "no authority"):
            self.approve(bill, self.second)

    def test_authority_is_given_by_others(self):
        limits = self.env["finance.sync.bill.approver"].with_user(self.manager)
        vals = {"user_id": self.manager.id, "amount_limit": 5.0}
        with self.assertRaises(UserError):
            limits.create(vals)
        given = limits.create({**vals, "user_id": self.second.id})
        with self.assertRaisesRegex(UserError, "Somebody else gives"):
            given.write({"user_id": self.manager.id})
        with self.assertRaises(AccessError):
            limits.with_user(self.approver).create(
                {"user_id": self.second.id, "amount_limit": 5.0}
            )
        delegations = self.env["finance.sync.bill.delegation"]
        vals = {"giver_id": self.approver.id, "date_to": "2030-01-01"}
        with self.assertRaises(AccessError):
            delegations.with_user(self.second).create(
                {**vals, "user_id": self.second.id}
            )
        delegations.with_user(self.approver).create({**vals, "user_id": self.second.id})

    def test_a_refused_bill_is_not_posted(self):
        bill = self.staged()
        wizard = (
            self.env["finance.sync.bill.reject"]
            .with_user(self.approver)
            .create({"bill_id": bill.id, "reason": "We never ordered that."})
        )
        wizard.action_reject()
        self.assertEqual(bill.approval_state, "rejected")
        with self.assertRaisesRegex(UserError, "was refused"):
            bill.move_id.action_post()

    def test_evidence_stays(self):
        bill = self.staged()
        self.approve(bill)
        evidence = bill.approval_ids
        with self.assertRaises(AccessError):
            evidence.sudo().write({"kind": "rejected"})
        with self.assertRaises(UserError):
            evidence.sudo().unlink()
        for user in (self.approver, self.manager, self.accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                evidence.with_user(user).create({"bill_id": bill.id})
        self.env.flush_all()
        for statement in (
            "UPDATE finance_sync_bill_approval SET kind = 'rejected'",
            "DELETE FROM finance_sync_bill_approval",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(InsufficientPrivilege),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)


@tagged("post_install", "-at_install")
class TestPlatformApproval(BankCase):
    def setUp(self):
        super().setUp()
        self.company_us.finance_sync_ap_approval = "platform"

    def decide(self, received, decision="approved", number="D-1", **values):
        """Receive a decision, and run its job."""
        receiver = self.env["finance.sync.connection"].with_user(self.service)
        message = {
            "company": "US",
            "bill": received.external_id,
            "version": received.version,
            "decision": decision,
            "by": "controller@example.com",
            "at": "2026-03-04T10:00:00+01:00",
            "amount": f"{received.amount_total:.2f}",
            **values,
        }
        answer = receiver.receive("capture", "ap.approval", number, 1, message)
        exchange = self.env["finance.sync.exchange"].search(
            [("uuid", "=", answer["uuid"])]
        )
        if exchange.state == "pending":
            self.env.flush_all()
            exchange.with_user(self.worker).with_context(
                allowed_company_ids=exchange.company_id.ids
            )._job_run()
        return exchange

    def received(self, **changes):
        return self.deliver(self.content(self.order(), **changes))

    def test_a_decision_comes_with_its_evidence(self):
        bill = self.received()
        exchange = self.decide(bill)
        self.assertEqual(exchange.state, "done")
        evidence = bill.approval_ids
        self.assertEqual(evidence.outside_by, "controller@example.com")
        self.assertEqual(str(evidence.outside_at), "2026-03-04 09:00:00")
        self.assertEqual(bill.approval_state, "approved")

    def test_it_is_carried_over_to_the_draft_and_lost_with_a_change_of_it(self):
        bill = self.received()
        self.decide(bill)
        bill.with_user(self.clerk).action_stage()
        self.assertEqual(bill.approval_state, "approved")
        bill.move_id.invoice_line_ids[:1].name = "Something else"
        self.assertEqual(bill.approval_state, "open")
        with self.assertRaisesRegex(UserError, "not approved on the AP platform"):
            bill.move_id.action_post()
        self.decide(bill, number="D-2", at="2026-03-05T10:00:00Z")
        bill.move_id.action_post()
        self.assertEqual(bill.state, "posted")

    def test_nobody_approves_in_odoo(self):
        self.env["finance.sync.bill.approver"].create(
            {
                "company_id": self.company_us.id,
                "user_id": self.approver.id,
                "amount_limit": 1000.0,
            }
        )
        bill = self.received()
        bill.with_user(self.clerk).action_stage()
        with self.assertRaisesRegex(UserError, "not approved in Odoo"):
            bill.with_user(self.approver).action_approve()

    def test_a_repeated_decision_is_one(self):
        bill = self.received()
        self.decide(bill)
        self.decide(bill)
        self.assertEqual(len(bill.approval_ids), 1)

    def test_a_withdrawn_approval_and_a_late_one(self):
        bill = self.received()
        self.decide(bill)
        self.decide(bill, "withdrawn", "D-2", at="2026-03-05T10:00:00Z")
        self.assertEqual(bill.approval_state, "open")
        self.decide(bill, "approved", "D-0", at="2026-03-04T11:00:00Z")
        self.assertEqual(bill.approval_state, "open")

    def test_a_decision_about_an_older_version_does_not_count(self):
        content = self.content(self.order())
        bill = self.deliver(content, "B-1")
        self.deliver({**content, "BT-1": "R-9"}, "B-1", version=2)
        self.decide(bill, version=1)
        self.assertEqual(bill.approval_state, "open")

    def test_what_cannot_be_right_is_held(self):
        bill = self.received()
        wrong = {
            "amount": {"amount": "1.00"},
            "version": {"version": 9},
            "bill": {"bill": "nobody's"},
        }
        for number, (name, values) in enumerate(wrong.items()):
            with self.subTest(name):
                exchange = self.decide(bill, number=f"W-{number}", **values)
                self.assertEqual(exchange.state, "held")
                self.assertEqual(exchange.hold_ids.code, "ap_approval")
        for number, (name, values) in enumerate(
            {
                "decision": {"decision": "maybe"},
                "at": {"at": "2026-03-04T10:00:00"},
                "by": {"by": ""},
            }.items()
        ):
            with self.subTest(name):
                exchange = self.decide(bill, number=f"C-{number}", **values)
                self.assertEqual(exchange.hold_ids.code, "contract")
        self.assertEqual(bill.approval_state, "open")

    def test_where_odoo_decides_the_platform_does_not(self):
        bill = self.received()
        self.company_us.finance_sync_ap_approval = "odoo"
        exchange = self.decide(bill)
        self.assertEqual(exchange.hold_ids.code, "ap_approval")
        self.assertFalse(bill.approval_ids)
