"""Who works on a hold."""

from odoo import Command
from odoo.exceptions import ValidationError

from .common import make_user
from .hold_case import HoldCase


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
