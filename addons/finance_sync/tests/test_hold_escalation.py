"""Who is told of what stays open, by amount."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import ValidationError

from .common import make_user
from .hold_case import HoldCase

at = fields.Datetime.to_datetime


class TestEscalation(HoldCase):
    def setUp(self):
        super().setUp()
        self.director = make_user(
            self.env,
            "director",
            self.company_us,
            self.companies,
            "account.group_account_user",
        )

    def rule(self, amount, *steps, **values):
        return self.env["finance.sync.hold.escalation"].create(
            {
                "name": f"From {amount}",
                "amount": amount,
                "company_id": self.company_us.id,
                "currency_id": self.company_us.currency_id.id,
                "step_ids": [
                    Command.create({"hours": hours, "user_id": user.id})
                    for hours, user in steps
                ],
                **values,
            }
        )

    def told(self, hold):
        return hold.activity_ids.user_id - self.accountant

    def test_by_amount_and_not_by_severity(self):
        self.rule(1000, (0, self.manager))
        critical = self.raise_hold("contract", amount=999)
        small_matter = self.raise_hold("payload_conflict", amount=-1000)
        self.assertFalse(self.told(critical))
        self.assertEqual(self.told(small_matter), self.manager)
        self.assertEqual(small_matter.escalation_level, 1)
        (event,) = self.events(small_matter, "escalated")
        self.assertIn('"level":1', event.data)

    def test_then_the_next_person(self):
        self.rule(1000, (0, self.manager), (4, self.director))
        hold = self.raise_hold(amount=5000)
        self.assertEqual(self.told(hold), self.manager)
        self.assertEqual(
            hold.escalate_at,
            self.holds._due(
                self.company_us, 4, hold.create_date.replace(microsecond=0)
            ),
        )
        self.open_since(hold, at("2026-03-02 08:00:00"))
        hold._plan_escalation()
        for _turn in range(2):
            self.holds._cron_escalate()
        self.assertEqual(self.told(hold), self.manager | self.director)
        self.assertEqual(hold.escalation_level, 2)
        self.assertFalse(hold.escalate_at)
        self.assertEqual(len(self.events(hold, "escalated")), 2)

    def test_the_highest_amount_reached_counts(self):
        self.rule(1000, (0, self.manager))
        self.rule(9000, (0, self.director))
        self.assertEqual(self.told(self.raise_hold(amount=8999)), self.manager)
        self.assertEqual(self.told(self.raise_hold(amount=9000)), self.director)

    def test_rules_are_of_a_company_and_currency(self):
        self.rule(1000, (0, self.manager))
        german = self.raise_hold(company=self.company_de, amount=50_000)
        self.assertNotIn(self.manager, german.activity_ids.user_id)
        with self.assertRaises(ValidationError):
            self.rule(1, (0, self.manager), currency_id=self.company_de.currency_id.id)

    def test_without_a_rule_as_the_connection_says(self):
        self.connection.write(
            {"escalation_user_id": self.manager.id, "materiality": 1000}
        )
        hold = self.raise_hold(amount=1)
        self.assertEqual(hold.escalate_at, hold.due)

    def test_snoozed_ones_go_higher_all_the_same(self):
        self.rule(1000, (2, self.manager))
        hold = self.raise_hold(amount=5000)
        hold.with_user(self.accountant)._snooze(
            fields.Datetime.now() + timedelta(days=1), "Waiting for an answer"
        )
        self.open_since(hold, at("2026-03-02 08:00:00"))
        hold._plan_escalation()
        self.holds._cron_escalate()
        self.assertIn(self.manager, hold.activity_ids.user_id)

    def test_a_mail_is_written_in_the_readers_language(self):
        self.rule(1000, (0, self.manager))
        customer = self.env["res.partner"].create(
            {"name": "Customer", "email": "customer@example.com"}
        )
        entry = self.make_entry(partner_id=customer.id)
        hold = self.raise_hold(
            document=entry, amount=5000, summary="The customer is unknown there."
        )
        self.assertEqual(hold.partner_id, customer)
        mail = self.env["mail.mail"].search(
            [
                ("model", "=", hold._name),
                ("res_id", "=", hold.id),
                # 19.0 writes of each activity besides.
                ("message_type", "=", "email_outgoing"),
            ]
        )
        self.assertEqual(mail.recipient_ids, self.manager.partner_id)
        self.assertIn("Refused by the other system", mail.subject)
        self.assertIn("The customer is unknown there.", mail.body_html)

    def test_another_company_sees_no_rules(self):
        rule = self.rule(1000, (0, self.manager))
        team = self.env["finance.sync.hold.team"].create(
            {"name": "Receivables", "company_id": self.company_us.id}
        )
        owner = self.env["finance.sync.hold.owner.rule"].create(
            {"company_id": self.company_us.id, "team_id": team.id}
        )
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "base.group_user",
            "finance_sync.group_manager",
        )
        for record in (rule, rule.step_ids, team, owner):
            for user, companies, seen in (
                (stranger, self.company_de, False),
                (self.manager, self.company_us, True),
            ):
                model = record.with_user(user).with_context(
                    allowed_company_ids=companies.ids
                )
                with self.subTest(model=record._name, login=user.login):
                    found = model.search([("id", "in", record.ids)])
                    self.assertEqual(bool(found), seen)

    def test_whoever_may_not_see_it_is_passed_over(self):
        outsider = make_user(
            self.env, "outsider", self.company_us, self.companies, "base.group_user"
        )
        self.rule(1000, (0, outsider), (0, self.manager))
        with self.assertLogs("odoo.addons.finance_sync", "WARNING"):
            hold = self.raise_hold(amount=5000)
        self.assertEqual(self.told(hold), self.manager)

    def test_the_worklist_weighs_currencies(self):
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.company_us.currency_id.id,
                "company_id": self.company_de.id,
                "name": "2020-01-01",
                "rate": 4.0,
            }
        )
        self.env.ref("base.main_company").currency_id = self.company_us.currency_id
        american = self.raise_hold(amount=300)
        german = self.raise_hold(company=self.company_de, amount=100)
        found = self.holds.search([("id", "in", (american | german).ids)])
        self.assertEqual(found[0], german)
        self.assertAlmostEqual(german.weight, 400)
