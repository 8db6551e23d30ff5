import base64
import binascii

from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError

LARGEST = 200_000_000


class GateListImport(models.TransientModel):
    """Load the newest version of a published list."""

    _name = "finance.sync.gate.list.import"
    _description = "Load a Screening List"

    list_id = fields.Many2one(
        "finance.sync.gate.list", required=True, ondelete="cascade"
    )
    shape = fields.Selection(related="list_id.shape")
    source_url = fields.Char(related="list_id.source_url")
    file = fields.Binary(required=True)
    file_name = fields.Char()
    source_date = fields.Date(
        string="Published on",
        required=True,
        default=fields.Date.context_today,
        help="As the publisher says, not the day of the download.",
    )

    def action_load(self):
        self.ensure_one()
        if not self.env.user.has_group("finance_sync.group_manager"):
            raise AccessError(_("Only a Finance Sync manager may do this."))
        if self.source_date > fields.Date.context_today(self):
            raise UserError(_("A list of the future has not been published."))
        try:
            content = base64.b64decode(self.file, validate=True)
        except (ValueError, binascii.Error) as error:
            raise UserError(_("The file could not be read.")) from error
        if len(content) > LARGEST:
            raise UserError(_("The file is larger than %s bytes.", LARGEST))
        version = self.env["finance.sync.gate.list.version"]._make(
            self.list_id, content, self.source_date
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": version._name,
            "res_id": version.id,
            "view_mode": "form",
        }
