"""Send webhooks as another system does: signed, over HTTP, some of them wrongly."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests alone, 32+").decode()
TIMEOUT = 60.0


@dataclass(frozen=True)
class Message:
    """One delivery. ``at``: seconds since the epoch; now if it is 0."""

    id: str
    payload: Mapping[str, Any]
    at: int = 0
    secret: str = SECRET

    def stale(self, minutes: int) -> Message:
        """The same, signed so many minutes ago (or, negative, in the future)."""
        return replace(self, at=int(time.time()) - 60 * minutes)

    def forged(self) -> Message:
        """The same, signed by somebody who does not know the secret."""
        secret = (
            "whsec_" + base64.b64encode(b"what somebody made up, 32 bytes!").decode()
        )
        return replace(self, secret=secret)

    def request(self) -> tuple[bytes, dict[str, str]]:
        """The body, and the headers of Standard Webhooks 1.0.0."""
        body = json.dumps(self.payload).encode()
        return body, signed(self.id, body, self.secret, self.at)


def signed(message: str, body: bytes, secret: str = SECRET, at: int = 0) -> dict:
    """The headers of a body, whatever it is."""
    moment = str(at or int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join((message.encode(), moment.encode(), body))
    signature = base64.b64encode(hmac.digest(key, content, hashlib.sha256))
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature.decode()}",
    }


class Sender:
    """One connection that is kept; not for several threads."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._connection = self._connect()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, timeout=TIMEOUT)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer.

        :raises OSError: there was none
        """
        try:
            self._connection.request("POST", path, body, dict(headers))
            answer = self._connection.getresponse()
            answer.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()
            self._connection = self._connect()
            raise
        return answer.status

    def send(self, key: str, message: Message) -> int:
        """Deliver to a connection's webhook."""
        body, headers = message.request()
        return self.post(f"/finance_sync/v1/{key}", body, headers)

    def close(self) -> None:
        self._connection.close()
