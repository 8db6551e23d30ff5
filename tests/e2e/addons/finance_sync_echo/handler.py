from odoo import _, models
from odoo.exceptions import UserError


class EchoHandler(models.AbstractModel):
    """Writes a message's text below the customer that it is about.

    A ``unit`` is named as the mapping of units says.
    """

    _name = "finance.sync.handler.test.echo"
    _inherit = "finance.sync.handler"
    _description = "Echo"
    _inbound = True

    def _apply(self, exchange, answer):
        partner = self.env["res.partner"].search([("ref", "=", answer["customer"])])
        if not partner:
            raise UserError(_("There is no customer %s.") % answer["customer"])
        text, code = answer["text"], answer.get("unit")
        if code:
            text += f" in {exchange._map('unit', [code])[code].name}"
        partner.comment = text
