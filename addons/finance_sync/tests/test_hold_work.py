"""Who works on a hold, when it is due, and who is told."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError

from .common import FinanceSyncCase, make_user

at = fields.Datetime.to_datetime


class HoldCase(FinanceSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.holds = cls.env["finance.sync.hold"]
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Mornings",
                "tz": "UTC",
                "company_id": False,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Morning",
                            "dayofweek": str(day),
                            "hour_from": 8,
                            "hour_to": 12,
                            "day_period": "morning",
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        for company in cls.companies:
            company.finance_sync_calendar_id = cls.calendar

    def setUp(self):
        super().setUp()
        self.connection = self.make_connection(base_url="http://127.0.0.1:9")

    def raise_hold(self, code="rejected", company=None, **values):
        values.setdefault("summary", "Something waits.")
        values.setdefault("subject", f"{code}-{self.holds.search_count([])}")
        return self.holds._raise(
            code,
            connection=self.connection,
            company=company or self.company_us,
            **values,
        )

    def open_since(self, hold, moment):
        """As if it had been opened then; the ORM does not write that."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_sync_hold SET create_date = %s WHERE id = %s",
            [moment, hold.id],
        )
        hold.invalidate_recordset(["create_date"])

    def events(self, hold, what):
        return self.env["finance.sync.event"].search(
            [
                ("type", "=", f"finance_sync.hold.{what}"),
                ("subject", "=", f"finance.sync.hold,{hold.id}"),
            ]
        )


class TestClock(HoldCase):
    def test_due_is_counted_in_working_hours(self):
        friday = at("2026-03-06 11:00:00")
        due = self.holds._due(self.company_us, 2.0, friday)
        self.assertEqual(due, at("2026-03-09 09:00:00"))

    def test_holidays_do_not_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "company_id": self.company_us.id,
                "date_from": at("2026-03-09 00:00:00"),
                "date_to": at("2026-03-09 23:59:00"),
            }
        )
        due = self.holds._due(self.company_us, 2.0, at("2026-03-06 11:00:00"))
        self.assertEqual(due, at("2026-03-10 09:00:00"))

    def test_without_a_calendar_a_day_has_24_hours(self):
        self.calendar.attendance_ids.unlink()
        due = self.holds._due(self.company_us, 2.0, at("2026-03-06 23:00:00"))
        self.assertEqual(due, at("2026-03-07 01:00:00"))

    def test_open_holds_follow_a_changed_calendar(self):
        holds = [self.raise_hold() for _number in range(3)]
        before = holds[0].due
        afternoons = self.calendar.copy()
        afternoons.attendance_ids.write({"hour_from": 13, "hour_to": 17})
        self.company_us.finance_sync_calendar_id = afternoons
        for hold in holds:
            self.assertEqual(
                hold.due,
                self.holds._due(
                    self.company_us,
                    hold.sla_hours,
                    hold.create_date.replace(microsecond=0),
                ),
            )
        self.assertNotEqual(holds[0].due, before)

    def test_a_new_promise_does_not_change_an_old_one(self):
        hold = self.raise_hold()
        before = hold.due
        hold.type_id.sla_hours = 1
        self.holds._cron_due()
        self.assertEqual(hold.due, before)


