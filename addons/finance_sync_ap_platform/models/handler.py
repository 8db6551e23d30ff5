from odoo import _, fields, models
from odoo.addons.finance_sync.core.errors import ContractError
from odoo.addons.finance_sync.core.masking import AllowList
from odoo.addons.finance_sync.core.money import to_decimal

from ..core.platform import PaymentReport, StatusReport


class InvoiceHandler(models.AbstractModel):
    _inherit = "finance.sync.handler.ap.invoice"
    _late_codes = ("ap_late", "ap_paid")

    def _hold_code(self, error):
        return "ap_paid" if error.code == "ap_paid" else super()._hold_code(error)

    def _apply(self, exchange, answer):
        _check_readable(answer, "bad_bill")
        return super()._apply(exchange, answer)


class RecordHandler(models.AbstractModel):
    """Vendors, and what inherits from them: orders and receipts."""

    _inherit = "finance.sync.handler.ap.vendor"

    def _apply(self, exchange, answer):
        _check_readable(answer, f"bad_{self._record}")
        return super()._apply(exchange, answer)


class NoticeHandler(models.AbstractModel):
    """The platform says that something has changed: it is read at once."""

    _name = "finance.sync.handler.ap.changed"
    _inherit = "finance.sync.handler"
    _description = "Read a Bill Platform"
    _inbound = True
    _allowed = AllowList("company", "type", "timestamp")

    def _operation_label(self):
        return _("Bills have changed")

    def _apply(self, exchange, answer):
        polls = exchange.sudo().connection_id._polls()  # the engine's own bookkeeping
        polls.filtered(lambda poll: poll.company_id == exchange.company_id)._start()


class AcknowledgeHandler(models.AbstractModel):
    _name = "finance.sync.handler.ap.acknowledge"
    _inherit = "finance.sync.handler"
    _description = "Acknowledge a Bill"

    def _operation_label(self):
        return _("Acknowledge bill")

    def _adapter_call(self, adapter, key, request):
        receipt = adapter.acknowledge(
            request["external_id"], request.get("stage") or "", key=key
        )
        return {"external_ref": receipt.reference}


class StatusHandler(models.AbstractModel):
    _name = "finance.sync.handler.ap.status"
    _inherit = "finance.sync.handler"
    _description = "Report a Bill's Status"

    def _operation_label(self):
        return _("Report status of bill")

    def _adapter_call(self, adapter, key, request):
        report = StatusReport(
            external_id=request["external_id"],
            state=request["state"],
            peppol=request.get("peppol") or "",
            voucher=request.get("voucher") or "",
            reason=request.get("reason") or "",
            date=fields.Date.to_date(request.get("date")) or None,
            blocked=bool(request.get("blocked")),
        )
        return {"external_ref": adapter.report_status(report, key=key).reference}


class PaymentHandler(models.AbstractModel):
    _name = "finance.sync.handler.ap.payment"
    _inherit = "finance.sync.handler"
    _description = "Report a Bill's Payment"

    def _operation_label(self):
        return _("Report payment of bill")

    def _supersedes(self, operation):
        # Each says what is paid in all.
        return ("ap.payment",)

    def _adapter_call(self, adapter, key, request):
        report = PaymentReport(
            external_id=request["external_id"],
            state=request["state"],
            paid=to_decimal(request["paid"]),
            total=to_decimal(request["total"]),
            currency=request["currency"],
            peppol=request.get("peppol") or "",
            date=fields.Date.to_date(request.get("date")) or None,
            reference=request.get("reference") or "",
        )
        return {"external_ref": adapter.report_payment(report, key=key).reference}


def _check_readable(message, code):
    """:raises ContractError: it could not even be put into the contract's terms"""
    if message.get("problem"):
        raise ContractError(str(message["problem"])[:500], code=code)
