from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    finance_sync_tax_connection_id = fields.Many2one(
        "finance.sync.connection",
        string="Tax Engine",
        domain="[('kind', '=', 'tax'), ('company_ids', 'in', id)]",
        ondelete="restrict",
        help="Determines the tax of customer invoices and credit notes, unless their "
        "fiscal position names another or none.",
    )
    finance_sync_tax_waiting_count = fields.Integer(
        compute="_compute_finance_sync_tax_waiting_count",
        help="Invoices that wait for their tax: the close counts them.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "finance_sync_tax_connection_id" in vals:
            self.env["account.move"]._finance_sync_tax_rebegin(
                [("company_id", "child_of", self.ids)]
            )
        return result

    def _finance_sync_tax_connection(self):
        """The company's tax connection, or the one of the nearest parent."""
        company = self.sudo()  # a branch's user need not see its parents
        while company:
            if company.finance_sync_tax_connection_id:
                return company.finance_sync_tax_connection_id
            company = company.parent_id
        return self.env["finance.sync.connection"].sudo()

    def _compute_finance_sync_tax_waiting_count(self):
        counts = dict(
            self.env["account.move"]
            .sudo()  # a count of the whole company
            ._read_group(
                [
                    ("company_id", "in", self.ids),
                    ("finance_sync_tax_state", "=", "waiting"),
                ],
                ["company_id"],
                ["__count"],
            )
        )
        for company in self:
            company.finance_sync_tax_waiting_count = counts.get(company.sudo(), 0)
