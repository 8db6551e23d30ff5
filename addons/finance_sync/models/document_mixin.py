from odoo import fields, models


class DocumentMixin(models.AbstractModel):
    _name = "finance.sync.document.mixin"
    _description = "Finance Sync Document"

    finance_sync_uuid = fields.Char(
        string="Sync UUID", copy=False, readonly=True, index=True
    )
    finance_sync_correlation_id = fields.Char(
        string="Correlation", copy=False, readonly=True, index=True
    )
    finance_sync_exchange_ids = fields.One2many(
        "finance.sync.exchange", compute="_compute_finance_sync_exchanges"
    )
    finance_sync_exchange_count = fields.Integer(
        compute="_compute_finance_sync_exchanges"
    )
    finance_sync_hold_ids = fields.One2many(
        "finance.sync.hold", compute="_compute_finance_sync_holds"
    )
    finance_sync_hold_count = fields.Integer(compute="_compute_finance_sync_holds")
    finance_sync_banner = fields.Html(compute="_compute_finance_sync_banner")
    finance_sync_banner_level = fields.Selection(
        [("info", "Information"), ("warning", "Warning"), ("danger", "Error")],
        compute="_compute_finance_sync_banner",
    )

    def _compute_finance_sync_exchanges(self):
        self.finance_sync_exchange_ids = False
        self.finance_sync_exchange_count = 0

    def _compute_finance_sync_holds(self):
        self.finance_sync_hold_ids = False
        self.finance_sync_hold_count = 0

    def _compute_finance_sync_banner(self):
        self.finance_sync_banner = False
        self.finance_sync_banner_level = False
