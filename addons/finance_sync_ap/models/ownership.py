from odoo import _, api, models


class OwnershipRule(models.Model):
    """Accounts and purchase orders have owners as well."""

    _inherit = "finance.sync.ownership.rule"

    @api.model
    def _subjects(self):
        return {
            **super()._subjects(),
            "account": ("account.account", ("code", "name")),
            "order": (
                "purchase.order",
                ("partner_id", "currency_id", "order_line", "date_planned"),
            ),
        }

    @api.model
    def _subject_labels(self):
        return {
            **super()._subject_labels(),
            "account": _("Account"),
            "order": _("Purchase Order"),
        }


class Account(models.Model):
    _name = "account.account"
    _inherit = ["account.account", "finance.sync.owned.mixin"]


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = ["purchase.order", "finance.sync.owned.mixin"]
