"""Talk to Odoo as a system outside of it does, over XML-RPC. Standard library only."""

from __future__ import annotations

import xmlrpc.client
from typing import Any

SECONDS = 120
# Odoo's XML-RPC cannot say None; the call itself was done and committed.
_NONE = "cannot marshal None"


class RefusedError(Exception):
    """Odoo refused the call; the message is the one that a user would see."""


class XmlRpc:
    """Odoo's XML-RPC, as one user."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self.login = login
        self._credentials = (database, password)
        transport = _Transport()
        common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common", transport)
        self._models = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object", _Transport())
        self.uid = common.authenticate(database, login, password, {})
        if not self.uid:
            raise RefusedError(f"login {login} is refused")

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a model's method; the first argument is the list of ids, if any.

        :raises RefusedError: the call raised
        """
        database, password = self._credentials
        try:
            return self._models.execute_kw(
                database, self.uid, password, model, method, args, kwargs
            )
        except xmlrpc.client.Fault as fault:
            if _NONE in fault.faultString:
                return None
            raise RefusedError(_last_line(fault.faultString)) from fault


class _Transport(xmlrpc.client.Transport):
    def make_connection(self, host: Any) -> Any:
        connection = super().make_connection(host)
        connection.timeout = SECONDS
        return connection


def _last_line(fault: str) -> str:
    """A fault's own message: Odoo sends either it alone or a traceback before it."""
    return fault.strip().rsplit("\n", 1)[-1] if "Traceback" in fault else fault.strip()
