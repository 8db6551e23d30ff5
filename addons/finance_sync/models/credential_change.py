from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..compat import NO_ACCESS, check_access, users_of
from ..core.errors import ConfigurationError, ProviderError
from ..core.secrets import resolve_reference
from .connection_certificate import CANDIDATE
from .internal import Internal, internal_value
from .vault import seal, unseal

CREDENTIALS = (
    "auth_user",
    "secret",
    "secret_ref",
    "client_cert_ref",
    "client_key_ref",
)


class CredentialChange(models.Model):
    """New credentials beside the ones in use: tested, agreed to, then switched."""

    _name = "finance.sync.credential.change"
    _description = "Finance Sync Credential Change"
    _order = "id desc"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "finance.sync.connection",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    values_enc = fields.Text(groups=NO_ACCESS, copy=False)
    parts = fields.Char(
        string="What Changes",
        readonly=True,
        help="Which credentials, not their values.",
    )
    expires_on = fields.Date(string="Valid until", readonly=True)
    state = fields.Selection(
        [
            ("pending", "To Approve"),
            ("approved", "Switched"),
            ("refused", "Refused"),
            ("cancelled", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        default="pending",
        index=True,
    )
    tested_at = fields.Datetime(readonly=True, help="When they were last accepted.")
    test_result = fields.Char(readonly=True)
    requested_by = fields.Many2one("res.users", required=True, readonly=True)
    requested_at = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    approved_by = fields.Many2one("res.users", string="Decided by", readonly=True)
    approved_at = fields.Datetime(string="Decided on", readonly=True)

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS finance_sync_credential_change_one"
            " ON finance_sync_credential_change (connection_id)"
            " WHERE state = 'pending'"
        )

    @api.model
    def _request(self, connection, values, expires_on=None):
        """Keep new credentials, encrypted, until they are tested and agreed to.

        ``values``: by the names in CREDENTIALS; what is not named stays as it is.
        """
        connection.ensure_one()
        connection._check_manager()
        values = {name: values[name] for name in CREDENTIALS if values.get(name)}
        if not values:
            raise UserError(_("Enter the new credentials first."))
        if "secret" in values and "secret_ref" in values:
            raise UserError(_("Give either a secret or a reference to one."))
        labels = connection.fields_get(list(values), ["string"])
        try:
            token = seal(values)
        except ConfigurationError as error:
            raise UserError(error.message) from error
        # Requests are made here only, after _check_manager.
        changes = self.sudo()
        changes.search(
            [("connection_id", "=", connection.id), ("state", "=", "pending")]
        )._decide("cancelled")
        changes.flush_model(["state"])  # one may be pending at a time
        change = changes.create(
            {
                "connection_id": connection.id,
                "values_enc": token,
                "parts": ", ".join(labels[name]["string"] for name in values),
                "expires_on": expires_on,
                "requested_by": self.env.uid,
            }
        )
        change._event("requested")
        return change.with_env(self.env)

    # -- Tested

    def action_test(self):
        """Ask the provider with the new credentials; the old ones stay in use."""
        self.ensure_one()
        self._check_pending()
        self.connection_id._check_manager()
        result, good = self._try()
        # See _request.
        self.sudo().write(
            {
                "test_result": result,
                "tested_at": fields.Datetime.now() if good else False,
            }
        )
        return self.connection_id._notify(result, "success" if good else "danger")

    def _try(self):
        """(what the provider said, whether it accepted them)"""
        connection = self.connection_id._as_if(self._values())
        try:
            with connection._guarded():
                ping = connection._adapter().ping()
        except ProviderError as error:
            return error.message, False
        return ping.message, bool(ping.ok and ping.authenticated)

    def _values(self):
        """The new credentials in clear, for the transport and the switch only."""
        return unseal(self.sudo().values_enc)  # readable by nobody else

    # -- Decided

    def action_approve(self):
        """Switch. The second person need not see the credentials, only the test."""
        self.ensure_one()
        self._check_may_decide()
        if not self.tested_at:
            raise UserError(
                _("Let the person who asked test the new credentials first.")
            )
        values = self._values()
        if "secret" in values:
            values["secret_ref"] = False
        # The approver writes no connection; who asked for it may.
        connection = self.connection_id.sudo()
        connection.write({**values, "secret_expires_on": self.expires_on})
        if values.get("secret_ref"):
            connection.secret_enc = False
        self._decide("approved")
        self._event("approved")
        return True

    def action_refuse(self):
        self._check_may_decide()
        self._decide("refused")
        self._event("refused")
        return True

    def action_cancel(self):
        """The requester, or a manager, withdraws it."""
        for change in self:
            change._check_pending()
            if change.requested_by != self.env.user:
                change.connection_id._check_manager()
        self._decide("cancelled")
        self._event("cancelled")
        return True

    def _check_pending(self):
        if self.filtered(lambda change: change.state != "pending"):
            raise UserError(_("This change has been decided on already."))

    def _check_may_decide(self):
        """Neither requester nor superuser agrees."""
        user = self.env.user
        user._finance_sync_check_approver()
        self._check_pending()
        if user in self.requested_by:
            raise UserError(_("A second person has to decide on your change."))

    def _decide(self, state):
        # Rows change through these actions only; what is decided keeps no secret.
        self.sudo().write(
            {
                "state": state,
                "values_enc": False,
                "approved_by": self.env.uid,
                "approved_at": fields.Datetime.now(),
            }
        )

    def _event(self, what):
        for change in self:
            self.env["finance.sync.event"]._record(
                f"finance_sync.credential.change.{what}",
                change.connection_id,
                data={
                    "requested_by": change.requested_by.id,
                    "tested": bool(change.tested_at),
                },
            )


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    credential_change_ids = fields.One2many(
        "finance.sync.credential.change", "connection_id"
    )

    def _as_if(self, values):
        """This connection with other credentials, in memory only."""
        return self.with_context(**{CANDIDATE: Internal(tuple(sorted(values.items())))})

    def _secret(self):
        candidate = internal_value(self.env, CANDIDATE)
        given = dict(candidate) if candidate else {}
        if given.get("secret_ref"):
            return resolve_reference(given["secret_ref"])
        return given.get("secret") or super()._secret()

    def _auth_user(self):
        candidate = internal_value(self.env, CANDIDATE)
        given = dict(candidate) if candidate else {}
        return given.get("auth_user") or self.auth_user

    def write(self, vals):
        """Replace credentials of a production connection by two persons only.

        Where none is stored, as after a change of the address, one person enters them:
        that change had its second person.
        """
        if not self.env.su and any(vals.get(name) for name in CREDENTIALS):
            check_access(self, "write")
            for connection in self:
                if connection._is_credential_governed():
                    raise UserError(
                        _(
                            "“%s” is in production. Press Change Credentials: the new"
                            " ones are tested, and a second person agrees.",
                            connection.name,
                        )
                    )
        return super().write(vals)

    def _is_credential_governed(self):
        return (
            self.environment == "production"
            and self.state != "draft"
            and (self.has_secret or bool(self.client_cert_ref))
        )

    def action_change_credentials(self):
        self.ensure_one()
        self._check_manager()
        return {
            "type": "ir.actions.act_window",
            "name": _("Change Credentials"),
            "res_model": "finance.sync.credential.change.request",
            "view_mode": "form",
            "target": "new",
            "context": {"default_connection_id": self.id},
        }

    def _credential_approvers(self):
        found = users_of(self.env, "finance_sync.group_approver")
        return found.filtered(
            lambda user: user != self.env.user and user.company_ids & self.company_ids
        )
