"""Every model of the addon × every group × another company; every screen."""

from lxml import etree
from odoo.addons.finance_sync.tests.common import make_user
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import GateCase

READ = {"accountant": "r", "manager": "r", "approver": "r", "auditor": "r"}
RIGHTS = {
    "finance.sync.gate.rule": {**READ, "manager": "rwcu"},
    "finance.sync.gate.fraud.rule": {**READ, "manager": "rwcu"},
    "finance.sync.gate.list": {**READ, "manager": "rwcu"},
    "finance.sync.gate.list.version": READ,
    "finance.sync.gate.entry": READ,
    "finance.sync.gate.name": READ,
    "finance.sync.gate.result": READ,
    "finance.sync.gate.clearance": READ,
    "finance.sync.gate.clear": {"accountant": "rwc", "manager": "rwc"},
    "finance.sync.gate.list.import": {"manager": "rwc"},
}
LOGINS = ("clerk", "accountant", "manager", "approver", "auditor", "service")
OPERATIONS = ("read", "write", "create", "unlink")
ACTIONS = ("rule", "fraud_rule", "list", "entry", "result", "clearance")


@tagged("post_install", "-at_install")
class TestAccess(GateCase):
    def test_every_model_is_in_the_table(self):
        ours = {
            name
            for name, model in self.env.items()
            if name.startswith("finance.sync.")
            and model._original_module == "finance_sync_gate"
            and not model._abstract
        }
        self.assertEqual(ours, set(RIGHTS))

    def test_rights_of_every_group(self):
        access = self.env["ir.model.access"]
        for model, expected in RIGHTS.items():
            for login in LOGINS:
                user = getattr(self, login)
                may = "".join(
                    operation[0]
                    for operation in OPERATIONS
                    if access.with_user(user).check(model, operation, False)
                )
                with self.subTest(model=model, login=login):
                    self.assertEqual(may, expected.get(login, ""))

    def test_another_company_sees_nothing(self):
        rule = self.rule(company_id=self.company_us.id)
        self.limit(1000)
        invoice = self.invoice(1)
        invoice.action_post()
        result = self.results(invoice)
        stranger = make_user(
            self.env,
            "stranger",
            self.company_de,
            self.company_de,
            "account.group_account_user",
            "finance_sync.group_auditor",
        )
        for record in (rule, result):
            with self.subTest(model=record._name):
                seen = record.with_user(stranger).with_context(
                    allowed_company_ids=self.company_de.ids
                )
                self.assertNotIn(record.id, seen.search([]).ids)
                with self.assertRaises(AccessError):
                    seen.read(["id", "state" if "state" in seen else "name"])

    def test_results_are_not_changed(self):
        self.rule()
        self.limit(1000)
        invoice = self.invoice(1)
        invoice.action_post()
        for user in (self.accountant, self.manager, self.approver):
            with self.assertRaises(AccessError):
                self.results(invoice).with_user(user).write({"state": "hold"})

    def test_screens_load(self):
        for name in ACTIONS:
            action = self.env.ref(f"finance_sync_gate.finance_sync_gate_{name}_action")
            views = [(False, mode) for mode in action.view_mode.split(",")]
            for login in ("accountant", "manager", "approver", "auditor"):
                model = self.env[action.res_model].with_user(getattr(self, login))
                with self.subTest(action=name, login=login):
                    for view in model.get_views([*views, (False, "search")])[
                        "views"
                    ].values():
                        self.assertTrue(len(etree.fromstring(view["arch"])))

    def test_the_sample_list_loads(self):
        screen = self.env["finance.sync.gate.list"].create(
            {"name": "Demo", "code": "demo", "shape": "csv"}
        )
        screen._load_demo()
        self.assertGreaterEqual(screen.entry_count, 5)

    def test_rules_travel_in_packages(self):
        rule = self.rule(check="sanctions", company_id=self.company_us.id)
        rule.list_ids = self.env["finance.sync.gate.list"].create(
            {"name": "L", "code": "l"}
        )
        ((key, values),) = rule._finance_sync_package_values().items()
        self.assertIn("sanctions invoice_post", key)
        self.assertEqual(values["hold_score"], "85")
        self.assertEqual(values["list_ids"], ["l"])
