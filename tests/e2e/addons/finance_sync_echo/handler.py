from odoo import _, models
from odoo.exceptions import UserError


class EchoHandler(models.AbstractModel):
    """Writes a message's text below the customer that it is about."""

    _name = "finance.sync.handler.test.echo"
    _inherit = "finance.sync.handler"
    _description = "Echo"
    _inbound = True

    def _apply(self, exchange, answer):
        partner = self.env["res.partner"].search([("ref", "=", answer["customer"])])
        if not partner:
            raise UserError(_("There is no customer %s.") % answer["customer"])
        partner.comment = answer["text"]
