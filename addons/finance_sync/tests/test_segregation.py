"""Who asks does not decide: each pair of maker and checker, one by one.

``pairs`` names, for each kind of decision, how a maker asks and how a checker agrees.
Of every pair the same is tested: the maker, the superuser and people without the duty
are refused, even the maker who has been given the checker's group; a checker succeeds.
"""

from odoo.addons.finance_sync import compat
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EchoCase, make_user

WHY = "Agreed with the provider by telephone today."


@tagged("post_install", "-at_install")
class TestSegregation(EchoCase):
    def setUp(self):
        super().setUp()
        self.on_call = make_user(
            self.env,
            "on-call",
            self.company_us,
            self.companies,
            "account.group_account_user",
        )

    def pairs(self):
        """{what: (maker, ask → record, checkers' group, decide(record as checker))}"""
        return {
            "connection change": (
                self.manager,
                self.ask_for_a_change,
                "approver",
                lambda change: change.action_approve(),
            ),
            "hold override": (
                self.accountant,
                self.ask_for_an_override,
                "approver",
                lambda hold: hold._approve_override(),
            ),
            "credentials": (
                self.manager,
                self.ask_for_credentials,
                "approver",
                lambda change: change.action_approve(),
            ),
            "emergency access": (
                self.on_call,
                self.take_emergency_access,
                "auditor",
                lambda glass: glass._review("justified", WHY),
            ),
            "erasure of personal data": (
                self.manager,
                self.ask_for_erasure,
                "approver",
                lambda request: request.action_approve(),
            ),
            "mapping": (
                self.accountant,
                self.ask_for_a_mapping,
                "approver",
                lambda mapping: mapping.action_approve(),
            ),
            "ownership rules": (
                self.manager,
                self.ask_for_ownership,
                "approver",
                lambda change: change.action_approve(),
            ),
        }

    # -- How each is asked for

    def ask_for_a_change(self, maker):
        self.connection.with_user(maker).write({"rate_burst": 3})
        return self.connection.pending_change_id

    def ask_for_an_override(self, maker):
        exchange = self.enqueue(document=self.make_entry())
        hold = self.env["finance.sync.hold"]._raise(
            "rejected", exchange=exchange, summary="Refused."
        )
        hold.with_user(maker)._override(WHY)
        return hold

    def ask_for_credentials(self, maker):
        wizard = self.env["finance.sync.credential.change.request"].with_user(maker)
        wizard = wizard.create({"connection_id": self.connection.id, "secret": "new"})
        wizard.action_test()
        return wizard.change_id

    def take_emergency_access(self, maker):
        glasses = self.env["finance.sync.break.glass"]
        glasses.with_user(maker)._take("manager", "15", WHY)
        glass = glasses.search([], limit=1)
        glass.with_user(maker).action_end()
        return glass

    def ask_for_erasure(self, maker):
        partner = self.env["res.partner"].create({"name": "Jane Doherty"})
        return (
            self.env["finance.sync.personal.request"]
            .with_user(maker)
            ._request("erasure", partner, WHY)
        )

    def ask_for_a_mapping(self, maker):
        line = {"external_code": "DOLLAR", "canonical_code": "USD"}
        vals = {"kind": "currency", "line_ids": [(0, 0, line)]}
        mapping = self.env["finance.sync.mapping"].with_user(maker).create(vals)
        mapping.action_submit()
        return mapping

    def ask_for_ownership(self, maker):
        self.connection.with_user(maker)._request_ownership([])
        return self.connection.change_ids.filtered(lambda c: c.kind == "ownership")

    # -- The tests

    def add_group(self, user, group):
        user.write(
            {compat.GROUPS_FIELD: [(4, self.env.ref(f"finance_sync.group_{group}").id)]}
        )

    def refused(self, decide, record, user):
        # An AccessError is one as well.
        with self.assertRaises(UserError), self.env.cr.savepoint():
            decide(record.with_user(user))

    def test_the_maker_is_refused_even_with_the_other_duty(self):
        for what, (maker, ask, group, decide) in self.pairs().items():
            with self.subTest(what):
                record = ask(maker)
                self.refused(decide, record, maker)
                self.add_group(maker, group)
                self.refused(decide, record, maker)

    def test_the_superuser_is_refused(self):
        for what, (maker, ask, _group, decide) in self.pairs().items():
            with self.subTest(what):
                self.refused(decide, ask(maker), self.env.ref("base.user_root"))

    def test_other_duties_are_refused(self):
        strangers = {"user", "resolver", "manager", "service"}
        for what, (maker, ask, _group, decide) in self.pairs().items():
            record = ask(maker)
            for group in strangers:
                user = make_user(
                    self.env,
                    f"{group}-{what.replace(' ', '-')}",
                    self.company_us,
                    self.companies,
                    "base.group_user",
                    f"finance_sync.group_{group}",
                ) if group != "service" else self.service  # fmt: skip
                with self.subTest(what, group=group):
                    self.refused(decide, record, user)

    def test_the_checker_decides_once(self):
        checkers = {"approver": self.approver, "auditor": self.auditor}
        for what, (maker, ask, group, decide) in self.pairs().items():
            with self.subTest(what):
                record = ask(maker)
                decide(record.with_user(checkers[group]))
                self.refused(decide, record, checkers[group])
