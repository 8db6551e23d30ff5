from odoo import fields, models


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    provider = fields.Selection(
        selection_add=[("probe", "Probe")], ondelete={"probe": "cascade"}
    )

    def _provider_kinds(self):
        return {**super()._provider_kinds(), "probe": "probe"}
