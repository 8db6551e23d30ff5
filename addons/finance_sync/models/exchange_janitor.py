from odoo import api, models

from ..core.errors import ConfigurationError
from .exchange_batch import DRAIN_KEY, LIVE, drain_key
from .exchange_enqueue import JOB_KEY

AT_ONCE = 1000


class Exchange(models.Model):
    """What keeps exchanges moving when nothing else does."""

    _inherit = "finance.sync.exchange"

    def init(self):
        result = super().init()
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS finance_sync_queue_job_key"
            " ON queue_job (identity_key) WHERE identity_key IS NOT NULL"
        )
        return result

    def _compute_job(self):
        own = {exchange: JOB_KEY + exchange.uuid for exchange in self}
        drains = {
            exchange: drain_key(*exchange._lane())
            for exchange in self
            if exchange.state == "pending"
        }
        # queue.job is readable by its own managers only.
        jobs = (
            self.env["queue.job"]
            .sudo()
            .search_fetch(
                [("identity_key", "in", [*own.values(), *set(drains.values())])],
                ["identity_key", "state", "eta"],
                order="date_created",
            )
        )
        newest = {job.identity_key: job for job in jobs}
        labels = dict(jobs._fields["state"]._description_selection(self.env))
        for exchange in self:
            job = newest.get(own[exchange]) or newest.get(drains.get(exchange))
            exchange.job_state = labels.get(job.state) if job else False
            exchange.job_eta = job.eta if job and job.state == "pending" else False

    @api.model
    def _cron_janitor(self):
        """Start a job for every exchange that waits for none.

        Its job may have failed, been cancelled or deleted, or its transaction may
        have been lost between two commits.
        """
        exchanges = self._without_job(self._live_connections())
        exchanges._runnable()._delay()

    def _runnable(self):
        """Of these, the ones whose job has a user to run as; else a person is told."""
        good = self.browse()
        for exchange in self.sudo():  # the cron serves all companies
            connection = exchange.connection_id
            try:
                connection._execution_user(exchange.company_id)
                good |= exchange
            except ConfigurationError as error:
                self.env["finance.sync.hold"]._raise(
                    "configuration", connection=connection, summary=error.message
                )
        return good.sudo(self.env.su)

    def _live_connections(self):
        # The cron serves all companies.
        connections = (
            self.env["finance.sync.connection"]
            .sudo()
            .search([("state", "=", "active")])
        )
        return connections.filtered(lambda c: c._is_live()[0])

    @api.model
    def _take_up(self, connections):
        """Go on with what waits for these connections, after they were paused."""
        live = connections.sudo().filtered(lambda c: c._is_live()[0])  # see activation
        self._without_job(live)._delay()

    def _without_job(self, connections):
        """Of these connections' pending exchanges, those that nothing will run.

        An exchange behind an unfinished one is woken by that one.
        """
        self.flush_model()
        self.env["queue.job"].flush_model()
        self.env.cr.execute(
            """
            SELECT x.id FROM finance_sync_exchange x
            WHERE x.state = 'pending' AND x.connection_id = ANY(%s)
                AND x.company_id IS NOT NULL
                AND NOT EXISTS (
                    SELECT FROM queue_job j
                    WHERE j.state = ANY(%s) AND j.identity_key IN (
                        %s || x.uuid,
                        concat_ws(':', %s, x.connection_id, x.operation, x.company_id)
                    )
                )
                AND NOT EXISTS (
                    SELECT FROM finance_sync_exchange earlier
                    WHERE earlier.document_uuid = x.document_uuid
                        AND earlier.direction = 'out' AND x.direction = 'out'
                        AND earlier.revision < x.revision
                        AND earlier.state IN ('pending', 'held')
                )
            ORDER BY x.id LIMIT %s
            """,
            [connections.ids, list(LIVE), JOB_KEY, DRAIN_KEY, AT_ONCE],
        )
        return self.browse([row[0] for row in self.env.cr.fetchall()])
