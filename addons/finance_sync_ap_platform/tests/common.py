"""What the tests of bill platforms share: a platform, simulated over real HTTP."""

import unittest

from odoo import Command
from odoo.addons.finance_sync_ap.tests.common import ApCase
from odoo.addons.queue_job.tests.common import trap_jobs

try:
    from tests.simulator import Simulator
except ImportError:  # an installation without the repository around it
    Simulator = None


@unittest.skipIf(Simulator is None, "The provider simulator is not on the path")
class PlatformCase(ApCase):
    """``platform``: the connection; ``side``: the platform as it is over there."""

    provider = "bill_rest"

    def setUp(self):
        super().setUp()
        self.simulator = Simulator()
        self.simulator.start()
        self.addCleanup(self.simulator.stop)
        self.side = getattr(self.simulator, self.provider)
        self.platform = self.make_platform(self.provider)
        self.poll = self.platform._poll_of(self.company_us)

    def make_platform(self, provider, **values):
        codes = ((self.company_us, "US"), (self.company_de, "DE"))
        return self.make_connection(
            provider=provider,
            key=f"platform-{provider.replace('_', '-')}",
            name="Platform",
            environment="test",
            base_url=f"{self.simulator.url}/{provider}",
            breaker_threshold=50,
            user_line_ids=[
                Command.create(
                    {
                        "company_id": company.id,
                        "user_id": self.worker.id,
                        "external_code": code,
                    }
                )
                for company, code in codes
            ],
            **values,
        )

    def read_bills(self):
        """A reading, by as many jobs as it takes, and the jobs of what it brought."""
        self.read_row(self.poll)

    def read_row(self, poll):
        """Likewise, of a row of the US company."""
        for _job in range(50):
            with trap_jobs():
                worker = poll.with_user(self.worker)
                worker.with_context(allowed_company_ids=self.company_us.ids)._job_poll()
            if not poll.page or poll.state != "reading":
                break
        self.run_pending()

    def run_pending(self):
        """What is to be booked and to be sent, in the order of the documents."""
        exchanges = self.env["finance.sync.exchange"]
        for _round in range(20):
            self.env.cr.precommit.run()
            self.env.flush_all()
            exchanges.invalidate_model()
            pending = exchanges.search(
                [
                    ("connection_id", "=", self.platform.id),
                    ("state", "=", "pending"),
                ],
                order="id",
            )
            if not pending:
                return
            for exchange in pending:
                exchange.with_user(self.worker).with_context(
                    allowed_company_ids=exchange.company_id.ids
                )._job_run()
        self.fail("There is always something pending.")

    def bill(self, number):
        return self.env["finance.sync.bill"].search(
            [
                ("connection_id", "=", self.platform.id),
                ("external_id", "=", number),
            ]
        )

    def booked(self, number="1001", **content):
        """A bill of the platform, posted here."""
        self.side.put(number, self.content(self.order(), **content))
        self.read_bills()
        bill = self.bill(number)
        bill.with_user(self.clerk).action_stage()
        self.run_pending()
        bill.move_id.action_post()
        self.run_pending()
        return bill

    def sent(self, operation):
        """Requests of what was sent, in order."""
        found = self.env["finance.sync.exchange"].search(
            [
                ("connection_id", "=", self.platform.id),
                ("operation", "=", operation),
                ("state", "!=", "superseded"),
            ],
            order="id",
        )
        return [exchange._payload() for exchange in found]

    def holds(self, code):
        return self.env["finance.sync.hold"].search(
            [("code", "=", code), ("state", "=", "open")]
        )

    # -- The bank

    def bank(self):
        return self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company_us.id)], limit=1
        )

    def on_statement(self, amount, lines, **values):
        """Money that left, on a statement, and what it is for; negative: came back."""
        statement_lines = self.env["account.bank.statement.line"].with_company(
            self.company_us
        )
        line = statement_lines.create(
            {
                "journal_id": self.bank().id,
                "date": "2026-03-20",
                "payment_ref": "Transfer",
                "amount": -amount,
                **values,
            }
        )
        _money, suspense, _other = line._seek_for_lines()
        if line.move_id.state == "draft":
            line.move_id.action_post()
        suspense.with_context(
            skip_readonly_check=True, force_delete=True
        ).account_id = lines.account_id
        (suspense | lines).reconcile()
        self.env.cr.precommit.run()
        return line

    def payable(self, move):
        return move.line_ids.filtered(
            lambda line: line.account_id.account_type == "liability_payable"
        )
