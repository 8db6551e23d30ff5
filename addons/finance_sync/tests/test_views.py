"""The screens, as those who use them see them."""

from lxml import etree
from odoo.tests import Form, tagged

from .sample_rows import RowsCase

ACTIONS = (
    "finance_sync_overview_action",
    "finance_sync_connection_action",
    "finance_sync_connection_change_action",
    "finance_sync_exchange_action",
    "finance_sync_attempt_action",
    "finance_sync_decision_action",
    "finance_sync_hold_action",
    "finance_sync_hold_type_action",
    "finance_sync_mapping_action",
    "finance_sync_mapping_line_action",
    "finance_sync_ownership_rule_action",
    "finance_sync_hold_waits_on_me_action",
    "finance_sync_hold_report_action",
    "finance_sync_hold_team_action",
    "finance_sync_hold_owner_rule_action",
    "finance_sync_hold_escalation_action",
    "finance_sync_dead_letter_action",
    "finance_sync_replay_action",
    "finance_sync_replay_line_action",
    "finance_sync_shadow_result_action",
    "finance_sync_cutover_action",
    "finance_sync_webhook_action",
    "finance_sync_break_glass_action",
    "finance_sync_credential_change_action",
    "finance_sync_retention_run_action",
    "finance_sync_personal_request_action",
    "finance_sync_key_rotation_action",
    "finance_sync_event_action",
    "finance_sync_chain_action",
    "finance_sync_seal_action",
    "finance_sync_anchor_action",
    "finance_sync_anchor_verify_action",
    "finance_sync_lineage_action",
    "finance_sync_metric_hour_action",
    "finance_sync_slo_action",
    "finance_sync_slo_history_action",
    "finance_sync_metrics_token_action",
    "finance_sync_package_action",
    "finance_sync_package_key_action",
    "finance_sync_subscription_action",
    "finance_sync_outbox_action",
    "finance_sync_delivery_action",
)
MENUS = {
    "clerk": ("menu_overview", "menu_hold_all", "menu_exchange"),
    "accountant": (
        "menu_overview",
        "menu_hold_work",
        "menu_hold_waits_on_me",
        "menu_hold_report",
        "menu_hold_all",
        "menu_dead_letter",
        "menu_replay",
        "menu_exchange",
        "menu_mapping",
        "menu_mapping_line",
        "menu_mapping_import",
        "menu_attempt",
        "menu_decision",
        "menu_outbox",
        "menu_delivery",
        "menu_shadow_result",
        "menu_dashboard_process",
        "menu_dashboard_support",
        "menu_slo",
        "menu_slo_history",
        "menu_metric_hour",
        "menu_accounting_entries",
        "menu_accounting_items",
        "menu_accounting_accounts",
        "menu_accounting_taxes",
        "menu_accounting_fiscal_positions",
        "menu_accounting_journals",
        "menu_break_glass_request",
    ),
    "manager": (
        "menu_overview",
        "menu_hold_work",
        "menu_hold_waits_on_me",
        "menu_hold_report",
        "menu_hold_all",
        "menu_dead_letter",
        "menu_replay",
        "menu_exchange",
        "menu_mapping",
        "menu_mapping_line",
        "menu_mapping_import",
        "menu_attempt",
        "menu_decision",
        "menu_outbox",
        "menu_delivery",
        "menu_shadow_result",
        "menu_dashboard_process",
        "menu_dashboard_support",
        "menu_slo",
        "menu_slo_history",
        "menu_metric_hour",
        "menu_metrics_token",
        "menu_digest",
        "menu_setup",
        "menu_connection",
        "menu_ownership_rule",
        "menu_webhook",
        "menu_subscription",
        "menu_connection_change",
        "menu_credential_change",
        "menu_hold_type",
        "menu_hold_team",
        "menu_hold_owner_rule",
        "menu_hold_escalation",
        "menu_group_conflict",
        "menu_cutover",
        "menu_break_glass",
        "menu_break_glass_request",
        "menu_key_rotation",
        "menu_key_rotation_start",
        "menu_personal_request",
        "menu_personal_request_new",
        "menu_retention_run",
        "menu_event",
        "menu_chain",
        "menu_seal",
        "menu_anchor",
        "menu_anchor_verify",
        "menu_package",
        "menu_package_key",
        "menu_package_export",
        "menu_package_import",
        "menu_entity_clone",
    ),
    "approver": (
        "menu_overview",
        "menu_hold_all",
        "menu_hold_waits_on_me",
        "menu_exchange",
        "menu_mapping",
        "menu_mapping_line",
        "menu_shadow_result",
        "menu_connection",
        "menu_ownership_rule",
        "menu_webhook",
        "menu_subscription",
        "menu_connection_change",
        "menu_credential_change",
        "menu_hold_type",
        "menu_group_conflict",
        "menu_cutover",
        "menu_break_glass",
        "menu_personal_request",
        "menu_retention_run",
        "menu_package",
        "menu_package_key",
    ),
    "auditor": (
        "menu_overview",
        "menu_hold_all",
        "menu_hold_report",
        "menu_dead_letter",
        "menu_replay",
        "menu_exchange",
        "menu_mapping",
        "menu_mapping_line",
        "menu_attempt",
        "menu_decision",
        "menu_outbox",
        "menu_delivery",
        "menu_shadow_result",
        "menu_dashboard_process",
        "menu_dashboard_support",
        "menu_slo",
        "menu_slo_history",
        "menu_metric_hour",
        "menu_metrics_token",
        "menu_connection",
        "menu_ownership_rule",
        "menu_webhook",
        "menu_subscription",
        "menu_connection_change",
        "menu_credential_change",
        "menu_hold_type",
        "menu_hold_team",
        "menu_hold_owner_rule",
        "menu_hold_escalation",
        "menu_group_conflict",
        "menu_cutover",
        "menu_break_glass",
        "menu_key_rotation",
        "menu_personal_request",
        "menu_retention_run",
        "menu_event",
        "menu_chain",
        "menu_seal",
        "menu_anchor",
        "menu_anchor_verify",
        "menu_package",
        "menu_package_key",
    ),
    "worker": ("menu_overview", "menu_hold_all", "menu_exchange", "menu_lock_date"),
}


