from odoo import models


class ProbeOne(models.AbstractModel):
    _name = "finance.sync.handler.probe.one"
    _inherit = ["finance.sync.handler"]
    _description = "Probe, One by One"

    def _adapter_call(self, adapter, key, request):
        return adapter.send(key, request)

    def _adapter_lookup(self, adapter, key, request):
        return adapter.find(key)

    def _apply(self, exchange, answer):
        if answer:
            exchange.env[exchange.res_model].browse(exchange.res_id).booked += 1


class ProbeMany(models.AbstractModel):
    _name = "finance.sync.handler.probe.many"
    _inherit = ["finance.sync.handler.probe.one"]
    _description = "Probe, Many at Once"

    _batch_size = 200


class ProbeInbound(models.AbstractModel):
    _name = "finance.sync.handler.probe.in"
    _inherit = ["finance.sync.handler"]
    _description = "Probe, Inbound"

    _inbound = True

    def _apply(self, exchange, answer):
        document = exchange.env["finance.sync.probe.document"].browse(
            answer.get("document")
        )
        if document:
            document.booked += 1
            # A message may overtake the one before it.
            document.version = max(document.version, answer["version"])
