from odoo import api, fields, models
from odoo.addons.queue_job import delay


class Document(models.Model):
    _name = "finance.sync.probe.document"
    _inherit = ["finance.sync.document.mixin"]
    _description = "Probe Document"

    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True)
    booked = fields.Integer(readonly=True, help="How often an answer was booked.")

    @api.model
    def probe_send(self, key, operation, count):
        """New documents, and a message about each. Their ids."""
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
        return documents.ids

    @api.model
    def probe_jobs(self, channel, count, seconds=0):
        """Jobs of queue_job alone, which wait for so long and do nothing."""
        jobs = [
            delay.Job(
                self._job_nothing,
                kwargs={"seconds": seconds} if seconds else {},
                channel=channel,
                max_retries=0,
                description="Nothing",
            )
            for _n in range(count)
        ]
        self.env["finance.sync.exchange"]._store_jobs(jobs)

    def _job_nothing(self, seconds=0):
        if seconds:
            self.env.cr.execute("SELECT pg_sleep(%s)", [seconds])
