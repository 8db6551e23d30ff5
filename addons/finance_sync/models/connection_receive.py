import re

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from ..core import canonical
from ..core.errors import ProviderError
from ..core.inbound import LONGEST_ID, message_key, route
from .inbound_insert import insert_inbound
from .own_cursor import own_cursor

OPERATION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
REFUSED = "Unknown connection, or not yours."


class Connection(models.Model):
    """What external systems call, over XML-RPC, JSON-RPC and JSON-2."""

    _inherit = "finance.sync.connection"

    @api.model
    def receive(self, key, operation, external_id, version, payload):
        """Take a message in, once.

        The same ``external_id`` and ``version`` with the same payload always get the
        same answer, even when two arrive at once. With another payload the first one
        counts, the answer's state is ``conflict``, and a person is told.

        :param key: the connection's key
        :param operation: what it is, as ``ap.invoice``
        :param external_id: the sender's number of the message, up to 128 characters
        :param version: the sender's version of it, number or text
        :param payload: the message, a JSON object
        :return: ``{"uuid": str, "state": str, "duplicate": bool}``
        """
        connection = self._inbound(key)
        external_id = _identifier(external_id, _("The message's id"))
        version = _identifier(version, _("The message's version"))
        connection._check_operation(operation)
        connection._check_payload(payload)
        found = connection._take_in(operation, external_id, version, payload)
        return {
            "uuid": found["uuid"],
            "state": "conflict" if found["conflict"] else found["state"],
            "duplicate": not found["new"],
        }

    @api.model
    def status(self, key, external_id):
        """What became of a message: its newest version.

        :return: ``{"uuid", "version", "state", "holds": [code]}``; empty if unknown
        """
        connection = self._inbound(key)
        exchange = self.env["finance.sync.exchange"].sudo()  # of this connection only
        found = exchange.search(
            [
                ("connection_id", "=", connection.id),
                ("direction", "=", "in"),
                ("external_id", "=", str(external_id)),
            ],
            order="id desc",
            limit=1,
        )
        if not found:
            return {}
        holds = found.hold_ids | found.unmapped_hold_ids
        open_holds = holds.filtered(lambda hold: hold.state == "open")
        return {
            "uuid": found.uuid,
            "version": found.external_version,
            "state": found.state,
            "holds": open_holds.mapped("code"),
        }

    def _inbound(self, key):
        """The connection, if it is the caller's.

        :raises AccessError: the same for an unknown key as for somebody else's
        """
        user = self.env.user
        # The service group reads no connection; only its own one is handed on.
        connection = self.sudo().search([("key", "=", str(key))], limit=1)
        allowed = user.has_group("finance_sync.group_service")
        if not allowed or not connection or connection.service_user_id != user:
            raise AccessError(REFUSED)
        if connection.state == "draft":
            raise UserError(_("The connection is not active yet."))
        here, _reason = connection._is_this_database()
        if not here:
            # Accepted by a copy, a message would be lost to the real database.
            raise UserError(_("This is not the production database."))
        return connection

    def _check_operation(self, operation):
        known = isinstance(operation, str) and OPERATION.fullmatch(operation)
        model = f"finance.sync.handler.{operation}"
        if not known or model not in self.env or not self.env[model]._inbound:
            raise UserError(_("The operation “%s” is not received here.", operation))

    def _check_payload(self, payload):
        if not isinstance(payload, dict):
            raise UserError(_("The payload must be a JSON object."))
        try:
            size = len(canonical.dumps(payload).encode())
        except ProviderError as error:
            raise UserError(error.message) from error
        if size > self.max_bytes:
            raise UserError(_("The message is larger than %s bytes.", self.max_bytes))

    def _take_in(self, operation, external_id, version, payload):
        """Keep a message, and start its job if it is new; both are committed at once.

        :return: as ``insert_inbound``
        """
        found = self._insert_inbound(operation, external_id, version, payload)
        # A new transaction sees what was just committed; this one may not.
        with self.env.registry.cursor() as cr:
            self.with_env(self.env(cr=cr))._follow_up(found)
        return found

    def _insert_inbound(self, operation, external_id, version, payload):
        """Insert unless it is there; read back what is.

        On a cursor of its own: at REPEATABLE READ a message that came in meanwhile
        could be neither inserted nor seen.
        """
        values = {
            "operation": operation,
            "connection_id": self.id,
            "company_id": self._route(payload).id or None,
            "external_id": external_id,
            "external_version": version,
            "idempotency_key": message_key(self.key, operation, external_id, version),
            "uid": self.env.uid,
        }
        name = self.env["finance.sync.exchange"]._next_names(1)[0]
        with own_cursor(self.env) as cr:
            return insert_inbound(cr, {**values, "name": name}, payload)

    def _follow_up(self, found):
        """Start the job of a new message; tell a person of a conflict."""
        exchange = self.env["finance.sync.exchange"].browse(found["id"])
        if found["conflict"]:
            self.env["finance.sync.hold"]._raise(
                "payload_conflict",
                exchange=exchange,
                summary=_(
                    "“%(connection)s” sent message %(id)s again with another content.",
                    connection=self.name,
                    id=exchange.external_id,
                ),
            )
        elif found["new"] and not exchange.company_id:
            exchange._hold_unrouted()
        elif found["new"]:
            exchange._delay()

    def _route(self, payload):
        """The company that a message is for; none if it does not say clearly."""
        by_code = {
            line.external_code: line.company_id.id for line in self.user_line_ids
        }
        found = route(payload, self.company_ids.ids, by_code)
        return self.env["res.company"].browse(found or ())


def _identifier(value, what):
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise UserError(_("%s must be a number or text.") % what)
    text = str(value).strip()
    if not text or len(text) > LONGEST_ID or not text.isprintable():
        raise UserError(
            _("%(what)s must have 1 to %(most)s printable characters.")
            % {"what": what, "most": LONGEST_ID}
        )
    return text
