from odoo import fields, models


class AccountFiscalPosition(models.Model):
    _inherit = "account.fiscal.position"

    finance_sync_tax_connection_id = fields.Many2one(
        "finance.sync.connection",
        string="Tax Engine",
        domain="[('kind', '=', 'tax'), ('company_ids', 'in', company_id)]",
        ondelete="restrict",
        help="Determines the tax of customer invoices and credit notes under this "
        "fiscal position. Empty: the company's engine.",
    )
    finance_sync_tax_excluded = fields.Boolean(
        string="No Tax Engine",
        help="Documents under this fiscal position keep Odoo's own taxes.",
    )

    def write(self, vals):
        result = super().write(vals)
        if {
            "finance_sync_tax_connection_id",
            "finance_sync_tax_excluded",
        } & vals.keys():
            self.env["account.move"]._finance_sync_tax_rebegin(
                [("fiscal_position_id", "in", self.ids)]
            )
        return result