@tagged("post_install", "-at_install")
class TestViews(RowsCase):
    def _views(self, action, user):
        views = [(False, mode) for mode in action.view_mode.split(",")]
        model = self.env[action.res_model].with_user(user)
        return model.get_views([*views, (False, "search")])["views"]

    def test_views_load_for_whoever_may_read(self):
        for name in ACTIONS:
            action = self.env.ref(f"finance_sync.{name}")
            for login in ("clerk", "accountant", "manager", "approver", "auditor"):
                user = getattr(self, login)
                if (
                    not self.env["ir.model.access"]
                    .with_user(user)
                    .check(action.res_model, "read", False)
                ):
                    continue
                with self.subTest(action=name, login=login):
                    for view in self._views(action, user).values():
                        self.assertTrue(len(etree.fromstring(view["arch"])))

    def test_the_buttons_of_a_screen_are_those_of_the_duty(self):
        action = self.env.ref("finance_sync.finance_sync_hold_action")

        def buttons(user):
            arch = etree.fromstring(self._views(action, user)["form"]["arch"])
            return set(arch.xpath("//header/button[@type='object']/@name"))

        self.assertEqual(buttons(self.clerk), set())
        self.assertEqual(buttons(self.auditor), set())
        self.assertEqual(buttons(self.approver), {"action_decide"})
        self.assertLessEqual(
            {"action_retry", "action_replay", "action_take", "action_override"},
            buttons(self.accountant),
        )

    def test_credentials_are_shown_to_managers_only(self):
        action = self.env.ref("finance_sync.finance_sync_connection_action")
        for login, shown in (("manager", True), ("auditor", False), ("clerk", False)):
            arch = self._views(action, getattr(self, login))["form"]["arch"]
            with self.subTest(login=login):
                self.assertEqual('name="secret"' in arch, shown)

    def test_menus_follow_the_duties(self):
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", "finance_sync"),
                ("model", "=", "ir.ui.menu"),
            ]
        )
        names = {row.res_id: row.name for row in data}
        with_action = self.env["ir.ui.menu"].browse(names).filtered("action")
        for login, expected in MENUS.items():
            menus = self.env["ir.ui.menu"].with_user(getattr(self, login))
            visible = menus._visible_menu_ids()
            shown = with_action.filtered(
                lambda menu, visible=visible: all(
                    int(parent) in visible
                    for parent in menu.parent_path.split("/")[:-1]
                )
            )
            with self.subTest(login=login):
                self.assertEqual({names[menu.id] for menu in shown}, set(expected))

    def test_the_worklist_begins_with_the_largest_amount(self):
        holds = self.env["finance.sync.hold"]
        for number, amount in enumerate((5.0, -900.0, 70.0)):
            holds._raise(
                "rejected",
                exchange=self._exchange(self.company_us),
                summary=f"Refused {number}.",
                amount=amount,
            )
        action = self.env.ref("finance_sync.finance_sync_hold_action")
        arch = etree.fromstring(
            self._views(action, self.accountant)[action.view_mode.split(",")[0]]["arch"]
        )
        found = holds.with_user(self.accountant).search(
            [("state", "=", "open"), ("connection_id", "=", self.connection.id)],
            order=arch.get("default_order"),
        )
        self.assertEqual(found.mapped("amount"), [-900.0, 70.0, 10.0, 5.0])

    def test_an_accountant_assigns_a_hold_on_its_form(self):
        with Form(self.hold.with_user(self.accountant)) as form:
            form.user_id = self.accountant
        self.assertEqual(self.hold.user_id, self.accountant)

    def test_the_banner_names_reason_owner_and_next_step(self):
        document = self.make_entry()
        self.hold.sudo().write({"user_id": self.accountant.id})
        self.env["finance.sync.hold"]._raise(
            "rejected",
            document=document,
            connection=self.connection,
            summary="The customer is unknown there.",
        )
        seen = document.with_user(self.accountant)
        self.assertIn("The customer is unknown there.", seen.finance_sync_banner)
        self.assertIn("Retry", seen.finance_sync_banner)
        self.assertEqual(seen.finance_sync_banner_level, "danger")
        action = seen.action_finance_sync_open_holds()
        self.assertEqual(action["res_id"], document.finance_sync_hold_ids.id)
        self.assertFalse(seen.finance_sync_can_retry)

    def test_retry_is_offered_where_a_message_waits(self):
        document = self.make_entry()
        exchange = self._exchange(
            self.company_us,
            res_model=document._name,
            res_id=document.id,
            document_uuid=document.finance_sync_uuid,
            state="held",
        )
        hold = self.env["finance.sync.hold"]._raise(
            "rejected", exchange=exchange, summary="Refused."
        )
        document.invalidate_recordset()
        self.assertTrue(document.with_user(self.accountant).finance_sync_can_retry)
        document.invalidate_recordset()
        self.assertFalse(document.with_user(self.clerk).finance_sync_can_retry)
        self.assertEqual(hold.exchange_id, exchange)


