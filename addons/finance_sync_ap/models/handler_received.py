from odoo import _, models
from odoo.addons.finance_sync.core.masking import AllowList


class VendorHandler(models.AbstractModel):
    """Take a vendor in: ``{"company", "vendor": {…}}``, or ``"void": true``."""

    _name = "finance.sync.handler.ap.vendor"
    _inherit = "finance.sync.handler"
    _description = "Receive a Vendor"
    _inbound = True
    # What it is called in the message, and kept as.
    _record = "vendor"
    # Neither names nor addresses.
    _allowed = AllowList("company", "void", "vendor.code", "vendor.country")

    def _operation_label(self):
        return _("Receive vendor")

    def _hold_code(self, error):
        return "ap_record" if error.code == "ap_record" else super()._hold_code(error)

    def _apply(self, exchange, answer):
        self.env["finance.sync.ap.received"]._receive(exchange, self._record, answer)


class OrderHandler(models.AbstractModel):
    """Take an order in: ``{"company", "order": {…, "lines": […]}}``, or void it."""

    _name = "finance.sync.handler.ap.order"
    _inherit = "finance.sync.handler.ap.vendor"
    _description = "Receive a Purchase Order"
    _record = "order"
    _allowed = AllowList(
        "company",
        "void",
        "order.number",
        "order.date",
        "order.currency",
        "order.vendor_code",
        "order.lines.ref",
        "order.lines.item",
        "order.lines.quantity",
        "order.lines.unit",
        "order.lines.price",
    )

    def _operation_label(self):
        return _("Receive purchase order")


class ReceiptHandler(models.AbstractModel):
    """Take a receipt in: ``{"company", "receipt": {"order", "lines"}}``, or void it."""

    _name = "finance.sync.handler.ap.receipt"
    _inherit = "finance.sync.handler.ap.vendor"
    _description = "Receive a Goods Receipt"
    _record = "receipt"
    _allowed = AllowList("company", "void", "receipt.**")

    def _operation_label(self):
        return _("Receive goods receipt")
