from pathlib import Path

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..core.certificates import check_pair, expires_on
from ..core.errors import ConfigurationError
from ..core.secrets import served_path
from .internal import internal_value

CANDIDATE = "finance_sync_candidate"


class Connection(models.Model):
    """Client certificates (mTLS) and whom to trust, by files of the server."""

    _inherit = "finance.sync.connection"

    ca_cert_ref = fields.Char(
        string="Certificate Authority",
        copy=False,
        tracking=True,
        help="file:/path of the server, in PEM. Trusted instead of the public"
        " authorities, for a system with a certificate of its own.",
    )
    client_cert_expires_on = fields.Date(
        string="Certificate Valid until",
        compute="_compute_client_cert_expires_on",
        groups="finance_sync.group_manager,finance_sync.group_auditor",
        help="Read from the file of the client certificate.",
    )

    @api.depends("client_cert_ref")
    def _compute_client_cert_expires_on(self):
        for connection in self:
            connection.client_cert_expires_on = connection._certificate_end()

    def _certificate_end(self):
        """The last day of the client certificate; False if there is none to read."""
        if not self.client_cert_ref:
            return False
        try:
            return expires_on(_read(self.client_cert_ref))
        except ConfigurationError:
            return False

    @api.constrains("client_cert_ref", "client_key_ref", "ca_cert_ref")
    def _check_certificate_refs(self):
        for connection in self:
            if connection.client_key_ref and not connection.client_cert_ref:
                raise UserError(_("A client key needs its client certificate."))

    def _client_cert(self):
        """Paths of the client certificate and its key, for the transport.

        :raises ConfigurationError: not served, missing, or they do not belong together
        """
        values = internal_value(self.env, CANDIDATE)
        candidate = dict(values) if values else {}
        cert = candidate.get("client_cert_ref", self.client_cert_ref)
        key = candidate.get("client_key_ref", self.client_key_ref)
        if not cert:
            return None
        check_pair(_read(cert), _read(key or cert))
        path = str(served_path(cert))
        return (path, str(served_path(key))) if key else path

    def _verify(self):
        """Whom to trust: True for the public authorities, or a path.

        :raises ConfigurationError: the reference is not served or missing
        """
        return str(served_path(self.ca_cert_ref)) if self.ca_cert_ref else True


def _read(reference):
    return Path(served_path(reference)).read_bytes()
