"""What the tests of working on holds share."""

from odoo import Command

from .common import FinanceSyncCase


class HoldCase(FinanceSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.holds = cls.env["finance.sync.hold"]
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Mornings",
                "tz": "UTC",
                "company_id": False,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Morning",
                            "dayofweek": str(day),
                            "hour_from": 8,
                            "hour_to": 12,
                            "day_period": "morning",
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        for company in cls.companies:
            company.finance_sync_calendar_id = cls.calendar

    def setUp(self):
        super().setUp()
        self.connection = self.make_connection(base_url="http://127.0.0.1:9")

    def raise_hold(self, code="rejected", company=None, **values):
        values.setdefault("summary", "Something waits.")
        values.setdefault("subject", f"{code}-{self.holds.search_count([])}")
        return self.holds._raise(
            code,
            connection=self.connection,
            company=company or self.company_us,
            **values,
        )

    def open_since(self, hold, moment):
        """As if it had been opened then; the ORM does not write that."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_sync_hold SET create_date = %s WHERE id = %s",
            [moment, hold.id],
        )
        hold.invalidate_recordset(["create_date"])

    def events(self, hold, what):
        return self.env["finance.sync.event"].search(
            [
                ("type", "=", f"finance_sync.hold.{what}"),
                ("subject", "=", f"finance.sync.hold,{hold.id}"),
            ]
        )
