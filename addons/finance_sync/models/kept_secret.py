from odoo import _, api, models
from odoo.exceptions import UserError

from ..core.errors import ConfigurationError
from ..core.secrets import resolve_reference
from .vault import secret_box


class KeptSecret(models.AbstractModel):
    """A secret that is entered and never shown again.

    A model names it in ``_kept_field`` and declares four fields: the name itself (what
    is entered), with ``_enc`` (stored encrypted, readable by nobody), with ``_ref``
    (instead of it, where the server finds it), and with ``has_`` before it.
    """

    _name = "finance.sync.kept.secret"
    _description = "Finance Sync Kept Secret"

    _kept_field = "secret"
    # Whoever may change the address must not have the secret sent there: it is dropped,
    # and the credentials beside it.
    _kept_address = ()
    _kept_beside = ("auth_user",)

    def _compute_kept_secret(self):
        """Never shown again: what is entered is only kept encrypted."""
        self[self._kept_field] = False

    def _inverse_kept_secret(self):
        """Nothing: ``create`` and ``write`` take the secret before it is cached."""

    @api.depends(lambda self: (f"{self._kept_field}_enc", f"{self._kept_field}_ref"))
    def _compute_has_kept_secret(self):
        name = self._kept_field
        for record in self:
            stored = record.sudo()[f"{name}_enc"]  # only whether there is one
            record[f"has_{name}"] = bool(stored or record[f"{name}_ref"])

    @api.model_create_multi
    def create(self, vals_list):
        name = self._kept_field
        secrets = [vals.get(name) for vals in vals_list]
        records = super().create(
            [{k: v for k, v in vals.items() if k != name} for vals in vals_list]
        )
        for record, secret in zip(records, secrets, strict=True):
            record._keep_secret(secret)
        return records

    def write(self, vals):
        """Store a new secret; drop the old one when the address changes.

        An empty secret means that none was entered.
        """
        name = self._kept_field
        secret = vals.get(name)
        vals = {k: v for k, v in vals.items() if k != name}
        address = [field for field in self._kept_address if field in vals]
        moved = self.filtered(
            lambda record: any(
                (record[f] or False) != (vals[f] or False) for f in address
            )
        )
        result = super().write(vals)
        if moved:
            moved._drop_credentials(vals)
        self._keep_secret(secret)
        return result

    def _keep_secret(self, secret):
        if not secret:
            return
        try:
            token = secret_box().encrypt(secret.strip())
        except ConfigurationError as error:
            raise UserError(error.message) from error
        # Nobody may read or write the column itself; who writes the record may set the
        # secret, which the ORM has checked by now.
        self.sudo().write({f"{self._kept_field}_enc": token})

    def _drop_credentials(self, given=()):
        """Forget secret and credentials, except those in ``given``."""
        names = (*self._kept_beside, f"{self._kept_field}_ref")
        blank = {name: False for name in names if name not in given}
        # See _keep_secret; whoever may write the address causes it.
        self.sudo().write({**blank, f"{self._kept_field}_enc": False})

    def _secret(self):
        """The secret in clear, for the transport only.

        :raises ConfigurationError: it cannot be decrypted or the reference fails
        """
        self.ensure_one()
        reference = self[f"{self._kept_field}_ref"]
        if reference:
            return resolve_reference(reference)
        stored = self.sudo()[f"{self._kept_field}_enc"]  # readable by nobody else
        return secret_box().decrypt(stored) if stored else ""

    @api.model
    def _rotate_kept_secrets(self):
        """Encrypt the stored secrets of all companies with the newest key."""
        column = f"{self._kept_field}_enc"
        box = secret_box()
        every = self.sudo().with_context(active_test=False)  # see _keep_secret
        for record in every.search([(column, "!=", False)]):
            record[column] = box.rotate(record[column])

    @api.constrains(lambda self: (f"{self._kept_field}_ref",))
    def _check_secret_reference(self):
        for record in self:
            reference = record[f"{self._kept_field}_ref"]
            if reference and reference.partition(":")[0] not in ("env", "file"):
                raise UserError(_("A secret reference reads env:NAME or file:/path."))
