from odoo import fields, models


class VendorDiffer(models.TransientModel):
    """Say why two alike vendors are two."""

    _name = "finance.sync.vendor.differ"
    _description = "Vendors Are Not the Same"

    pair_ids = fields.Many2many(
        "finance.sync.vendor.pair", required=True, readonly=True
    )
    reason = fields.Text(required=True)

    def action_differ(self):
        self.ensure_one()
        self.pair_ids._differ(self.reason)
        return {"type": "ir.actions.act_window_close"}
