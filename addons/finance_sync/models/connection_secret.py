from odoo import api, fields, models

from odoo.fields import NO_ACCESS


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    auth_user = fields.Char(string="User or Account", copy=False, tracking=True)
    # Readable by nobody, not even by name in a domain or an export.
    secret_enc = fields.Char(copy=False, groups=NO_ACCESS)
    secret = fields.Char(
        compute="_compute_secret",
        inverse="_inverse_secret",
        copy=False,
        help="Password, licence key or token. Stored encrypted, shown to nobody.",
    )
    secret_ref = fields.Char(
        string="Secret Reference",
        copy=False,
        help="Instead of a stored secret: env:NAME or file:/path of the server.",
    )
    has_secret = fields.Boolean(compute="_compute_has_secret")
    client_cert_ref = fields.Char(
        string="Client Certificate", copy=False, help="file:/path of the server."
    )
    client_key_ref = fields.Char(
        string="Client Key", copy=False, help="file:/path of the server."
    )

    def _compute_secret(self):
        """Never shown again: what is written here is only kept encrypted."""
        self.secret = False

    def _inverse_secret(self):
        pass

    @api.depends("secret_enc", "secret_ref")
    def _compute_has_secret(self):
        for connection in self:
            stored = connection.sudo().secret_enc  # only whether there is one
            connection.has_secret = bool(stored or connection.secret_ref)
