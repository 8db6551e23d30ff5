from odoo import api, fields, models

from ..compat import NO_ACCESS


class Connection(models.Model):
    _name = "finance.sync.connection"
    _inherit = ["finance.sync.connection", "finance.sync.kept.secret"]

    _kept_address = ("base_url",)
    _kept_beside = ("auth_user", "client_cert_ref", "client_key_ref")

    auth_user = fields.Char(string="User or Account", copy=False, tracking=True)
    secret_enc = fields.Char(copy=False, groups=NO_ACCESS)
    secret = fields.Char(
        compute="_compute_kept_secret",
        inverse="_inverse_kept_secret",
        copy=False,
        help="Password, licence key or token. Stored encrypted, shown to nobody.",
    )
    secret_ref = fields.Char(
        string="Secret Reference",
        copy=False,
        help="Instead of a stored secret: env:NAME or file:/path of the server.",
    )
    has_secret = fields.Boolean(compute="_compute_has_kept_secret")
    client_cert_ref = fields.Char(
        string="Client Certificate", copy=False, help="file:/path of the server."
    )
    client_key_ref = fields.Char(
        string="Client Key", copy=False, help="file:/path of the server."
    )

    @api.model
    def _rotate_secrets(self):
        """Encrypt all stored secrets with the newest key, so that old ones can go.

        Payloads and answers keep the key they were made with until they are erased.
        """
        self._rotate_kept_secrets()
