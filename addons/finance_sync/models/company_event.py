from odoo import models

LOCKS = (
    "period_lock_date",
    "fiscalyear_lock_date",
    "tax_lock_date",
    "sale_lock_date",
    "purchase_lock_date",
    "hard_lock_date",
)


class Company(models.Model):
    """A period that is closed is news to whoever reads the ledger."""

    _inherit = "res.company"

    def write(self, vals):
        locks = [name for name in LOCKS if name in vals and name in self._fields]
        before = {(company, name): company[name] for company in self for name in locks}
        result = super().write(vals)
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": "account.period.closed",
                    "record": company,
                    "data": {
                        "lock": name,
                        "until": company[name],
                        "before": earlier,
                    },
                }
                for (company, name), earlier in before.items()
                if company[name] and (not earlier or company[name] > earlier)
            ]
        )
        return result
