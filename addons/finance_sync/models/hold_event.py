from decimal import Decimal

from odoo import models

PREFIX = "finance_sync.hold."


class Hold(models.Model):
    """What happened to holds, for the audit chain and for subscribers outside."""

    _inherit = "finance.sync.hold"

    def _tell(self, what, **data):
        """One event ``finance_sync.hold.<what>`` for each of these, by one statement.

        :param data: what the type's fields say beside code and amount
        """
        self.env["finance.sync.event"]._record_many(
            [
                {
                    "type": PREFIX + what,
                    "record": hold,
                    "data": {**hold._event_data(), **data},
                }
                for hold in self.sudo()  # whoever acts has been checked by the action
            ]
        )

    def _event_data(self):
        amount = None
        if self.currency_id:
            places = self.currency_id.decimal_places
            amount = Decimal(f"{self.amount:.{places}f}")
        return {
            "code": self.code,
            "severity": self.severity,
            "blocking": self.blocking,
            "amount": amount,
            "currency": self.currency_id.name or None,
            "document": self.document_uuid or None,
        }
