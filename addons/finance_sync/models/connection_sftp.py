from odoo import fields, models

from ..core.sftp import SftpTransport


class Connection(models.Model):
    """Connections whose other side is a folder on an SFTP server."""

    _inherit = "finance.sync.connection"

    sftp_host_key = fields.Char(
        string="Host Key",
        tracking=True,
        help="The fingerprint of the server's key, SHA256:…, as its operator says; "
        "several are separated by blanks. A server that shows another one is sent "
        "nothing. Test Connection shows what it has.",
    )

    def _sftp_transport(self):
        """The login to this connection's server, not yet opened.

        :raises ConfigurationError: a setting is missing or wrong
        """
        self.ensure_one()
        return SftpTransport(
            self.base_url or "",
            user=self.auth_user or "",
            secret=self._secret(),
            host_keys=self.sftp_host_key or "",
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
        )
