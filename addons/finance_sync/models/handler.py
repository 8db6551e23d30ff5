from odoo import models


class Handler(models.AbstractModel):
    """What one operation does. Inherit it as ``finance.sync.handler.<operation>``."""

    _name = "finance.sync.handler"
    _description = "Finance Sync Handler"
