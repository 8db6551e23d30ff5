"""What each group may do with each model of this addon, in whose company."""

from odoo.addons.finance_sync.core.webhook_signing import generate_secret
from odoo.tests.common import tagged

from .access_matrix import AccessMatrixCase
from .test_security import OF_A_COMPANY, RIGHTS

# Beside those that test_security makes rows of itself.
MORE = (
    "finance.sync.break.glass",
    "finance.sync.credential.change",
    "finance.sync.event",
    "finance.sync.hold.escalation",
    "finance.sync.hold.escalation.step",
    "finance.sync.hold.owner.rule",
    "finance.sync.hold.team",
    "finance.sync.personal.request",
    "finance.sync.retention.run",
    "finance.sync.webhook",
    "finance.sync.webhook.rule",
    "finance.sync.webhook.secret",
)


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessMatrixCase):
    addon = "finance_sync"
    rights = RIGHTS
    only_own = {"finance.sync.break.glass": ("accountant", "manager")}
    of_a_company = tuple(dict.fromkeys((*OF_A_COMPANY, *MORE)))

    # -- Models that need more than their required fields

    def vals_finance_sync_hold_escalation(self):
        step = {"user_id": self.manager.id, "hours": 1.0}
        return {
            "currency_id": self.company_us.currency_id.id,
            "step_ids": [(0, 0, step)],
        }

    def row_finance_sync_hold_escalation(self):
        model = "finance.sync.hold.escalation"
        vals = self.generate_vals(model, **self.vals_finance_sync_hold_escalation())
        return self.env[model].create(vals)

    def row_finance_sync_hold_escalation_step(self):
        return self.row("finance.sync.hold.escalation").step_ids

    def vals_finance_sync_webhook_rule(self):
        return {"pattern": "ping", "operation": "-"}

    def row_finance_sync_webhook_rule(self):
        model = "finance.sync.webhook.rule"
        vals = self.generate_vals(model, **self.vals_finance_sync_webhook_rule())
        return self.env[model].create(vals)

    def row_finance_sync_webhook_secret(self):
        webhook = self.row("finance.sync.webhook")
        webhook._add_secret(generate_secret())
        return webhook.secret_ids

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
