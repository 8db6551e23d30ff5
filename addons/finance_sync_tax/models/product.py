from odoo import fields, models


class ProductCategory(models.Model):
    _inherit = "product.category"

    finance_sync_tax_category_id = fields.Many2one(
        "finance.sync.tax.category",
        string="Tax Category",
        ondelete="restrict",
        help="For the category's products that have none; empty: the parent's.",
    )

    def _finance_sync_tax_category(self):
        category = self
        while category:
            if category.finance_sync_tax_category_id:
                return category.finance_sync_tax_category_id
            category = category.parent_id
        return self.env["finance.sync.tax.category"]


class ProductTemplate(models.Model):
    _inherit = "product.template"

    finance_sync_tax_category_id = fields.Many2one(
        "finance.sync.tax.category",
        string="Tax Category",
        ondelete="restrict",
        help="What the product is to tax. Empty: its product category's.",
    )


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _finance_sync_tax_category(self):
        """The product's own tax category, or the nearest of its categories."""
        return (
            self.finance_sync_tax_category_id
            or self.categ_id._finance_sync_tax_category()
        )
