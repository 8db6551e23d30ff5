"""How a subscription becomes a publisher: settings in, a class of ``providers`` out."""

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .. import compat
from ..compat import NO_ACCESS
from ..core import cloud_event, webhook_signing
from ..core.egress import Egress, networks
from ..core.errors import ConfigurationError
from ..core.secrets import resolve_reference
from ..core.transport import HttpTransport
from ..providers.rabbitmq import Broker, RabbitPublisher
from ..providers.webhook import WebhookPublisher
from .vault import secret_box

CONNECT_SECONDS = 5.0
LARGEST_ANSWER = 1_000_000
# Whoever may change where it goes must not have the old place's credentials sent there.
ADDRESS = ("target_kind", "url", "host", "port", "virtual_host", "use_tls")


class Subscription(models.Model):
    _inherit = "finance.sync.subscription"

    auth_user = fields.Char(string="User", copy=False, tracking=True)
    password_enc = fields.Char(copy=False, groups=NO_ACCESS)
    password = fields.Char(
        compute="_compute_password",
        inverse="_inverse_password",
        copy=False,
        help="Stored encrypted, shown to nobody.",
    )
    password_ref = fields.Char(
        string="Password Reference",
        copy=False,
        help="Instead of a stored password: env:NAME or file:/path of the server.",
    )
    has_password = fields.Boolean(compute="_compute_has_password")

    def _compute_password(self):
        self.password = False

    def _inverse_password(self):
        """Nothing: ``create`` and ``write`` take it before it is cached."""

    @api.depends("password_enc", "password_ref")
    def _compute_has_password(self):
        for each in self:
            stored = each.sudo().password_enc  # only whether there is one
            each.has_password = bool(stored or each.password_ref)

    @api.model_create_multi
    def create(self, vals_list):
        passwords = [vals.get("password") for vals in vals_list]
        made = super().create(
            [{k: v for k, v in vals.items() if k != "password"} for vals in vals_list]
        )
        for subscription, password in zip(made, passwords, strict=True):
            subscription._store_password(password)
        return made

    def write(self, vals):
        """Store a new password; drop credentials when the address changes."""
        password = vals.get("password")
        vals = {k: v for k, v in vals.items() if k != "password"}
        named = [name for name in ADDRESS if name in vals]
        moved = self.filtered(
            lambda each: any((each[n] or False) != (vals[n] or False) for n in named)
        )
        result = super().write(vals)
        for subscription in moved:
            subscription._drop_credentials(vals)
        self._store_password(password)
        return result

    def _drop_credentials(self, given):
        blank = {
            name: False for name in ("auth_user", "password_ref") if name not in given
        }
        # Readable and writable by nobody; whoever may write the address causes it.
        self.sudo().write({**blank, "password_enc": False})
        self.secret_ids._expire_now()

    def _store_password(self, password):
        if not password:
            return
        try:
            token = secret_box().encrypt(password.strip())
        except ConfigurationError as error:
            raise UserError(error.message) from error
        self.sudo().write({"password_enc": token})  # see _drop_credentials

    def _password(self):
        if self.password_ref:
            return resolve_reference(self.password_ref)
        stored = self.sudo().password_enc  # readable by nobody else
        return secret_box().decrypt(stored) if stored else ""

    @api.constrains("password_ref")
    def _check_password_ref(self):
        for each in self.filtered("password_ref"):
            if each.password_ref.partition(":")[0] not in ("env", "file"):
                raise UserError(_("A secret reference reads env:NAME or file:/path."))

    # -- Secrets that messages are signed with

    def _check_secret_value(self, value):
        webhook_signing.scheme("standard").check_secret(value)

    def _secret_vals(self):
        return {"subscription_id": self.id}

    # -- Publishers

    def _publisher(self):
        """What sends to this target. Addons with targets of their own extend it.

        :raises ConfigurationError: a setting is missing or wrong
        """
        self.ensure_one()
        return {
            "webhook": self._webhook_publisher,
            "rabbitmq": self._rabbit_publisher,
        }[self.target_kind]()

    def _egress(self):
        """Networks inside are opened by the server's administrator, not by users."""
        return Egress(networks(compat.conf_section().get("webhook_networks", "")))

    def _webhook_publisher(self):
        if not self.url:
            raise ConfigurationError("Enter the address first.", code="no_url")
        secrets = self.sudo().secret_ids._values()  # for signing only
        if not secrets:
            raise ConfigurationError(
                "There is no secret to sign with: press New Secret.", code="no_secret"
            )
        transport = HttpTransport(
            self.url,
            connect_timeout=min(CONNECT_SECONDS, self.timeout),
            read_timeout=self.timeout,
            deadline=self.timeout,
            max_bytes=LARGEST_ANSWER,
            egress=self._egress(),
        )
        return WebhookPublisher(transport, secrets)

    def _rabbit_publisher(self):
        if not (self.host and self.exchange and self.auth_user):
            raise ConfigurationError(
                "Enter host, exchange and user first.", code="no_url"
            )
        broker = Broker(
            host=self.host,
            port=self.port,
            virtual_host=self.virtual_host or "/",
            exchange=self.exchange,
            user=self.auth_user,
            password=self._password(),
            tls=self.use_tls,
            authorities=self.authorities or None,
            declare=self.declare_exchange,
            routed=self.needs_queue,
            timeout=self.timeout,
        )
        return RabbitPublisher(broker, self._egress())

    def _envelope(self, row):
        # Readable by admins only, and no secret.
        parameters = self.env["ir.config_parameter"].sudo()
        source = f"urn:uuid:{parameters.get_param('database.uuid')}"
        return cloud_event.envelope(row, source)


class Connection(models.Model):
    _inherit = "finance.sync.connection"

    @api.model
    def _rotate_secrets(self):
        result = super()._rotate_secrets()
        box = secret_box()
        # See super(): of all companies, in a column that nobody may touch.
        every = self.env["finance.sync.subscription"].sudo()
        for each in every.with_context(active_test=False).search(
            [("password_enc", "!=", False)]
        ):
            each.password_enc = box.rotate(each.password_enc)
        return result
