import time

from odoo import Command, api, fields, models
from odoo.addons.queue_job import delay


class Document(models.Model):
    _name = "finance.sync.probe.document"
    _inherit = ["finance.sync.document.mixin"]
    _description = "Probe Document"

    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True)
    booked = fields.Integer(readonly=True, help="How often an answer was booked.")
    version = fields.Integer(readonly=True, help="The newest that was received.")

    @api.model
    def probe_send(self, key, operation, count, parked=False):
        """New documents, and a message about each. Their ids.

        :param parked: jobs wait until somebody sets them to pending
        """
        connection = self.env["finance.sync.connection"].search([("key", "=", key)])
        documents = self.create(
            [
                {
                    "name": f"{operation} {n}",
                    "company_id": connection.company_ids[:1].id,
                }
                for n in range(count)
            ]
        )
        self.env["finance.sync.exchange"]._enqueue_many(
            [
                {
                    "document": document,
                    "operation": operation,
                    "connection": connection,
                    "request": {"name": document.name},
                }
                for document in documents
            ]
        )
        self._park(parked)
        return documents.ids

    @api.model
    def probe_jobs(self, channel, count, parked=False):
        """Jobs of queue_job alone that do nothing."""
        jobs = [
            delay.Job(
                self._job_nothing,
                channel=channel,
                max_retries=0,
                description="Nothing",
            )
            for _n in range(count)
        ]
        self.env["finance.sync.exchange"]._store_jobs(jobs)
        self._park(parked)

    @api.model
    def probe_webhook(self, key, secret):
        """Let a connection receive ``probe.in`` by webhooks signed with ``secret``."""
        connection = self.env["finance.sync.connection"].search([("key", "=", key)])
        rule = {"pattern": "*", "operation": "probe.in"}
        webhook = self.env["finance.sync.webhook"].create(
            {
                "connection_id": connection.id,
                "rate_per_second": 0,
                "rule_ids": [Command.create(rule)],
            }
        )
        webhook._add_secret(secret)

    @api.model
    def probe_events(self, count):
        """Record so many events, one after the other; the seconds it took."""
        company = self.env.company.id
        document = self.create({"name": "events", "company_id": company})
        events = self.env["finance.sync.event"]
        started = time.perf_counter()
        for number in range(count):
            events._record("probe.happened", document, data={"number": number})
        self.env.flush_all()
        return time.perf_counter() - started

    @api.model
    def probe_seal(self):
        """Seal what there is: how many events, and the seconds it took."""
        started = time.perf_counter()
        return self.env["finance.sync.seal"]._seal(), time.perf_counter() - started

    @api.model
    def probe_metrics_token(self):
        return self.env["finance.sync.metrics.token"].sudo()._issue("Bench")[1]

    @api.model
    def probe_fold(self):
        """Add up what was counted, as the cron does."""
        self.env["finance.sync.metric.tick"]._cron_roll_up()

    def _park(self, parked):
        if parked:
            jobs = self.env["queue.job"].sudo().search([("state", "=", "pending")])
            jobs.write({"state": "wait_dependencies"})

    def _job_nothing(self):
        """Do nothing."""
