from odoo import api, fields, models


class TaxCategory(models.Model):
    """What a product is to tax: rates and certificates can be limited to it."""

    _name = "finance.sync.tax.category"
    _description = "Product Tax Category"
    _order = "code"
    _rec_names_search = ["code", "name"]
    _sql_constraints = [
        ("code_unique", "UNIQUE(code)", "Another category has this code already."),
    ]

    code = fields.Char(
        required=True,
        help="As rate files say it, “reduced” for example.",
    )
    name = fields.Char(required=True, translate=True)
    avatax_code = fields.Char(
        string="AvaTax Code", help="Avalara's tax code, “P0000000” for example."
    )
    description = fields.Text(translate=True)
    active = fields.Boolean(default=True)

    @api.model_create_multi
    def create(self, vals_list):
        categories = super().create(vals_list)
        self.env["finance.sync.tax.rate"]._clear_books()
        return categories

    def write(self, vals):
        result = super().write(vals)
        if "code" in vals:
            self.env["finance.sync.tax.rate"]._clear_books()
        return result
