"""Talk to Odoo as a system outside of it does: XML-RPC, JSON-RPC, JSON-2.

The three clients answer to the same calls, so that a test runs with each.
"""

from __future__ import annotations

import itertools
import xmlrpc.client
from collections.abc import Sequence
from typing import Any

import requests

SECONDS = 120
# Odoo's XML-RPC cannot say None; the call itself was done and committed.
_NONE = "cannot marshal None"


class Refused(Exception):
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
            raise Refused(f"login {login} is refused")

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a model's method; the first argument is the list of ids, if any.

        :raises Refused: the call raised
        """
        database, password = self._credentials
        try:
            return self._models.execute_kw(
                database, self.uid, password, model, method, args, kwargs
            )
        except xmlrpc.client.Fault as fault:
            if _NONE in fault.faultString:
                return None
            raise Refused(_last_line(fault.faultString)) from fault


class _Transport(xmlrpc.client.Transport):
    def make_connection(self, host: Any) -> Any:
        connection = super().make_connection(host)
        connection.timeout = SECONDS
        return connection


class JsonRpc:
    """Odoo's JSON-RPC, as one user."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self.login = login
        self._url = f"{url}/jsonrpc"
        self._credentials = (database, password)
        self._numbers = itertools.count(1)
        self.uid = self._service("common", "login", database, login, password)
        if not self.uid:
            raise Refused(f"login {login} is refused")

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a model's method; the first argument is the list of ids, if any.

        :raises Refused: the call raised
        """
        database, password = self._credentials
        return self._service(
            "object", "execute_kw", database, self.uid, password, model, method,
            args, kwargs,
        )  # fmt: skip

    def _service(self, service: str, method: str, *args: Any) -> Any:
        params = {"service": service, "method": method, "args": args}
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "id": next(self._numbers),
            "params": params,
        }
        answer = requests.post(self._url, json=body, timeout=SECONDS)
        answer.raise_for_status()
        content = answer.json()
        if "error" in content:
            raise Refused(content["error"]["data"]["message"])
        return content.get("result")


class Json2:
    """Odoo 19's JSON-2, as the user whose API key this is."""

    def __init__(self, url: str, database: str, api_key: str) -> None:
        self._url = f"{url}/json/2"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"bearer {api_key}"
        self._session.headers["X-Odoo-Database"] = database

    def call(
        self, model: str, method: str, ids: Sequence[int] = (), **kwargs: Any
    ) -> Any:
        """Call a model's method; arguments go by name only.

        :raises Refused: the call raised
        """
        body = {"ids": list(ids), **kwargs} if ids else kwargs
        answer = self._session.post(
            f"{self._url}/{model}/{method}", json=body, timeout=SECONDS
        )
        if answer.status_code >= 400:
            raise Refused(answer.json().get("message", answer.reason))
        return answer.json()


def _last_line(fault: str) -> str:
    """A fault's own message: Odoo sends either it alone or a traceback before it."""
    return fault.strip().rsplit("\n", 1)[-1] if "Traceback" in fault else fault.strip()
