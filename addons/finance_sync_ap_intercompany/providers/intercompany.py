"""Our own companies, which are all in this database."""

from odoo.addons.finance_sync.core.registry import Resolution, register
from odoo.addons.finance_sync.providers.generic import Ping


@register("intercompany", "intercompany")
class IntercompanyAdapter:
    """There is no other side to call: what is handed over stays in here."""

    operations = {"connection.ping": Resolution.READ}

    def __init__(self, transport, config):
        """Neither is needed."""

    def ping(self):
        return Ping(True, True, "Both companies are in here; there is nothing to call.")
