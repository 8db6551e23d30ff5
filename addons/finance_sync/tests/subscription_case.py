"""A subscription and its receiver, which the tests share."""

import json

from odoo.addons.finance_sync.core.webhook_signing import generate_secret
from odoo.addons.finance_sync.tests.unit.servers import HttpServer, Reply

from .common import FinanceSyncCase, conf


class SubscriptionCase(FinanceSyncCase):
    """A receiver on loopback, which this server's administrator allows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(conf(cls.env, webhook_networks="127.0.0.0/8"))

    def setUp(self):
        super().setUp()
        self.receiver = HttpServer()
        self.receiver.__enter__()
        self.addCleanup(self.receiver.__exit__)
        self.secret = generate_secret()
        self.subscription = self.subscribe()

    def subscribe(self, **values):
        subscription = self.env["finance.sync.subscription"].create(
            {
                "name": "Warehouse",
                "environment": "production",
                "url": f"{self.receiver.url}/hooks",
                "company_ids": [(6, 0, self.company_us.ids)],
                "patterns": "account.invoice.*\naccount.period.closed",
                "owner_id": self.accountant.id,
                **values,
            }
        )
        subscription._add_secret(self.secret)
        subscription.action_activate()
        return subscription

    def happen(self, subject="a", company=None, type="account.invoice.posted"):
        """Something of business; its event's UUID. ``subject``: about which."""
        record = self._partner(subject)
        return self.env["finance.sync.event"]._record(
            type,
            record,
            company=company or self.company_us,
            data={"kind": "invoice", "currency": "USD", "total": 7},
        )

    def _partner(self, name):
        partners = self.env["res.partner"]
        return partners.search([("name", "=", name)], limit=1) or partners.create(
            {"name": name}
        )

    def dispatch(self, subscription=None):
        self.env.flush_all()
        result = (subscription or self.subscription)._job_dispatch()
        self.env.invalidate_all()
        return result

    def outbox(self, subscription=None):
        self.env.invalidate_all()
        return self.env["finance.sync.outbox"].search(
            [("subscription_id", "=", (subscription or self.subscription).id)],
            order="id",
        )

    def sent(self):
        """Ids of the events that arrived, in order."""
        return [json.loads(seen.body)["id"] for seen in self.receiver.requests]

    def answer(self, *replies):
        """What the next requests get; then 200 again."""
        waiting = list(replies)
        self.receiver.answer = lambda seen: waiting.pop(0) if waiting else Reply()

    def later(self, seconds):
        """As if so much time had gone by for what waits."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_sync_outbox SET next_try_at = next_try_at"
            " - make_interval(secs => %(s)s), created_at = created_at"
            " - make_interval(secs => %(s)s);"
            "UPDATE finance_sync_subscription_state SET resume_at = resume_at"
            " - make_interval(secs => %(s)s), failing_since = failing_since"
            " - make_interval(secs => %(s)s)",
            {"s": seconds},
        )
        self.env.invalidate_all()

    def open_holds(self, code):
        return self.env["finance.sync.hold"].search(
            [("code", "=", code), ("state", "=", "open")]
        )
