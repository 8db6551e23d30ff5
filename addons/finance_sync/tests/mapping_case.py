"""What the tests of mappings share."""

from odoo import Command
from odoo.addons.finance_sync.models.vault import seal

from . import provider
from .common import EchoCase, make_user


class MappingCase(EchoCase):
    """Currencies to map; an author, an editor and an approver."""

    def setUp(self):
        super().setUp()
        self.usd = self.env.ref("base.USD")
        self.eur = self.env.ref("base.EUR")
        self.both = make_user(
            self.env,
            "both",
            self.company_us,
            self.companies,
            "finance_sync.group_manager",
            "finance_sync.group_approver",
        )
        self.mappings = self.env["finance.sync.mapping"]

    def make_mapping(self, lines=None, user=None, **values):
        """A draft of the accountant's: ``lines`` are code → currency."""
        lines = {"DOLLAR": self.usd} if lines is None else lines
        values = {
            "kind": "currency",
            "company_id": self.company_us.id,
            "line_ids": [
                Command.create({"external_code": code, "currency_id": record.id})
                for code, record in lines.items()
            ],
            **values,
        }
        return self.mappings.with_user(user or self.accountant).create(values)

    def approve(self, mapping):
        mapping.with_user(self.accountant).action_submit()
        mapping.with_user(self.approver).action_approve()
        return mapping

    def make_active(self, lines=None, **values):
        return self.approve(self.make_mapping(lines, **values))

    def new_version(self, mapping, lines=None, **values):
        """The next version, with further lines."""
        draft = mapping.with_user(self.accountant)._new_version(**values)
        for code, record in (lines or {}).items():
            draft.line_ids = [
                Command.create({"external_code": code, "currency_id": record.id})
            ]
        return draft

    def translate(self, *codes, company=None, connection=None, **options):
        return self.mappings.with_user(self.worker)._translate(
            connection or self.connection,
            "currency",
            list(codes),
            company=company or self.company_us,
            **options,
        )

    def receive(self, number, *codes, amount=0.0, company=None):
        """An inbound message that maps currencies when it is applied."""
        seen = {}

        def apply(exchange, message):
            seen.update(exchange._map("currency", message["codes"]))

        provider.APPLY[number] = apply
        exchange = self.env["finance.sync.exchange"].create(
            {
                "direction": "in",
                "operation": "echo.in",
                "connection_id": self.connection.id,
                "company_id": (company or self.company_us).id,
                "currency_id": (company or self.company_us).currency_id.id,
                "amount": amount,
                "idempotency_key": f"in:{number}",
                "external_id": number,
                "payload_enc": seal({"number": number, "codes": list(codes)}),
            }
        )
        return exchange, seen

    def settle(self):
        """What the job does that an activation starts."""
        self.env["finance.sync.hold"]._job_settle()
        self.replay()

    def replay(self):
        """Start what was released, as the job of the replay does."""
        running = self.env["finance.sync.replay"].search([("state", "=", "running")])
        for run in running:
            run._job_step()
