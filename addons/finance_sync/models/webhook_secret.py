import hashlib
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..compat import NO_ACCESS, check_access
from ..core.errors import ConfigurationError
from .vault import secret_box

OVERLAP_HOURS = 24.0
LONGEST_OVERLAP = 24.0 * 30


class WebhookSecret(models.Model):
    """One secret that messages are signed with. Several count at a time."""

    _name = "finance.sync.webhook.secret"
    _description = "Finance Sync Webhook Secret"
    _order = "id desc"
    _rec_name = "mark"

    webhook_id = fields.Many2one(
        "finance.sync.webhook", readonly=True, ondelete="cascade", index=True
    )
    subscription_id = fields.Many2one(
        "finance.sync.subscription", readonly=True, ondelete="cascade", index=True
    )
    mark = fields.Char(
        readonly=True,
        help="Tells secrets apart without showing them: the beginning of its digest.",
    )
    secret_enc = fields.Char(required=True, copy=False, groups=NO_ACCESS)
    created_by = fields.Many2one("res.users", readonly=True)
    created_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    expires_at = fields.Datetime(
        string="Valid until", readonly=True, help="Empty: until it is replaced."
    )
    state = fields.Selection(
        [("valid", "Valid"), ("expiring", "Runs out"), ("expired", "Expired")],
        compute="_compute_state",
    )

    @api.depends("expires_at")
    def _compute_state(self):
        now = fields.Datetime.now()
        for secret in self:
            if not secret.expires_at:
                secret.state = "valid"
            else:
                secret.state = "expired" if secret.expires_at <= now else "expiring"

    def _owner(self):
        self.ensure_one()
        return self.webhook_id or self.subscription_id

    def _valid(self):
        """Newest first."""
        now = fields.Datetime.now()
        return self.filtered(lambda s: not s.expires_at or s.expires_at > now).sorted(
            "id", reverse=True
        )

    def _values(self):
        """In clear, for signing only.

        :raises ConfigurationError: none of our keys made one of them
        """
        box = secret_box()
        # The column is readable by nobody.
        return [box.decrypt(secret.sudo().secret_enc) for secret in self._valid()]

    def _expire_now(self):
        now = fields.Datetime.now()
        # Rows change through actions only, which have checked the user.
        self.sudo().filtered(lambda s: not s.expires_at or s.expires_at > now).write(
            {"expires_at": now}
        )

    def action_revoke(self):
        """From now on it counts no more, whoever still signs with it."""
        for secret in self:
            secret._owner()._check_secret_rights()
        self._expire_now()
        for secret in self:
            secret._owner()._secret_changed("revoked", secret)
        return True


class WebhookSecretMixin(models.AbstractModel):
    """What has secrets: a webhook that we take, a subscription that we serve."""

    _name = "finance.sync.webhook.secret.mixin"
    _description = "Finance Sync Webhook Secrets"

    has_secret = fields.Boolean(compute="_compute_has_secret")

    def _compute_has_secret(self):
        for record in self:
            # Whether there is one may be known by whoever sees its owner.
            record.has_secret = bool(record.sudo().secret_ids._valid())

    def _check_secret_rights(self):
        if not (self.env.su or self.env.user.has_group("finance_sync.group_manager")):
            raise AccessError(_("Only a Finance Sync manager may do this."))
        check_access(self, "write")

    def _check_secret_value(self, value):
        """:raises ConfigurationError: not usable"""
        raise NotImplementedError

    def _secret_vals(self):
        """Whose secret a new one is."""
        return {"webhook_id": self.id}

    def _add_secret(self, value, overlap_hours=OVERLAP_HOURS):
        """A new secret; those before it count for ``overlap_hours`` more."""
        self.ensure_one()
        self._check_secret_rights()
        value = (value or "").strip()
        if not 0 <= overlap_hours <= LONGEST_OVERLAP:
            raise UserError(_("Old secrets may count for up to 30 days more."))
        try:
            self._check_secret_value(value)
            token = secret_box().encrypt(value)
        except ConfigurationError as error:
            raise UserError(error.message) from error
        limit = fields.Datetime.now() + timedelta(hours=overlap_hours)
        older = self.secret_ids.filtered(
            lambda s: not s.expires_at or s.expires_at > limit
        )
        secrets = self.env["finance.sync.webhook.secret"].sudo()  # see _expire_now
        older.sudo().write({"expires_at": limit})
        secret = secrets.create(
            {
                **self._secret_vals(),
                "secret_enc": token,
                "mark": hashlib.sha256(value.encode()).hexdigest()[:8],
                "created_by": self.env.uid,
            }
        )
        secret = secret.sudo(self.env.su)
        if older:
            self._secret_changed("rotated", secret, limit)
        else:
            self._secret_changed("added", secret)
        return secret

    def _secret_changed(self, how, secret, until=None):
        """``how``: added, rotated or revoked."""
        self.env["finance.sync.event"]._record(
            f"finance_sync.webhook.secret.{how}",
            self,
            data={"mark": secret.mark, "until": until},
        )

    def action_new_secret(self):
        """Ask for a secret, or make one and show it this once."""
        self.ensure_one()
        self._check_secret_rights()
        return {
            "type": "ir.actions.act_window",
            "name": _("New Secret"),
            "res_model": "finance.sync.webhook.secret.new",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_owner_model": self._name,
                "default_owner_id": self.id,
            },
        }


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    @api.model
    def _rotate_secrets(self):
        result = super()._rotate_secrets()
        box = secret_box()
        # See super(): secrets of all companies, in a column that nobody may touch.
        for secret in self.env["finance.sync.webhook.secret"].sudo().search([]):
            secret.secret_enc = box.rotate(secret.secret_enc)
        return result
