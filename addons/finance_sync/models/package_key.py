import re

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..core import signing

PUBLIC_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


class PackageKey(models.Model):
    """A database whose configuration packages are trusted, by its public key."""

    _name = "finance.sync.package.key"
    _description = "Trusted Package Key"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _sql_constraints = [
        ("public_key_unique", "UNIQUE(public_key)", "This key is known already."),
    ]

    name = fields.Char(required=True, help="Whose key it is, e.g. the test system.")
    public_key = fields.Char(
        required=True,
        help="Ed25519, base64. The other database shows it at Packages › This "
        "Database's Key. Compare it by another way than it came.",
    )
    key_id = fields.Char(
        string="Key Id", compute="_compute_key_id", store=True, index=True
    )
    state = fields.Selection(
        [("proposed", "To Approve"), ("trusted", "Trusted"), ("revoked", "Revoked")],
        required=True,
        readonly=True,
        default="proposed",
        copy=False,
        tracking=True,
    )
    requested_by = fields.Many2one(
        "res.users", readonly=True, copy=False, default=lambda self: self.env.user
    )
    approved_by = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)

    @api.depends("public_key")
    def _compute_key_id(self):
        for key in self:
            key.key_id = key.public_key and signing.fingerprint(key.public_key)

    @api.constrains("public_key")
    def _check_public_key(self):
        for key in self:
            if not PUBLIC_KEY.fullmatch(key.public_key):
                raise ValidationError(
                    _("This is no Ed25519 public key in base64: 44 characters.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["public_key"] = (vals.get("public_key") or "").strip()
            if not self.env.su and set(vals) - {"name", "public_key"}:
                raise AccessError(_("Keys are trusted by their buttons only."))
        keys = super().create(vals_list)
        for key in keys:
            key._tell("proposed")
        return keys

    def write(self, vals):
        kept = [
            name
            for name in vals
            if name != "name" and not name.startswith(("message_", "activity_"))
        ]
        if kept and not self.env.su:
            raise AccessError(_("A key is not changed; revoke it and add another."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never_trusted(self):
        if self.filtered(lambda key: key.state != "proposed"):
            raise UserError(_("A key that was trusted stays on record. Revoke it."))

    def action_approve(self):
        user = self.env.user
        user._finance_sync_check_approver()
        for key in self:
            if key.state != "proposed":
                raise UserError(_("This key has been decided on already."))
            if key.requested_by == user:
                raise UserError(_("A second person has to approve your key."))
            # Keys change here only, after the user was checked.
            key.sudo().write(
                {
                    "state": "trusted",
                    "approved_by": user.id,
                    "approved_at": fields.Datetime.now(),
                }
            )
            key._tell("trusted")
        return True

    def action_revoke(self):
        """At once and by one person: it only takes trust away."""
        user = self.env.user
        if not (
            user.has_group("finance_sync.group_manager")
            or user.has_group("finance_sync.group_approver")
        ):
            raise AccessError(_("Only a manager or an approver may revoke a key."))
        for key in self:
            key.sudo().state = "revoked"  # see action_approve
            key._tell("revoked")
        return True

    def _tell(self, what):
        self.env["finance.sync.event"]._record(
            f"finance_sync.package.key.{what}",
            self,
            data={
                "name": self.name,
                "key_id": self.key_id,
                "requested_by": self.requested_by.id,
            },
        )

    @api.model
    def _is_trusted(self, public_key):
        # Whether a file is trusted is the database's affair, not the user's.
        return bool(
            public_key
            and self.sudo().search_count(
                [("public_key", "=", public_key), ("state", "=", "trusted")], limit=1
            )
        )
