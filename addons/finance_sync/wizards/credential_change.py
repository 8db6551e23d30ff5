from odoo import _, api, fields, models
from odoo.exceptions import UserError


class CredentialChangeRequest(models.TransientModel):
    """Enter new credentials, test them, and ask a second person to agree.

    What is typed never reaches a column of this wizard: it is encrypted at once.
    """

    _name = "finance.sync.credential.change.request"
    _description = "Finance Sync Credential Change Request"

    connection_id = fields.Many2one(
        "finance.sync.connection", required=True, readonly=True, ondelete="cascade"
    )
    change_id = fields.Many2one("finance.sync.credential.change", readonly=True)
    auth_user = fields.Char(string="User or Account")
    secret = fields.Char(
        compute="_compute_secret",
        inverse="_inverse_secret",
        help="Password, licence key or token. Stored encrypted, shown to nobody.",
    )
    secret_ref = fields.Char(
        string="Secret Reference", help="env:NAME or file:/path of the server."
    )
    client_cert_ref = fields.Char(string="Client Certificate")
    client_key_ref = fields.Char(string="Client Key")
    expires_on = fields.Date(string="Valid until")
    test_result = fields.Char(related="change_id.test_result")
    tested_at = fields.Datetime(related="change_id.tested_at")

    def _compute_secret(self):
        """Never shown again."""
        self.secret = False

    def _inverse_secret(self):
        """Nothing: ``create`` and ``write`` take the secret before it is cached."""

    @api.model_create_multi
    def create(self, vals_list):
        secrets = [vals.get("secret") for vals in vals_list]
        wizards = super().create(
            [{k: v for k, v in vals.items() if k != "secret"} for vals in vals_list]
        )
        for wizard, secret in zip(wizards, secrets, strict=True):
            wizard._request(secret)
        return wizards

    def write(self, vals):
        secret = vals.get("secret")
        result = super().write({k: v for k, v in vals.items() if k != "secret"})
        if set(vals) - {"change_id"}:
            for wizard in self:
                wizard._request(secret)
        return result

    def _request(self, secret):
        """A request with what is entered now; an earlier one's secret is kept."""
        values = {
            name: self[name]
            for name in ("auth_user", "secret_ref", "client_cert_ref", "client_key_ref")
        }
        kept = {}
        if self.change_id.state == "pending" and not self.secret_ref:
            kept = {"secret": self.change_id._values().get("secret")}
        changes = self.env["finance.sync.credential.change"]
        if any((*values.values(), secret, *kept.values())):
            self.change_id = changes._request(
                self.connection_id,
                {**values, **kept, **({"secret": secret} if secret else {})},
                self.expires_on,
            )

    def action_test(self):
        self.ensure_one()
        self._check_entered()
        self.change_id.action_test()
        return {
            "type": "ir.actions.act_window",
            "name": _("Change Credentials"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_ask(self):
        """Remind the approvers; they switch."""
        self.ensure_one()
        self._check_entered()
        connection = self.connection_id
        for user in connection._credential_approvers():
            # Whoever sets up a connection reminds approvers of it.
            connection.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=_("Agree to new credentials"),
                user_id=user.id,
            )
        return {"type": "ir.actions.act_window_close"}

    def _check_entered(self):
        if not self.change_id:
            raise UserError(_("Enter the new credentials first."))
        self.change_id._check_pending()
