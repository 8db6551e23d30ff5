"""One record of each model, for tests of access and screens."""

from odoo.addons.finance_sync.core.package import package as build_package

from .common import FinanceSyncCase, make_user


class RowsCase(FinanceSyncCase):
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