@tagged("post_install", "-at_install")
class TestOverview(RowsCase):
    def _read(self, connections):
        connections.invalidate_recordset()
        names = (
            "backlog_count",
            "failure_count",
            "hold_count",
            "hold_amount_text",
            "overview_graph",
            "health",
        )
        return connections.with_user(self.accountant).read(names)

    def test_amounts_are_told_by_currency(self):
        self.connection.company_ids = self.companies
        self.env["finance.sync.hold"]._raise(
            "rejected",
            exchange=self._exchange(self.company_de),
            summary="Refused.",
            amount=-25.0,
        )
        (row,) = self._read(self.connection)
        self.assertEqual(row["hold_count"], 2)
        self.assertIn("10.00", row["hold_amount_text"])
        self.assertIn("25.00", row["hold_amount_text"])
        self.assertIn(" + ", row["hold_amount_text"])

    def test_the_graph_counts_todays_messages(self):
        (row,) = self._read(self.connection)
        self.assertIn('"value": 1', row["overview_graph"])

    def test_health(self):
        connection = self.connection
        self.assertEqual(connection.health, "off")
        connection.state = "active"
        connection.invalidate_recordset(["health", "hold_count"])
        self.assertEqual(connection.health, "attention")
        connection.state = "paused"
        self.assertEqual(connection.health, "bad")

    def test_many_connections_cost_no_more_queries(self):
        connections = self.env["finance.sync.connection"].create(
            [
                {
                    "name": f"Echo {number}",
                    "key": f"echo-{number}",
                    "company_ids": [(6, 0, self.company_us.ids)],
                }
                for number in range(20)
            ]
        )
        self._read(connections)  # warms the caches of rights
        before = self.env.cr.sql_log_count
        self._read(connections[:2])
        few = self.env.cr.sql_log_count - before
        before = self.env.cr.sql_log_count
        self._read(connections)
        self.assertLessEqual(self.env.cr.sql_log_count - before, few + 2)
