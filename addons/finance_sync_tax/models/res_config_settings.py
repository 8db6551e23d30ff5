from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    finance_sync_tax_connection_id = fields.Many2one(
        related="company_id.finance_sync_tax_connection_id", readonly=False
    )
