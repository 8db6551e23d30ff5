"""Every model of the addon × every group × another company; every screen."""

from lxml import etree
from odoo.addons.finance_sync.tests.access_matrix import AccessMatrixCase
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
ACTIONS = ("rule", "fraud_rule", "list", "entry", "result", "clearance")


@tagged("post_install", "-at_install")
class TestGateMatrix(AccessMatrixCase):
    addon = "finance_sync_gate"
    rights = RIGHTS
    of_a_company = (
        "finance.sync.gate.rule",
        "finance.sync.gate.result",
        "finance.sync.gate.clearance",
    )

    def row_finance_sync_gate_clearance(self):
        """Of a partner that belongs to one company; shared ones are everybody's."""
        model = "finance.sync.gate.clearance"
        partner = self.env["res.partner"].create(
            {"name": "Ours", "company_id": self.company_us.id}
        )
        return self.env[model].create(self.generate_vals(model, partner_id=partner.id))

    def test_every_model_is_in_the_table(self):
        self.check_every_model_is_in_the_table()

    def test_rights(self):
        self.check_rights()

    def test_own_company_is_seen(self):
        self.check_own_company_is_seen()

    def test_another_company_sees_nothing(self):
        self.check_another_company_sees_nothing()

    def test_another_company_changes_nothing(self):
        self.check_another_company_changes_nothing()

    def test_nothing_is_made_for_another_company(self):
        self.check_nothing_is_made_for_another_company()


@tagged("post_install", "-at_install")
class TestGateScreens(GateCase):
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
