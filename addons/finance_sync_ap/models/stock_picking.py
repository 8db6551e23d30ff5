from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        result = super()._action_done()
        orders = self.move_ids.purchase_line_id.order_id
        if orders:
            self.env["finance.sync.bill"]._rematch_waiting(orders)
            self.env["finance.sync.ap.received"]._stock_moved(orders)
        return result
