from odoo import models
from odoo.addons.finance_sync.core.metrics import Metric

# State → what it means to a controller. The others need nobody.
OPEN_STATES = ("todo", "stale", "waiting", "error")
_OPEN = (
    "FROM account_move m WHERE m.finance_sync_tax_state IN"
    " ('todo', 'stale', 'waiting', 'error')"
)


class FinanceSyncMetric(models.AbstractModel):
    _inherit = "finance.sync.metric"

    # pylint: disable=sql-injection
    # Of the names below alone.
    def init(self):
        result = super().init()
        for name, columns, condition in (
            (
                "account_move_finance_sync_tax_open",
                "finance_sync_tax_state, company_id",
                f"finance_sync_tax_state IN {OPEN_STATES}",
            ),
            (
                "account_move_finance_sync_tax_estimated",
                "company_id",
                "finance_sync_tax_estimated",
            ),
        ):
            self.env.cr.execute(
                f"CREATE INDEX IF NOT EXISTS {name} ON account_move ({columns})"
                f" WHERE {condition}"
            )
        return result

    def _metric_sources(self):
        return [*super()._metric_sources(), *_tax_metrics()]


def _tax_metrics():
    company = ("company",)
    return [
        Metric(
            "finance_sync_tax_documents",
            "gauge",
            "Documents whose tax is to be determined (todo), was but not for what "
            "they are now (stale), waits for the engine (waiting) or failed (error).",
            f"SELECT m.finance_sync_tax_state, m.company_id, count(*) {_OPEN}"
            " GROUP BY 1, 2",
            ("state", "company"),
        ),
        Metric(
            "finance_sync_tax_waiting_amount",
            "gauge",
            "Totals of documents that wait for the engine, in company currency.",
            "SELECT m.company_id, u.name, sum(abs(m.amount_total_signed))"
            " FROM account_move m JOIN res_company c ON c.id = m.company_id"
            " JOIN res_currency u ON u.id = c.currency_id"
            " WHERE m.finance_sync_tax_state = 'waiting' GROUP BY 1, 2",
            ("company", "currency"),
        ),
        Metric(
            "finance_sync_tax_waiting_oldest_seconds",
            "gauge",
            "How long the oldest of them has waited.",
            "SELECT h.company_id, extract(epoch FROM now() AT TIME ZONE 'UTC'"
            " - min(h.create_date))::float8 FROM finance_sync_hold h"
            " WHERE h.state = 'open' AND h.code = 'tax_outage_waiting' GROUP BY 1",
            company,
        ),
        Metric(
            "finance_sync_tax_estimated_documents",
            "gauge",
            "Documents with an estimated tax that the engine has not confirmed.",
            "SELECT m.company_id, count(*) FROM account_move m"
            " WHERE m.finance_sync_tax_estimated"
            " AND m.finance_sync_tax_state NOT IN ('committed', 'voided')"
            " AND m.state <> 'cancel' GROUP BY 1",
            company,
        ),
    ]
