"""Talk to Odoo as a system outside of it does, over JSON-RPC and JSON-2.

The clients answer to the same calls as :class:`~tests.support.rpc.XmlRpc`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import requests

from .rpc import SECONDS, RefusedError


class JsonRpc:
    """Odoo's JSON-RPC, as one user."""

    def __init__(self, url: str, database: str, login: str, password: str) -> None:
        self.login = login
        self._url = f"{url}/jsonrpc"
        self._credentials = (database, password)
        self._numbers = itertools.count(1)
        self.uid = self._service("common", "login", database, login, password)
        if not self.uid:
            raise RefusedError(f"login {login} is refused")

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a model's method; the first argument is the list of ids, if any.

        :raises RefusedError: the call raised
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
            raise RefusedError(content["error"]["data"]["message"])
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

        :raises RefusedError: the call raised
        """
        body = {"ids": list(ids), **kwargs} if ids else kwargs
        answer = self._session.post(
            f"{self._url}/{model}/{method}", json=body, timeout=SECONDS
        )
        if answer.status_code >= 400:
            raise RefusedError(answer.json().get("message", answer.reason))
        return answer.json()
