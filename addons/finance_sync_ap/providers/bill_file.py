"""Bill files that people bring: uploaded, or sent by mail."""

from odoo.addons.finance_sync.core.registry import Resolution, register
from odoo.addons.finance_sync.providers.generic import Ping

from ..core.scan import about


@register("bill_file", "bill_file")
class BillFileAdapter:
    """There is no other side to call: what comes in is all."""

    operations = {"connection.ping": Resolution.READ}

    def __init__(self, transport, config):
        """Neither is needed."""

    def ping(self):
        where = "Files are taken in here; there is nothing to call."
        return Ping(True, True, f"{where} {about()}")
