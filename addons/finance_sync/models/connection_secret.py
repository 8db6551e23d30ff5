from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..compat import NO_ACCESS
from ..core.errors import ConfigurationError
from ..core.secrets import resolve_reference
from .vault import secret_box


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    auth_user = fields.Char(string="User or Account", copy=False, tracking=True)
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
        """Never shown again: what is entered is only kept encrypted."""
        self.secret = False

    def _inverse_secret(self):
        """Nothing: ``create`` and ``write`` take the secret before it is cached."""

    @api.depends("secret_enc", "secret_ref")
    def _compute_has_secret(self):
        for connection in self:
            stored = connection.sudo().secret_enc  # only whether there is one
            connection.has_secret = bool(stored or connection.secret_ref)

    @api.model_create_multi
    def create(self, vals_list):
        secrets = [vals.get("secret") for vals in vals_list]
        connections = super().create(
            [{k: v for k, v in vals.items() if k != "secret"} for vals in vals_list]
        )
        for connection, secret in zip(connections, secrets, strict=True):
            connection._store_secret(secret)
        return connections

    def write(self, vals):
        """Store a new secret; drop the old one when the address changes.

        Whoever may change the address must not be able to have the stored secret
        sent there. An empty secret means that none was entered.
        """
        secret = vals.get("secret")
        vals = {k: v for k, v in vals.items() if k != "secret"}
        moved = self.filtered(
            lambda c: (
                "base_url" in vals and (vals["base_url"] or "") != (c.base_url or "")
            )
        )
        result = super().write(vals)
        moved._blank_secrets(vals)
        self._store_secret(secret)
        return result

    def _store_secret(self, secret):
        if not secret:
            return
        try:
            token = secret_box().encrypt(secret.strip())
        except ConfigurationError as error:
            raise UserError(error.message) from error
        # Nobody may read or write the column itself; who writes the connection may
        # set the secret, which the ORM has checked by now.
        self.sudo().write({"secret_enc": token})

    def _blank_secrets(self, given=()):
        names = ("auth_user", "secret_ref", "client_cert_ref", "client_key_ref")
        blank = {name: False for name in names if name not in given}
        if self:
            self.sudo().write({**blank, "secret_enc": False})  # see _store_secret

    def _secret(self):
        """The secret in clear, for the transport only.

        :raises ConfigurationError: it cannot be decrypted or the reference fails
        """
        self.ensure_one()
        if self.secret_ref:
            return resolve_reference(self.secret_ref)
        stored = self.sudo().secret_enc  # readable by nobody else
        return secret_box().decrypt(stored) if stored else ""

    @api.model
    def _rotate_secrets(self):
        """Encrypt all stored secrets with the newest key, so that old ones can go.

        Payloads and answers keep the key they were made with until they are erased.
        """
        box = secret_box()
        # Secrets of all companies; nobody else may touch the column.
        for connection in (
            self.sudo()
            .with_context(active_test=False)
            .search([("secret_enc", "!=", False)])
        ):
            connection.secret_enc = box.rotate(connection.secret_enc)

    @api.constrains("secret_ref")
    def _check_secret_ref(self):
        for connection in self.filtered("secret_ref"):
            scheme = connection.secret_ref.partition(":")[0]
            if scheme not in ("env", "file"):
                raise UserError(_("A secret reference reads env:NAME or file:/path."))
