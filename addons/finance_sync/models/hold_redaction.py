from odoo import api, models

from ..core.sensitive import shorten_in


class Hold(models.Model):
    """What other systems say about a document may quote bank details and tax ids."""

    _inherit = "finance.sync.hold"

    @api.model
    def _raise(self, code, *, summary, **about):
        return super()._raise(code, summary=shorten_in(summary or ""), **about)
