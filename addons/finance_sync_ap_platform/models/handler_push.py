from odoo import _, fields, models
from odoo.addons.finance_sync.core.canonical import digest
from odoo.addons.finance_sync.core.money import to_decimal

from ..core.platform import Account, Order, OrderLine, Vendor


class PushHandler(models.AbstractModel):
    """Tell a platform of one record, whole: the newest says it all."""

    _name = "finance.sync.ap.push.handler"
    _inherit = "finance.sync.handler"
    _description = "Tell a Platform of a Record"
    _batch_size = 20
    _requests_per_call = 6

    def _supersedes(self, operation):
        return (operation,)

    def _told(self, exchange):
        # The engine's own bookkeeping.
        told = self.env["finance.sync.ap.told"].sudo()
        return told.browse(exchange.res_id).exists()

    def _apply(self, exchange, answer):
        told = self._told(exchange)
        request = exchange._payload()
        request.pop("before", None)
        # A newer change is on its way otherwise.
        newest = told.digest == digest([request])
        told.write(
            {
                "told_at": fields.Datetime.now(),
                **({"state": "told"} if newest else {}),
            }
        )

    def _on_held(self, exchange, hold):
        result = super()._on_held(exchange, hold)
        self._told(exchange).write({"state": "held"})
        return result

    def _on_cancelled(self, exchange):
        result = super()._on_cancelled(exchange)
        given_up = _("Given up by a person; sent again with its next change.")
        self._told(exchange).write(
            {"state": "left_out", "digest": False, "problem": given_up}
        )
        return result


class PushVendorHandler(models.AbstractModel):
    _name = "finance.sync.handler.ap.push.vendor"
    _inherit = "finance.sync.ap.push.handler"
    _description = "Tell a Platform of a Vendor"

    def _operation_label(self):
        return _("Tell of vendor")

    def _adapter_call(self, adapter, key, request):
        vendors = [
            Vendor(
                code=request["code"],
                companies=tuple(request["companies"]),
                name=request.get("name"),
                vat=request.get("vat"),
                country=request.get("country"),
                active=request.get("active"),
            )
        ]
        if request.get("before"):
            vendors.append(
                Vendor(
                    code=request["before"],
                    name=None,
                    companies=tuple(request["companies"]),
                    active=False,
                )
            )
        return {"external_ref": adapter.push_vendors(tuple(vendors), key=key).reference}


class PushAccountHandler(models.AbstractModel):
    _name = "finance.sync.handler.ap.push.account"
    _inherit = "finance.sync.ap.push.handler"
    _description = "Tell a Platform of an Account"

    def _operation_label(self):
        return _("Tell of account")

    def _adapter_call(self, adapter, key, request):
        accounts = [
            Account(
                code=request["code"],
                companies=tuple(request["companies"]),
                name=request.get("name"),
                active=request["active"],
            )
        ]
        if request.get("before"):
            accounts.append(
                Account(
                    code=request["before"],
                    name=None,
                    companies=tuple(request["companies"]),
                    active=False,
                )
            )
        receipt = adapter.push_accounts(tuple(accounts), key=key)
        return {"external_ref": receipt.reference}


class PushOrderHandler(models.AbstractModel):
    _name = "finance.sync.handler.ap.push.order"
    _inherit = "finance.sync.ap.push.handler"
    _description = "Tell a Platform of a Purchase Order"

    def _operation_label(self):
        return _("Tell of purchase order")

    def _adapter_call(self, adapter, key, request):
        order = Order(
            number=request["number"],
            company=request["company"],
            vendor=request["vendor"],
            currency=request["currency"],
            closed=request["closed"],
            lines=tuple(
                OrderLine(
                    ref=line["ref"],
                    name=line["name"],
                    quantity=to_decimal(line["quantity"]),
                    unit=line["unit"],
                    price=to_decimal(line["price"]),
                    received=to_decimal(line["received"]),
                    item=line["item"],
                )
                for line in request["lines"]
            ),
        )
        return {"external_ref": adapter.push_orders((order,), key=key).reference}
