import base64
import binascii

from odoo import _, fields, models
from odoo.exceptions import UserError

from ..core.errors import ProviderError
from ..models.signing import signing_key


class PackageImport(models.TransientModel):
    """Read a configuration package of another database."""

    _name = "finance.sync.package.import"
    _description = "Import a Configuration Package"

    file = fields.Binary(required=True)
    file_name = fields.Char()
    note = fields.Text(string="Why", help="Approvers read it.")
    own_key = fields.Char(
        string="This Database's Key",
        compute="_compute_own_key",
        help="What other databases have to trust to take packages of this one.",
    )

    def _compute_own_key(self):
        for wizard in self:
            try:
                wizard.own_key = signing_key().public
            except ProviderError as error:
                wizard.own_key = error.message

    def action_import(self):
        self.ensure_one()
        packages = self.env["finance.sync.package"]
        packages._check_manager()
        try:
            text = base64.b64decode(self.file, validate=True)
        except (ValueError, binascii.Error) as error:
            raise UserError(_("The file could not be read.")) from error
        return packages._read_file(text, note=self.note)._open()