class TestOwners(HoldCase):
    def setUp(self):
        super().setUp()
        self.other = make_user(
            self.env,
            "colleague",
            self.company_us,
            self.companies,
            "account.group_account_user",
        )
        self.team = self.env["finance.sync.hold.team"].create(
            {
                "name": "Receivables",
                "member_ids": [Command.set((self.accountant | self.other).ids)],
            }
        )
        self.rejected = self.env.ref("finance_sync.hold_type_rejected")

    def rule(self, **values):
        return self.env["finance.sync.hold.owner.rule"].create(values)

    def test_without_a_rule_the_connections_owner(self):
        self.assertEqual(self.raise_hold().user_id, self.accountant)

    def test_the_most_specific_rule_counts(self):
        self.rule(user_id=self.manager.id, sequence=1)
        self.rule(type_id=self.rejected.id, user_id=self.other.id, sequence=9)
        self.rule(
            type_id=self.rejected.id, company_id=self.company_de.id,
            team_id=self.team.id, sequence=20,
        )  # fmt: skip
        self.assertEqual(self.raise_hold("contract").user_id, self.manager)
        self.assertEqual(self.raise_hold().user_id, self.other)
        german = self.raise_hold(company=self.company_de)
        self.assertEqual(german.team_id, self.team)
        self.assertFalse(german.user_id)

    def test_whoever_has_the_fewest_gets_the_next(self):
        self.team.distribution = "least"
        self.rule(type_id=self.rejected.id, team_id=self.team.id)
        owners = [self.raise_hold().user_id for _number in range(4)]
        self.assertEqual(owners.count(self.accountant), 2)
        self.assertEqual(owners.count(self.other), 2)

    def test_a_rule_names_somebody(self):
        with self.assertRaises(ValidationError):
            self.rule(type_id=self.rejected.id)

    def test_assign_many_and_tell_once(self):
        holds = self.holds.browse([self.raise_hold().id for _number in range(25)])
        wizard = self.env["finance.sync.hold.assign"].with_user(self.accountant)
        wizard.create(
            {"hold_ids": [Command.set(holds.ids)], "user_id": self.other.id}
        ).action_assign()
        self.assertEqual(holds.user_id, self.other)
        self.assertFalse(holds.activity_ids)
        self.assertEqual(len(self.events(holds[3], "assigned")), 1)
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.other.partner_id.ids)]
        )
        self.assertEqual(len(told), 1)
        self.assertIn("25 holds", told.subject)

    def test_assigning_one_reminds_its_new_owner(self):
        hold = self.raise_hold()
        hold.with_user(self.accountant).user_id = self.other
        self.assertEqual(hold.activity_ids.user_id, self.other)

    def test_nobody_gets_what_they_may_not_see(self):
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_user",
        )
        hold = self.raise_hold()
        with self.assertRaisesRegex(ValidationError, "may not see"):
            hold.with_user(self.accountant).user_id = stranger

    def test_mine_is_also_what_my_team_has_to_take(self):
        self.rule(type_id=self.rejected.id, team_id=self.team.id)
        hold, contract = self.raise_hold(), self.raise_hold("contract")
        for user, expected in (
            (self.other, hold),
            (self.accountant, hold | contract),
            (self.manager, self.holds),
        ):
            found = self.holds.with_user(user).search([("mine", "=", True)])
            self.assertEqual(found & (hold | contract), expected)

    def test_who_waits_on_me(self):
        hold = self.raise_hold()
        domain = [("waits_on_me", "=", True), ("id", "=", hold.id)]
        self.assertTrue(self.holds.with_user(self.accountant).search(domain))
        self.assertFalse(self.holds.with_user(self.approver).search(domain))
        hold.with_user(self.accountant)._override("Agreed with the provider.")
        self.assertTrue(self.holds.with_user(self.approver).search(domain))
        self.assertTrue(hold.with_user(self.approver).waits_on_me)
        hold.with_user(self.approver)._approve_override()
        self.assertFalse(self.holds.with_user(self.approver).search(domain))

    def test_resolvers_begin_with_their_own_managers_with_all(self):
        mine = self.holds.with_user(self.accountant).action_worklist()["context"]
        self.assertIn("search_default_mine", mine)
        everything = self.holds.with_user(self.manager).action_worklist()["context"]
        self.assertNotIn("search_default_mine", everything)


class TestSnooze(HoldCase):
    def snooze(self, hold, user=None, **values):
        values.setdefault("choice", "other")
        values.setdefault("until", fields.Datetime.now() + timedelta(days=2))
        values.setdefault("reason", "They answer on Thursday")
        wizard = self.env["finance.sync.hold.snooze"].with_user(user or self.accountant)
        wizard.create({"hold_ids": [Command.set(hold.ids)], **values}).action_snooze()

    def seen(self):
        domain = [("state", "=", "open"), ("snoozed", "=", False)]
        return self.holds.with_user(self.accountant).search(domain)

    def test_it_leaves_the_list_and_comes_back_by_itself(self):
        hold = self.raise_hold()
        due = hold.due
        self.snooze(hold)
        self.assertTrue(hold.snoozed)
        self.assertNotIn(hold, self.seen())
        self.assertEqual(hold.due, due)
        self.assertEqual(len(self.events(hold, "snoozed")), 1)
        hold.snoozed_until = fields.Datetime.now() - timedelta(seconds=1)
        hold.invalidate_recordset(["snoozed"])
        self.assertFalse(hold.snoozed)
        self.assertIn(hold, self.seen())

    def test_reason_and_time_are_asked_for(self):
        hold = self.raise_hold()
        with self.assertRaisesRegex(UserError, "what you wait for"):
            self.snooze(hold, reason="  ")
        with self.assertRaisesRegex(UserError, "still to come"):
            self.snooze(hold, until=fields.Datetime.now())

    def test_critical_blocking_ones_not_for_long(self):
        hold = self.raise_hold("contract")
        latest = hold._latest_snooze()
        with self.assertRaisesRegex(UserError, "at most"):
            self.snooze(hold, until=latest + timedelta(minutes=1))
        self.snooze(hold, until=latest - timedelta(minutes=1))
        self.assertTrue(hold.snoozed)

    def test_others_as_long_as_the_company_says(self):
        self.company_us.finance_sync_snooze_days = 3
        hold = self.raise_hold()
        with self.assertRaises(UserError):
            self.snooze(hold, until=fields.Datetime.now() + timedelta(days=4))

    def test_clerks_snooze_nothing(self):
        hold = self.raise_hold()
        with self.assertRaises(AccessError):
            hold.with_user(self.clerk)._snooze(
                fields.Datetime.now() + timedelta(days=1), "Later"
            )

    def test_more_at_stake_wakes_it(self):
        hold = self.raise_hold(subject="a", amount=10)
        self.snooze(hold)
        self.raise_hold(subject="a", amount=10)
        self.assertTrue(hold.snoozed)
        self.raise_hold(subject="a", amount=900)
        hold.invalidate_recordset(["snoozed"])
        self.assertFalse(hold.snoozed)
        self.assertEqual(len(self.events(hold, "woken")), 1)

    def test_take_up_again(self):
        hold = self.raise_hold()
        self.snooze(hold)
        hold.with_user(self.accountant).action_wake()
        self.assertFalse(hold.snoozed_until)

    def test_tomorrow_is_in_the_morning(self):
        self.accountant.tz = "America/New_York"
        wizard = (
            self.env["finance.sync.hold.snooze"]
            .with_user(self.accountant)
            .create(
                {
                    "hold_ids": [Command.set(self.raise_hold().ids)],
                    "choice": "tomorrow",
                    "reason": "Later",
                }
            )
        )
        local = fields.Datetime.context_timestamp(
            wizard.with_context(tz="America/New_York"), wizard.until
        )
        self.assertEqual((local.hour, local.minute), (8, 0))


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


