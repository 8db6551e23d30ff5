import logging
import time

import psycopg2
from odoo import api, models

from ..core.metrics import Metric, expose
from .metric_sources import business_metrics, technical_metrics

_logger = logging.getLogger(__name__)

# Milliseconds for one query: a scrape that hangs is worse than one figure less.
QUERY_TIMEOUT = 3000
_DURATION = Metric(
    "finance_sync_scrape_duration_seconds",
    "gauge",
    "Time that reading all figures took.",
    "",
)
_UP = Metric(
    "finance_sync_scrape_source_up",
    "gauge",
    "Whether the query of a figure worked in this scrape.",
    "",
    ("source",),
)


class FinanceSyncMetric(models.AbstractModel):
    """What monitoring scrapes. Addons add figures by extending `_metric_sources`."""

    _name = "finance.sync.metric"
    _description = "Finance Sync Metric"

    @api.model
    def _metric_sources(self):
        """``Metric`` objects, each with its query. Of all companies.

        Their cost must not grow with what is finished: read totals, or rows that a
        partial index of open ones finds.
        """
        return [*technical_metrics(), *business_metrics()]

    @api.model
    def _scrape(self, accept=""):
        """(body, content type) with the present values of all figures."""
        return expose(self._figures(), accept)

    @api.model
    def _figures(self):
        """[(Metric, rows)]. A query that fails leaves its figure out, and says so."""
        started = time.monotonic()
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL statement_timeout = %s", [QUERY_TIMEOUT])
        figures, states, answers = [], [], {}
        for metric in self._metric_sources():
            if metric.sql not in answers:
                answers[metric.sql] = self._rows(metric)
            rows = answers[metric.sql]
            states.append((metric.name, rows is not None))
            if rows is not None:
                figures.append((metric, rows))
        self.env.cr.execute("SET LOCAL statement_timeout = 0")
        figures.append((_UP, states))
        figures.append((_DURATION, [(time.monotonic() - started,)]))
        return figures

    def _rows(self, metric):
        cr = self.env.cr
        try:
            with cr.savepoint(flush=False):
                cr.execute(metric.sql)
                return cr.fetchall()
        except psycopg2.Error as error:
            _logger.warning("No value for %s: %s", metric.name, error.pgcode)
            return None
