from decimal import Decimal

from odoo import models
from odoo.addons.finance_sync.core.money import quantize
from odoo.addons.finance_sync_gate.models.gate_check import Facts


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = [
        "sale.order",
        "finance.sync.gate.document",
        "finance.sync.document.mixin",
    ]

    def _finance_sync_day(self):
        return self.date_order and self.date_order.date()

    def _finance_sync_gate_facts(self):
        company = self.company_id
        amount = Decimal(str(self.amount_total)) / Decimal(str(self.currency_rate or 1))
        return Facts(
            document=self,
            partner=self.partner_invoice_id.commercial_partner_id,
            company=company,
            amount=quantize(amount, company.currency_id.decimal_places),
        )

    def _finance_sync_gate_confirm(self, point):
        self.action_confirm()

    def _finance_sync_gate_is_over(self):
        return self.state not in ("draft", "sent")

    def action_confirm(self):
        """Ask before the order is confirmed."""
        asked = self.filtered(lambda order: order.state in ("draft", "sent"))
        asked._finance_sync_gate_pass("sale_confirm")
        return super().action_confirm()
