"""Every model of the addon × every group × another company and a branch."""

from odoo.addons.finance_sync.core.package import package as build_package
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from .common import FinanceSyncCase, make_user

# model → login → what its users may do: read, write, create, unlink. No line: nothing.
# Wizards are for their own user only, whatever the letters say.
RIGHTS = {
    "finance.sync.connection": {
        "clerk": "r",
        "accountant": "r",
        "manager": "rwcu",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.connection.user": {
        "clerk": "r",
        "accountant": "r",
        "manager": "rwcu",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.connection.change": {
        "accountant": "r",
        "manager": "r",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.connection.state": {},
    "finance.sync.exchange": {
        "clerk": "r",
        "accountant": "r",
        "manager": "r",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.attempt": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.decision": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.event": {
        "accountant": "r",
        "manager": "r",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.hold.type": {
        "clerk": "r",
        "accountant": "r",
        "manager": "rw",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.hold": {
        "clerk": "r",
        "accountant": "rw",
        "manager": "rw",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.shadow.result": {
        "clerk": "r",
        "accountant": "r",
        "manager": "r",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.cutover": {
        "clerk": "r",
        "accountant": "r",
        "manager": "rwc",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.cutover.check": {
        "clerk": "r",
        "accountant": "rw",
        "manager": "rwcu",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.subscription": {
        "clerk": "r",
        "accountant": "r",
        "manager": "rwcu",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.subscription.state": {},
    "finance.sync.outbox": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.delivery": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.event.replay": {"manager": "rwc"},
    "finance.sync.webhook": {
        "clerk": "r",
        "accountant": "r",
        "manager": "rwcu",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.webhook.rule": {
        "clerk": "r",
        "accountant": "r",
        "manager": "rwcu",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.webhook.secret": {"manager": "r", "auditor": "r"},
    "finance.sync.webhook.secret.new": {"manager": "rc"},
    "finance.sync.hold.team": {
        "clerk": "r",
        "accountant": "r",
        "manager": "rwcu",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.hold.owner.rule": {
        "accountant": "r",
        "manager": "rwcu",
        "auditor": "r",
    },
    "finance.sync.hold.escalation": {
        "accountant": "r",
        "manager": "rwcu",
        "auditor": "r",
    },
    "finance.sync.hold.escalation.step": {
        "accountant": "r",
        "manager": "rwcu",
        "auditor": "r",
    },
    "finance.sync.hold.report": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.hold.assign": {"accountant": "rwc", "manager": "rwc"},
    "finance.sync.hold.snooze": {"accountant": "rwc", "manager": "rwc"},
    "finance.sync.replay": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.replay.group": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.replay.line": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.replay.filter": {"accountant": "rwc", "manager": "rwc"},
    "finance.sync.exchange.cancel": {"manager": "rwc"},
    "finance.sync.package": {"manager": "rwu", "approver": "r", "auditor": "r"},
    "finance.sync.package.line": {"manager": "rw", "approver": "r", "auditor": "r"},
    "finance.sync.package.company": {"manager": "rw", "approver": "r", "auditor": "r"},
    "finance.sync.package.key": {"manager": "rwcu", "approver": "r", "auditor": "r"},
    "finance.sync.package.export": {"manager": "rwc"},
    "finance.sync.package.import": {"manager": "rwc"},
    "finance.sync.entity.clone": {"manager": "rwc"},
    "finance.sync.entity.clone.line": {"manager": "rwcu"},
    "finance.sync.mapping": {
        "clerk": "r",
        "accountant": "rwcu",
        "manager": "rwcu",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.mapping.line": {
        "clerk": "r",
        "accountant": "rwcu",
        "manager": "rwcu",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.mapping.use": {},
    "finance.sync.mapping.import": {
        "accountant": "rwc",
        "manager": "rwc",
    },
    "finance.sync.mapping.import.line": {
        "accountant": "rwcu",
        "manager": "rwcu",
    },
    "finance.sync.mapping.add": {
        "accountant": "rwc",
        "manager": "rwc",
    },
    "finance.sync.mapping.add.line": {
        "accountant": "rwcu",
        "manager": "rwcu",
    },
    "finance.sync.mapping.compare": {
        "clerk": "rwc",
        "accountant": "rwc",
        "manager": "rwc",
        "approver": "rwc",
        "auditor": "rwc",
    },
    "finance.sync.mapping.compare.line": {
        "clerk": "rwcu",
        "accountant": "rwcu",
        "manager": "rwcu",
        "approver": "rwcu",
        "auditor": "rwcu",
    },
    "finance.sync.mapping.export": {
        "clerk": "rc",
        "accountant": "rc",
        "manager": "rc",
        "approver": "rc",
        "auditor": "rc",
    },
    "finance.sync.mapping.decide": {
        "approver": "rwc",
    },
    "finance.sync.ownership.rule": {
        "clerk": "r",
        "accountant": "r",
        "manager": "rwcu",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.ownership.edit": {
        "manager": "rwc",
    },
    "finance.sync.ownership.edit.line": {
        "manager": "rwcu",
    },
    "finance.sync.setup": {"manager": "rwc"},
    "finance.sync.break.glass": {
        "accountant": "r",
        "manager": "r",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.retention.run": {"manager": "r", "approver": "r", "auditor": "r"},
    "finance.sync.retention.preview": {"manager": "rwc"},
    "finance.sync.key.rotation": {"manager": "r", "auditor": "r"},
    "finance.sync.personal.request": {
        "manager": "r",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.personal.request.new": {"manager": "rwc"},
    "finance.sync.credential.change": {
        "manager": "r",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.credential.change.request": {"manager": "rwc"},
    "finance.sync.break.glass.request": {"accountant": "rwc", "manager": "rwc"},
    "finance.sync.break.glass.review": {"approver": "rwc", "auditor": "rwc"},
    "finance.sync.hold.override": {
        "accountant": "rwc",
        "manager": "rwc",
        "approver": "rwc",
    },
    "finance.sync.seal": {"manager": "r", "auditor": "r"},
    "finance.sync.chain": {"manager": "r", "auditor": "r"},
    "finance.sync.anchor": {"manager": "r", "auditor": "r"},
    "finance.sync.anchor.verify": {"manager": "rwc", "auditor": "rwc"},
    "finance.sync.lineage": {
        "clerk": "r",
        "accountant": "r",
        "manager": "r",
        "approver": "r",
        "auditor": "r",
    },
    "finance.sync.lock.date": {},
    "finance.sync.metric.tick": {},
    "finance.sync.metric.series": {},
    "finance.sync.metric.hour": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.slo": {"accountant": "r", "manager": "rwcu", "auditor": "r"},
    "finance.sync.slo.slot": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.slo.history": {"accountant": "r", "manager": "r", "auditor": "r"},
    "finance.sync.metrics.token": {"manager": "r", "auditor": "r"},
    "finance.sync.metrics.token.issue": {"manager": "rwc"},
    "finance.sync.group.conflict": {
        "manager": "rwc",
        "approver": "rwc",
        "auditor": "rwc",
    },
}
LOGINS = ("clerk", "accountant", "manager", "approver", "auditor", "service")
OPERATIONS = ("read", "write", "create", "unlink")
OF_A_COMPANY = (
    "finance.sync.connection",
    "finance.sync.connection.user",
    "finance.sync.connection.change",
    "finance.sync.exchange",
    "finance.sync.attempt",
    "finance.sync.decision",
    "finance.sync.event",
    "finance.sync.hold",
    "finance.sync.shadow.result",
    "finance.sync.cutover",
    "finance.sync.cutover.check",
    "finance.sync.metric.hour",
    "finance.sync.slo",
    "finance.sync.slo.slot",
    "finance.sync.slo.history",
    "finance.sync.package",
    "finance.sync.package.line",
    "finance.sync.package.company",
    "finance.sync.mapping",
    "finance.sync.mapping.line",
    "finance.sync.ownership.rule",
)


class SecurityCase(FinanceSyncCase):
    """One record of each model, all of the company in the United States."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create(
            {"name": "Maple Boston", "parent_id": cls.company_us.id}
        )
        cls.connection = cls.env["finance.sync.connection"].create(
            {
                "name": "Echo",
                "key": "echo",
                "company_ids": [(6, 0, cls.company_us.ids)],
                "user_line_ids": [
                    (
                        0,
                        0,
                        {"company_id": cls.company_us.id, "user_id": cls.worker.id},
                    )
                ],
                "service_user_id": cls.service.id,
            }
        )
        cls.change = cls.env["finance.sync.connection.change"].create(
            {
                "connection_id": cls.connection.id,
                "values": {"rate_burst": 3},
                "requested_by": cls.manager.id,
            }
        )
        cls.exchange = cls._exchange(cls.company_us)
        cls.hold = cls.env["finance.sync.hold"]._raise(
            "rejected", exchange=cls.exchange, summary="Refused.", amount=10.0
        )
        events = cls.env["finance.sync.event"]
        event_uuid = events._record("finance_sync.payload.unmasked", cls.exchange)
        cls.package = cls._package()
        cls.cutover = cls.env["finance.sync.cutover"].create(
            {"connection_id": cls.connection.id, "business_owner_id": cls.clerk.id}
        )
        cls.slo = cls.env["finance.sync.slo"].create(
            {"name": "In time", "company_id": cls.company_us.id}
        )
        cls.ownership = cls.env["finance.sync.ownership.rule"].create(
            {"connection_id": cls.connection.id, "what": "partner/name"}
        )
        cls.mapping = cls.env["finance.sync.mapping"].create(
            {
                "kind": "currency",
                "company_id": cls.company_us.id,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "external_code": "DOLLAR",
                            "currency_id": cls.company_us.currency_id.id,
                        },
                    )
                ],
            }
        )
        cls.rows = {
            "finance.sync.mapping": cls.mapping,
            "finance.sync.mapping.line": cls.mapping.line_ids,
            "finance.sync.ownership.rule": cls.ownership,
            "finance.sync.slo": cls.slo,
            "finance.sync.slo.slot": cls.env["finance.sync.slo.slot"].create(
                {
                    "slo_id": cls.slo.id,
                    "hour": "2026-01-05 10:00:00",
                    "total": 2,
                    "good": 1,
                }
            ),
            "finance.sync.slo.history": cls.env["finance.sync.slo.history"].create(
                {"slo_id": cls.slo.id, "day": "2026-01-05"}
            ),
            "finance.sync.event": events.search([("uuid", "=", event_uuid)]),
            "finance.sync.cutover": cls.cutover,
            "finance.sync.package": cls.package,
            "finance.sync.package.line": cls.package.line_ids[:1],
            "finance.sync.package.company": cls.package.company_line_ids[:1],
            "finance.sync.cutover.check": cls.cutover.check_ids[:1],
            "finance.sync.shadow.result": cls.env["finance.sync.shadow.result"]._store(
                cls.connection,
                "echo.find",
                {
                    "company_id": cls.company_us.id,
                    "document_uuid": "shadow",
                    "outcome": "match",
                },
            ),
            "finance.sync.connection": cls.connection,
            "finance.sync.connection.user": cls.connection.user_line_ids,
            "finance.sync.connection.change": cls.change,
            "finance.sync.exchange": cls.exchange,
            "finance.sync.hold": cls.hold,
            "finance.sync.attempt": cls.env["finance.sync.attempt"].create(
                {
                    "exchange_uuid": cls.exchange.uuid,
                    "connection_ref": cls.connection.id,
                    "company_ref": cls.company_us.id,
                    "operation": "echo.find",
                    "number": 1,
                    "state": "failed",
                }
            ),
            "finance.sync.metric.hour": cls.env["finance.sync.metric.hour"].create(
                {
                    "hour": "2026-01-05 10:00:00",
                    "kind": "attempt",
                    "connection_ref": cls.connection.id,
                    "company_ref": cls.company_us.id,
                    "operation": "echo.find",
                    "outcome": "failed",
                    "prior": "",
                    "again": False,
                    "bucket": 0,
                    "events": 1,
                    "seconds": 0.0,
                }
            ),
            "finance.sync.decision": cls.env["finance.sync.decision"].create(
                {
                    "connection_ref": cls.connection.id,
                    "company_ref": cls.company_us.id,
                    "operation": "tax.quote",
                    "fingerprint": "f",
                    "state": "ok",
                }
            ),
        }

    @classmethod
    def _package(cls):
        models = ("finance.sync.connection",)
        wizard = cls.env["finance.sync.package.export"].create(
            {
                "company_ids": [(6, 0, cls.company_us.ids)],
                "connection_ids": [(6, 0, cls.connection.ids)],
                "part_ids": [
                    (6, 0, [cls.env["ir.model"]._get_id(model) for model in models])
                ],
            }
        )
        package = cls.env["finance.sync.package"]._make(
            "clone", build_package("Set-up", wizard._records())
        )
        package._match_companies()
        package._review()
        return package

    @classmethod
    def _exchange(cls, company, **values):
        number = cls.env["finance.sync.exchange"].search_count([])
        return cls.env["finance.sync.exchange"].create(
            {
                "operation": "echo.find",
                "connection_id": cls.connection.id,
                "company_id": company.id if company else False,
                "currency_id": company.currency_id.id if company else False,
                "idempotency_key": f"test:{number}",
                "document_uuid": f"document-{number}",
                "document_ref": "INV/1",
                **values,
            }
        )

    def stranger(self, *groups):
        """A user of the German company alone."""
        login = "stranger-" + "-".join(group.split("_")[-1] for group in groups)
        return make_user(self.env, login, self.company_de, self.company_de, *groups)

    def seen(self, model, user, companies):
        """Records of ``model`` that the user finds with these companies selected."""
        records = self.env[model].with_user(user)
        return records.with_context(allowed_company_ids=companies.ids).search([])


@tagged("post_install", "-at_install")
class TestAccess(SecurityCase):
    def test_every_model_is_in_the_table(self):
        ours = {
            name
            for name, model in self.env.items()
            if name.startswith("finance.sync.")
            and model._original_module == "finance_sync"
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

    def test_lock_dates_are_for_billing_administrators(self):
        access = self.env["ir.model.access"]
        for user, may in ((self.worker, True), (self.accountant, False)):
            found = access.with_user(user).check(
                "finance.sync.lock.date", "create", False
            )
            self.assertEqual(bool(found), may)

    def test_accounting_groups_bring_theirs(self):
        self.assertTrue(self.clerk.has_group("finance_sync.group_user"))
        self.assertFalse(self.clerk.has_group("finance_sync.group_resolver"))
        self.assertTrue(self.accountant.has_group("finance_sync.group_resolver"))
        self.assertFalse(self.accountant.has_group("finance_sync.group_manager"))
        user = make_user(
            self.env,
            "books",
            self.company_us,
            self.company_us,
            "finance_sync.group_accountant",
        )
        self.assertTrue(user.has_group("account.group_account_user"))

    def test_duties_are_apart(self):
        for login, not_these in {
            "manager": ("approver", "auditor"),
            "approver": ("resolver", "manager", "auditor"),
            "auditor": ("user", "resolver", "manager", "approver"),
            "service": ("user", "resolver", "manager", "approver", "auditor"),
        }.items():
            for group in not_these:
                with self.subTest(login=login, group=group):
                    user = getattr(self, login)
                    self.assertFalse(user.has_group(f"finance_sync.group_{group}"))


@tagged("post_install", "-at_install")
class TestCompanies(SecurityCase):
    def test_another_company_sees_nothing(self):
        for group in ("user", "resolver", "manager", "approver", "auditor"):
            stranger = self.stranger("base.group_user", f"finance_sync.group_{group}")
            for model in OF_A_COMPANY:
                row = self.rows[model]
                if (
                    not self.env["ir.model.access"]
                    .with_user(stranger)
                    .check(model, "read", False)
                ):
                    continue
                with self.subTest(group=group, model=model):
                    self.assertNotIn(
                        row.id, self.seen(model, stranger, self.company_de).ids
                    )
                    with self.assertRaises(AccessError):
                        row.with_user(stranger).with_context(
                            allowed_company_ids=self.company_de.ids
                        ).read([])

    def test_own_company_sees_its_own(self):
        for model in OF_A_COMPANY:
            with self.subTest(model=model):
                seen = self.seen(model, self.auditor, self.company_us)
                self.assertIn(self.rows[model].id, seen.ids)
                self.assertTrue(self.rows[model].with_user(self.auditor).read([]))

    def test_a_company_that_is_not_selected_is_not_seen(self):
        seen = self.seen("finance.sync.exchange", self.auditor, self.company_de)
        self.assertNotIn(self.exchange, seen.sudo())

    def test_a_branch_uses_its_parents_connection(self):
        user = make_user(
            self.env, "boston", self.branch, self.branch, "account.group_account_user"
        )
        seen = self.seen("finance.sync.connection", user, self.branch)
        self.assertIn(self.connection, seen.sudo())
        lines = self.seen("finance.sync.connection.user", user, self.branch)
        self.assertIn(self.connection.user_line_ids, lines.sudo())

    def test_a_branch_sees_its_own_exchanges_only(self):
        of_branch = self._exchange(self.branch)
        user = make_user(
            self.env, "boston", self.branch, self.branch, "account.group_account_user"
        )
        seen = self.seen("finance.sync.exchange", user, self.branch).sudo()
        self.assertIn(of_branch, seen)
        self.assertNotIn(self.exchange, seen)

    def test_what_was_not_routed_is_seen_by_whom_its_connection_serves(self):
        lost = self._exchange(None, direction="in")
        seen = self.seen("finance.sync.exchange", self.auditor, self.company_us)
        self.assertIn(lost, seen.sudo())
        stranger = self.stranger("account.group_account_user")
        seen = self.seen("finance.sync.exchange", stranger, self.company_de)
        self.assertNotIn(lost, seen.sudo())


@tagged("post_install", "-at_install")
class TestSecrecy(SecurityCase):
    def test_nobody_reads_what_is_encrypted(self):
        self.connection.secret = "open sesame"
        for model, name in (
            ("finance.sync.connection", "secret_enc"),
            ("finance.sync.exchange", "payload_enc"),
            ("finance.sync.attempt", "answer_enc"),
            ("finance.sync.decision", "answer_enc"),
        ):
            for user in (self.manager, self.auditor, self.env.ref("base.user_admin")):
                row = self.rows[model].with_user(user)
                with self.subTest(model=model, login=user.login):
                    with self.assertRaises(AccessError):
                        row.read([name])
                    with self.assertRaises(AccessError):
                        row.search([(name, "like", "a")])
                    self.assertNotIn(name, row.fields_get())

    def test_a_stored_secret_is_not_shown_again(self):
        self.connection.secret = "open sesame"
        shown = self.connection.with_user(self.manager).read(["secret", "has_secret"])
        self.assertEqual(shown[0]["secret"], False)
        self.assertTrue(shown[0]["has_secret"])

    def test_only_a_manager_unmasks_and_it_is_recorded(self):
        unmask = {"finance_sync_unmask": self.exchange.ids}
        for user in (self.auditor, self.accountant, self.approver):
            with self.subTest(login=user.login), self.assertRaises(AccessError):
                self.exchange.with_user(user).with_context(**unmask).read(
                    ["payload_masked"]
                )
        before = len(self.connection.message_ids)
        self.exchange.with_user(self.manager).with_context(**unmask).read(
            ["payload_masked"]
        )
        self.assertEqual(len(self.connection.message_ids), before + 1)
        self.assertIn(self.manager.name, self.connection.message_ids[0].body)

    def test_a_plain_write_changes_no_decision(self):
        hold = self.hold.with_user(self.accountant)
        hold.user_id = self.manager
        self.assertEqual(self.hold.user_id, self.manager)
        for name, value in (
            ("state", "resolved"),
            ("amount", 0.0),
            ("override_by", self.accountant.id),
            ("due", False),
        ):
            with self.subTest(field=name), self.assertRaises(AccessError):
                hold.write({name: value})
        with self.assertRaises(AccessError):
            self.change.with_user(self.approver).write({"state": "approved"})
        with self.assertRaises(AccessError):
            self.exchange.with_user(self.manager).write({"state": "done"})

    def test_a_manager_does_not_weaken_a_kind_of_hold(self):
        kind = self.hold.type_id.with_user(self.manager)
        kind.sla_hours = 2
        for name in ("overridable", "second_person", "blocking"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                kind.write({name: not kind[name]})

    def test_a_service_user_asks_for_status_and_nothing_else(self):
        self.connection.state = "active"
        self._exchange(self.company_us, direction="in", external_id="M-1")
        connections = self.env["finance.sync.connection"].with_user(self.service)
        self.assertEqual(connections.status("echo", "M-1")["state"], "pending")
        for model, row in self.rows.items():
            with self.subTest(model=model), self.assertRaises(AccessError):
                row.with_user(self.service).read([])