class TestOverride(HoldCase):
    REASON = "Confirmed with the provider by phone."

    def test_not_by_whoever_made_the_document(self):
        entry = self.make_entry()
        self.env.cr.execute(
            "UPDATE account_move SET create_uid = %s WHERE id = %s",
            [self.approver.id, entry.id],
        )
        entry.invalidate_recordset()
        hold = self.holds._raise("rejected", document=entry, summary="Refused.")
        hold.with_user(self.accountant)._override(self.REASON)
        with self.assertRaisesRegex(UserError, "made this document"):
            hold.with_user(self.approver)._approve_override()

    def test_not_by_whom_it_is_about(self):
        entry = self.make_entry(partner_id=self.accountant.partner_id.id)
        hold = self.holds._raise("rejected", document=entry, summary="Refused.")
        self.assertEqual(hold.partner_id, self.accountant.partner_id)
        with self.assertRaisesRegex(UserError, "about you"):
            hold.with_user(self.accountant)._override(self.REASON)

    def test_asked_for_once(self):
        hold = self.raise_hold()
        hold.with_user(self.accountant)._override(self.REASON)
        with self.assertRaisesRegex(UserError, "already"):
            hold.with_user(self.manager)._override(self.REASON)
        self.assertEqual(len(self.events(hold, "override.requested")), 1)
        hold.with_user(self.approver)._refuse_override("Ask them again.")
        self.assertEqual(len(self.events(hold, "override.refused")), 1)

    def test_what_was_decided_is_recorded(self):
        hold = self.raise_hold(amount=12.5)
        hold.with_user(self.accountant)._override(self.REASON)
        hold.with_user(self.approver)._approve_override()
        (event,) = self.events(hold, "override.approved")
        self.assertIn(f'"requested_by":{self.accountant.id}', event.data)
        self.assertEqual(event.actor_ref, self.approver.id)
        (event,) = self.events(hold, "resolved")
        self.assertIn('"state":"overridden"', event.data)
        self.assertIn('"amount":"12.5', event.data)


class TestAnalysis(HoldCase):
    def test_age_and_lateness(self):
        report = self.env["finance.sync.hold.report"].with_user(self.accountant)
        hold = self.raise_hold(amount=100)
        self.open_since(hold, fields.Datetime.now() - timedelta(days=5))
        hold.due = fields.Datetime.now() - timedelta(days=1)
        self.env.flush_all()
        row = report.search([("hold_id", "=", hold.id)])
        self.assertEqual(row.age_bucket, "03")
        self.assertTrue(row.late)
        self.assertAlmostEqual(row.age_days, 5, places=1)
        self.assertEqual(row.action_open_hold()["res_id"], hold.id)
        hold._close("resolved", "Done")
        self.env.flush_all()
        groups = report._read_group(
            [("hold_id", "=", hold.id)], ["state", "age_bucket"], ["weight:sum"]
        )
        self.assertEqual(groups[0][:2], ("resolved", "03"))

    def test_another_company_sees_nothing(self):
        hold = self.raise_hold()
        self.env.flush_all()
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_user",
        )
        report = (
            self.env["finance.sync.hold.report"]
            .with_user(stranger)
            .with_context(allowed_company_ids=self.company_de.ids)
        )
        self.assertFalse(report.search([("hold_id", "=", hold.id)]))
