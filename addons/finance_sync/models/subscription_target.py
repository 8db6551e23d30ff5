"""How a subscription becomes a publisher: settings in, a class of ``providers`` out."""

from odoo import api, fields, models

from .. import compat
from ..compat import NO_ACCESS
from ..core import cloud_event, webhook_signing
from ..core.egress import Egress, networks
from ..core.errors import ConfigurationError
from ..core.transport import HttpTransport
from ..providers.rabbitmq import Broker, RabbitPublisher
from ..providers.webhook import WebhookPublisher

CONNECT_SECONDS = 5.0
LARGEST_ANSWER = 1_000_000


class Subscription(models.Model):
    _name = "finance.sync.subscription"
    _inherit = ["finance.sync.subscription", "finance.sync.kept.secret"]

    _kept_field = "password"
    _kept_address = (
        "target_kind",
        "url",
        "host",
        "port",
        "virtual_host",
        "use_tls",
    )

    auth_user = fields.Char(string="User", copy=False, tracking=True)
    password_enc = fields.Char(copy=False, groups=NO_ACCESS)
    password = fields.Char(
        compute="_compute_kept_secret",
        inverse="_inverse_kept_secret",
        copy=False,
        help="Stored encrypted, shown to nobody.",
    )
    password_ref = fields.Char(
        string="Password Reference",
        copy=False,
        help="Instead of a stored password: env:NAME or file:/path of the server.",
    )
    has_password = fields.Boolean(compute="_compute_has_kept_secret")

    def _drop_credentials(self, given=()):
        self.secret_ids._expire_now()
        return super()._drop_credentials(given)

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
            password=self._secret(),
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
        self.env["finance.sync.subscription"]._rotate_kept_secrets()
        return result
