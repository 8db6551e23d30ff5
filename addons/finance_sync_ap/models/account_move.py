from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    finance_sync_bill_id = fields.Many2one(
        "finance.sync.bill",
        string="Received Bill",
        readonly=True,
        copy=False,
        index=True,
        ondelete="set null",
    )

    def action_finance_sync_open_bill(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "finance.sync.bill",
            "res_id": self.finance_sync_bill_id.id,
            "views": [(False, "form")],
        }

    def _find_and_set_purchase_orders(self, *args, **kwargs):
        """Core links an order by vendor and total alone; received bills are matched."""
        if self.finance_sync_bill_id:
            return None
        return super()._find_and_set_purchase_orders(*args, **kwargs)
