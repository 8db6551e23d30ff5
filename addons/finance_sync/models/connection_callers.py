from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..core.errors import ConfigurationError
from ..core.networks import is_within, parse_networks
from .connection_receive import REFUSED


class Connection(models.Model):
    """Where messages to a connection may come from."""

    _inherit = "finance.sync.connection"

    allowed_networks = fields.Text(
        string="Allowed Callers",
        tracking=True,
        help="Networks that messages may come from, as 192.0.2.0/24 or 2001:db8::/32,"
        " separated by commas or line breaks; # begins a comment. Empty: from anywhere."
        " Behind a reverse proxy, start Odoo with --proxy-mode, or every call seems to"
        " come from the proxy.",
    )

    @api.constrains("allowed_networks")
    def _check_allowed_networks(self):
        for connection in self:
            try:
                parse_networks(connection.allowed_networks)
            except ConfigurationError as error:
                raise UserError(error.message) from error

    def _caller_allowed(self, address):
        """May a message come from this IP address? ``address`` as text, or None."""
        self.ensure_one()
        return _is_allowed(self.allowed_networks, address)

    @api.model
    def _is_caller_within(self, allowed_networks):
        """Does this request come from where ``allowed_networks`` (text) says?"""
        return _is_allowed(allowed_networks, self._caller_address())

    @api.model
    def _caller_address(self):
        """The IP address of who calls; none outside a request.

        Odoo takes ``X-Forwarded-For`` into account in proxy mode only: otherwise
        whoever calls could name any address.
        """
        return request.httprequest.remote_addr if request else None

    def _inbound(self, key):
        connection = super()._inbound(key)
        if request and not connection._caller_allowed(self._caller_address()):
            # The same words as for a wrong key: they tell a stranger nothing.
            raise AccessError(REFUSED)
        return connection


def _is_allowed(allowed_networks, address):
    """An empty list lets everybody in, one that cannot be read nobody."""
    try:
        networks = parse_networks(allowed_networks)
    except ConfigurationError:
        return False
    return not networks or is_within(address, networks)
